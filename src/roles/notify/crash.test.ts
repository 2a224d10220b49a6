/**
 * What holds whenever the program is killed and whenever the store is away: nothing is lost, everything keeps its key,
 * and what the ledger knows to be accepted is not sent again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '#contracts/store/store.ts';
import { Failure } from '#errors.ts';
import { openNotifierTrial } from '../../../test/support/notifier.ts';
import { accepted, failed, refused, scripted } from '../../../test/support/scripted-channel.ts';
import { LEASE_MS } from './notify.ts';

const forever = new Promise<never>(() => {});

/** Calls of a program that is killed at the n-th of them, before it is done or just after. */
class Life {
  calls = 0;
  isOver = false;
  private readonly lastCall: number;
  private readonly doLast: boolean;

  constructor(lastCall: number, doLast: boolean) {
    this.lastCall = lastCall;
    this.doLast = doLast;
  }

  lead<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (from, name) => {
        const value: unknown = Reflect.get(from, name);
        if (typeof value === 'object' && value !== null) return this.lead(value);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.call(() => value.apply(from, args));
      },
    });
  }

  call(work: () => unknown): unknown {
    if (this.isOver) return forever;
    this.calls += 1;
    if (this.calls < this.lastCall) return work();
    this.isOver = true;
    if (this.doLast) void work();
    return forever;
  }
}

for (const [name, answers] of [
  ['one that is accepted', [accepted]],
  ['one that fails first', [failed, accepted]],
  ['one that is refused and handed over', [refused]],
] as const) {
  test(`killed at any step of ${name}: told in the end, under one key, never after a known acceptance`, async (t) => {
    let first = scripted('first', ...answers);
    const second = scripted('second');
    const adapter = {
      ...first.adapter,
      send: (...args: Parameters<typeof first.adapter.send>) => first.adapter.send(...args),
    };
    const trial = await openNotifierTrial(t, { channels: [adapter, second.adapter] });
    const channel = await trial.addChannel({ kind: 'first' });
    await trial.addChannel({ kind: 'second', fallbackOrder: 0 });
    let sentTwice = 0;
    for (const doLast of [false, true]) {
      for (let step = 1, isCovered = false; !isCovered; step += 1) {
        first = scripted('first', ...answers);
        second.sent.length = 0;
        const trigger = await trial.fire([channel], { quiet: true });
        const life = new Life(step, doLast);
        const told = async () => {
          const deliveries = await trial.deliveries(trigger);
          const settled = deliveries.every(({ status }) => status === 'accepted' || status === 'dead');
          return settled && deliveries.some(({ status }) => status === 'accepted');
        };
        // It may be killed before it has started: not waited for.
        void trial.start({ store: life.lead<Store>(trial.store), bus: life.lead(trial.bus) });
        await trial.until(async () => life.isOver || (await told()), `step ${step}`);
        await trial.idle();
        // The far end's answer to a killed program is one it never heard; the ledger is all that is known.
        const known = (await trial.deliveries(trigger))
          .filter(({ status }) => status === 'accepted')
          .map(({ id }) => id);
        const before = [...first.sent, ...second.sent].map(({ idempotencyKey }) => idempotencyKey);
        isCovered = !life.isOver;
        life.isOver = true;
        const next = await trial.start();
        await trial.until(told, `told after step ${step}`);
        await trial.clock.advance(LEASE_MS * 2);
        await trial.idle();
        const all = [...first.sent, ...second.sent].map(({ idempotencyKey }) => idempotencyKey);
        for (const id of known)
          assert.equal(
            all.filter((key) => key === id).length,
            before.filter((key) => key === id).length,
            `step ${step}`,
          );
        const deliveries = await trial.deliveries(trigger);
        assert.deepEqual(new Set(all), new Set(deliveries.map(({ id }) => id)), `step ${step}`);
        assert.equal(deliveries.length, name.includes('handed over') ? 2 : 1);
        if (all.length > before.length && before.length > 0) sentTwice += 1;
        await next.stop();
      }
    }
    assert.ok(sentTwice > 0, 'no kill fell between sending and writing down: the test tests nothing');
  });
}

test('while the store is away for longer than a lease, a result is kept and the delivery not sent again', async (t) => {
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [hook.adapter] });
  const channel = await trial.addChannel({ kind: 'hook' });
  let isAway = false;
  const deliveries = new Proxy(trial.store.deliveries, {
    get: (from, name) => {
      const method = Reflect.get(from, name) as (...args: unknown[]) => Promise<unknown>;
      // Taking goes on: a lease that has run out must not lead to a second sending.
      return async (...args: unknown[]) => {
        if (isAway && name === 'save') throw new Failure('store-unavailable', 'no route to the store');
        return method.apply(from, args);
      };
    },
  });
  const role = await trial.start({ store: { ...trial.store, deliveries } });
  isAway = true;
  const trigger = await trial.fire([channel]);
  await trial.until(async () => hook.sent.length === 1, 'sent');
  for (let passedMs = 0; passedMs < LEASE_MS * 3; passedMs += 1000) {
    await trial.clock.advance(1000);
    await trial.idle();
  }
  assert.equal((await trial.deliveries(trigger))[0]?.status, 'sending');
  isAway = false;
  await trial.until(async () => (await trial.deliveries(trigger))[0]?.status === 'accepted', 'written down');
  await trial.clock.advance(LEASE_MS * 2);
  await trial.idle();
  assert.equal(hook.sent.length, 1);
  assert.equal(role.health(), null);
});

test('health says that the store is away, and recovers by itself', async (t) => {
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [hook.adapter] });
  const channel = await trial.addChannel({ kind: 'hook' });
  let isAway = true;
  const deliveries = new Proxy(trial.store.deliveries, {
    get: (from, name) => {
      const method = Reflect.get(from, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (isAway) throw new Failure('store-unavailable', 'no route to the store');
        return method.apply(from, args);
      };
    },
  });
  const role = await trial.start({ store: { ...trial.store, deliveries } });
  await trial.fire([channel]);
  await trial.idle();
  assert.equal(role.health(), null);
  for (let passedMs = 0; passedMs < 15_000; passedMs += 1000) {
    await trial.clock.advance(1000);
    await trial.idle();
  }
  assert.match(role.health() ?? '', /waiting for 1\d s: no route to the store/);
  isAway = false;
  await trial.until(async () => hook.sent.length === 1, 'sent');
  await trial.idle();
  assert.equal(role.health(), null);
});

test('two notifiers on one ledger send each delivery once', async (t) => {
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [hook.adapter] });
  const channels = await Promise.all(Array.from({ length: 5 }, () => trial.addChannel({ kind: 'hook' })));
  await trial.start();
  await trial.start();
  for (let count = 0; count < 30; count += 1) await trial.fire(channels);
  await trial.until(
    async () => (await trial.deliveries()).every(({ status }) => status === 'accepted'),
    'all accepted',
  );
  assert.equal(hook.sent.length, 150);
  assert.equal(new Set(hook.sent.map(({ idempotencyKey }) => idempotencyKey)).size, 150);
});
