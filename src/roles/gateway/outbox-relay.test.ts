import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { OutboxEntry } from '#contracts/store/alerts.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock } from '../../../test/support/simulated-clock.ts';
import { startRelay } from './outbox-relay.ts';

function outbox(fails: () => boolean) {
  const entries: OutboxEntry[] = [];
  const published: number[] = [];
  const trouble = (): void => {
    if (fails()) throw new Failure('store-unavailable', 'away');
  };
  const crashes: unknown[] = [];
  const clock = new SimulatedClock();
  let last = 0;
  const relay = startRelay({
    clock,
    log: silentLog,
    metrics: noMetrics,
    crash: (error) => crashes.push(error),
    alerts: {
      async outbox(limit) {
        trouble();
        return entries.slice(0, limit);
      },
      async markPublished(ids) {
        trouble();
        for (const id of ids)
          entries.splice(
            entries.findIndex((entry) => entry.id === id),
            1,
          );
      },
    },
    prices: {
      async candles() {
        trouble();
        return [];
      },
      at: async () => undefined,
    },
    bus: {
      async publish(_topic, messages) {
        trouble();
        for (const { value } of messages) published.push((value as { version: number }).version);
      },
    },
  });
  return {
    ...{ clock, relay, published, crashes, entries },
    add() {
      last += 1;
      entries.push({ id: last, change: { kind: 'remove-rule', symbol: 'A', alertId: 'a', version: last } as never });
      return last;
    },
  };
}

test('whatever fails and whenever, every change goes out, in order, at least once', async () => {
  const steps = fc.array(fc.record({ add: fc.boolean(), wake: fc.boolean(), waitMs: fc.constantFrom(0, 10, 1500) }), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.integer({ min: 0, max: 2 })), async (moves, chance) => {
      let isOver = false;
      const box = outbox(() => !isOver && chance.next().value === 0);
      let count = 0;
      for (const { add, wake, waitMs } of moves) {
        if (add) count = box.add();
        if (wake) box.relay.wake();
        await box.clock.advance(waitMs);
      }
      isOver = true;
      await box.clock.advance(2000);
      assert.equal(box.entries.length, 0);
      assert.equal(box.relay.problem(), null);
      // Each change for the first time: in the order they were made.
      assert.deepEqual(
        [...new Set(box.published)],
        Array.from({ length: count }, (_, n) => n + 1),
      );
      await box.relay.stop();
      assert.deepEqual(box.crashes, []);
      assert.equal(box.clock.waiting, 0);
    }),
    { numRuns: 40 },
  );
});

test('a wake-up is enough, and says so when nothing goes out', async () => {
  let isAway = false;
  const box = outbox(() => isAway);
  await box.clock.advance(0);
  box.add();
  box.relay.wake();
  await box.clock.advance(0);
  assert.deepEqual(box.published, [1]);
  isAway = true;
  box.add();
  box.relay.wake();
  await box.clock.advance(0);
  assert.match(box.relay.problem() ?? '', /away/);
  isAway = false;
  await box.clock.advance(1000);
  assert.equal(box.relay.problem(), null);
  assert.deepEqual(box.published, [1, 2]);
  await box.relay.stop();
});

test('a bug is a crash, not a retry', async () => {
  const crashes: unknown[] = [];
  const relay = startRelay({
    clock: new SimulatedClock(),
    log: silentLog,
    metrics: noMetrics,
    crash: (error) => crashes.push(error),
    alerts: { outbox: async () => Promise.reject(new Error('a bug')), markPublished: async () => {} },
    prices: { candles: async () => [], at: async () => undefined },
    bus: { publish: async () => {} },
  });
  await relay.stop();
  assert.equal(crashes.length, 1);
});
