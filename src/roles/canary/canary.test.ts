/**
 * The canary through the real roles on the embedded store and bus, by a simulated clock that moves only while nothing is
 * under way.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { createCanaryChannel } from '#adapters/channel/canary/canary.ts';
import { createMetrics } from '#adapters/host/metrics.ts';
import { createPush } from '#adapters/source/push/push.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import type { Role } from '#contracts/role.ts';
import { startRelay } from '#roles/gateway/outbox-relay.ts';
import { Life } from '../../../test/simulation/life.ts';
import { everySize } from '../../../test/support/retention.ts';
import { SimulatedClock } from '../../../test/support/simulated-clock.ts';
import { openTestStore } from '../../../test/support/store.ts';
import { startEvaluate } from '../evaluate/evaluate.ts';
import { startIngest } from '../ingest/ingest.ts';
import { startNotify } from '../notify/notify.ts';
import { startRecord } from '../record/record.ts';
import { startCanary } from './canary.ts';
import { CANARY_USER } from './lane.ts';

const EVERY_MS = 10_000;
const PARTITIONS = { 'stock-prices': 2, alerts: 1 };
const ALL = { cursor: null, limit: 200 };

test('it comes through every partition, tells so, finds a notifier that is gone, and clears up', async (t) => {
  const clock = new SimulatedClock(Date.UTC(2024, 0, 1));
  const inner = await openTestStore({ now: () => clock.now() });
  const life = new Life({ death: null, failure: () => null });
  const store = life.guard(inner, 'store', false);
  const metrics = createMetrics();
  const problems: unknown[] = [];
  const log: Log = { ...silentLog, error: (fields) => problems.push(fields), child: () => log };
  const crash = (role: string, error: unknown): void => {
    throw new Error(`${role} crashed`, { cause: error });
  };
  const host = { clock, marketTime: () => clock.now(), log, metrics, crash, random: () => 0.5 };
  const bus = await createMemoryBus({ ...host, busLog: store.busLog, partitions: PARTITIONS });
  const outside = { ...host, bus, store };
  /** Lets time go on, task by task, until it is so. */
  const until = async (done: () => Promise<boolean>, what: string): Promise<void> => {
    const end = clock.now() + 20 * EVERY_MS;
    for (;;) {
      for (let quiet = 0; quiet < 5; quiet = life.pending === 0 ? quiet + 1 : 0)
        await new Promise<void>((turn) => setImmediate(turn));
      if (await done()) return;
      assert.ok(clock.now() < end, `in time: ${what}`);
      await clock.advance((clock.nextDueAt ?? clock.now() + 1) - clock.now());
    }
  };

  const notifyDeps = {
    ...outside,
    channels: [createCanaryChannel()],
    seal: { seal: (text: string) => text, open: (text: string) => text },
    publicUrl: () => 'http://tocsin.test',
    newId: randomUUID,
  };
  const roles: Role[] = [
    await startRecord({ ...outside, tickRetentionMs: 86_400_000, candleRetentionMs: everySize(86_400_000) }),
    await startEvaluate({ ...outside, checkpointEveryMs: 5_000, effectsAtOnce: 200 }),
  ];
  let notify = await startNotify(notifyDeps);
  const relay = startRelay({
    ...outside,
    alerts: store.alerts,
    prices: store.prices,
    crash: (error) => crash('', error),
  });
  const ingest = await startIngest({ ...outside, sources: [], push: createPush(clock) });
  let told = 0;
  const tell = async (): Promise<void> => {
    told += 1;
    if (told === 2) throw new Error('nobody there');
  };
  const canary = await startCanary({ ...outside, intake: ingest, everyMs: EVERY_MS, tell });
  t.after(async () => {
    let stopped = false;
    const stop = async (): Promise<void> => {
      for (const role of [canary, ingest, notify, ...roles]) await role.stop();
      await relay.stop();
      await bus.close();
      stopped = true;
    };
    void stop();
    await until(async () => stopped, 'all is stopped');
    await inner.close();
  });

  await until(async () => told === 3, 'three beats are through');
  const text = await metrics.text();
  assert.match(text, /canary_beats_total\{outcome="through"\} 3/);
  assert.match(text, /canary_latency_seconds_count 3/);
  assert.match(text, /canary_dead_man_calls_total\{outcome="accepted"\} 2/);
  assert.match(text, /canary_dead_man_calls_total\{outcome="failed"\} 1/);
  assert.match(text, new RegExp(`canary_last_success_timestamp_seconds ${Math.floor(clock.now() / 1000)}`));
  const { items } = await inner.triggers.list(CANARY_USER, {}, ALL);
  const symbols = [...new Set(items.map(({ symbol }) => symbol))];
  assert.equal(items.length, 6, 'one a beat and partition');
  assert.deepEqual(new Set(symbols.map((symbol) => bus.partitionOf('stock-prices', symbol))), new Set([0, 1]));
  assert.deepEqual(problems, []);

  await notify.stop();
  const lost = async (): Promise<boolean> => problems.length > 0;
  await until(lost, 'a beat is lost');
  assert.match(JSON.stringify(problems[0]), /waiting for delivery of canary-\d+\.4, delivery of canary-\d+\.4/);
  assert.equal(told, 3, 'nobody is told that it works');
  notify = await startNotify(notifyDeps);
  await until(async () => told === 5, 'it comes through again');

  assert.ok((life.visits.get('before store.triggers.forget') ?? 0) >= 5, 'it clears up behind itself after each');
  assert.deepEqual(await inner.prices.latest(), [], 'its prices are nobody’s history');
  assert.deepEqual(
    ingest.status().map(({ lastTickAt }) => lastTickAt),
    [null],
  );
});
