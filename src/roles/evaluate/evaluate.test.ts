/** The evaluate role on the embedded store and bus: triggers once, whatever breaks between two steps. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { newsIn } from '#contracts/alert-events.ts';
import type { Bus } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { Store } from '#contracts/store/store.ts';
import type { News, PriceEvent } from '#contracts/topics.ts';
import type { Alert, AlertId, UserId } from '#domain/alert/alert.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock, settle } from '../../../test/support/simulated-clock.ts';
import { openTestStore, type TestStore } from '../../../test/support/store.ts';
import { type EvaluateDeps, startEvaluate } from './evaluate.ts';

const SYMBOL = 'TEST' as InstrumentSymbol;
const USER = 'user' as UserId;
const START = Date.UTC(2024, 0, 1);

function alertOf(id: string, condition: string): Alert {
  return {
    id: id as AlertId,
    userId: USER,
    symbol: SYMBOL,
    condition,
    message: null,
    severity: 'normal',
    channelIds: [],
    version: 1,
    status: 'arming',
    epoch: 0,
    armedAt: null,
    watchlist: null,
    members: null,
    lastTriggeredAt: null,
    frequency: 'repeat',
    cooldownMs: 0,
    expiresAt: null,
    session: 'regular',
    gap: 'fire',
    createdAt: START,
    updatedAt: START,
  };
}

function putOf(alert: Alert): Extract<EngineEvent, { kind: 'put-rule' }> {
  const compiled = compileCondition(alert.condition);
  assert.ok(compiled.ok);
  const { frequency, cooldownMs, expiresAt, session, gap, version } = alert;
  const policy = { frequency, cooldownMs, expiresAt, session, gap };
  const rule = { ...policy, alertId: alert.id, version, symbol: SYMBOL, condition: compiled.condition };
  return {
    kind: 'put-rule',
    symbol: SYMBOL,
    rule: { ...rule, paused: false, calendar: '24/7', staleAfterMs: 60_000 },
  };
}

const PRICES = [149, 151, 149, 148, 152, 153, 140, 150, 160, 149.5, 150.5, 120, 151];
/** Up through 150 at these places of PRICES. */
const UPWARD = [1, 4, 7, 10, 12];

function priceAt(index: number): Tick {
  const at = START + index * 1000;
  return { symbol: SYMBOL, price: PRICES[index] as number, at, receivedAt: at, source: 'test' };
}
const tickAt = (index: number): PriceEvent => ({ kind: 'tick', tick: priceAt(index) });
/** From one to before another, in one message. */
const ticksAt = (from: number, to: number): PriceEvent => ({
  kind: 'ticks',
  ticks: PRICES.slice(from, to).map((_, i) => priceAt(from + i)),
});

interface Bench {
  readonly bus: Bus;
  readonly clock: SimulatedClock;
  readonly deps: EvaluateDeps;
  publish(...events: readonly PriceEvent[]): Promise<void>;
  /** Lets the evaluator come to the end of its log, or be killed on the way. */
  untilRead(isKilled?: () => boolean): Promise<void>;
}

async function testStore(t: TestContext): Promise<TestStore> {
  const store = await openTestStore();
  t.after(() => store.close());
  return store;
}

/** A process on this store: it can be started again on the same one. */
async function start(store: Store): Promise<Bench> {
  const clock = new SimulatedClock(START);
  const crash = (role: string, error: unknown): void => {
    throw new Error(`${role} crashed`, { cause: error });
  };
  const host = { clock, log: silentLog, metrics: noMetrics, crash };
  const bus = await createMemoryBus({ ...host, busLog: store.busLog, partitions: { 'stock-prices': 1, alerts: 1 } });
  const common = { marketTime: () => clock.now(), random: () => 0, checkpointEveryMs: 5000, effectsAtOnce: 200 };
  const deps = { ...host, bus, store, ...common };
  return {
    bus,
    clock,
    deps,
    publish: (...events) =>
      bus.publish(
        'stock-prices',
        events.map((value) => ({ key: SYMBOL, value })),
      ),
    async untilRead(isKilled = () => false) {
      while ((await bus.lag('stock-prices', 'evaluate')) > 0 && !isKilled()) await clock.advance(5000);
    },
  };
}

async function firings(store: Store): Promise<readonly number[]> {
  const { items } = await store.triggers.list(USER, {}, { cursor: null, limit: 200 });
  assert.deepEqual(
    items.map(({ epoch }) => epoch).sort(),
    items.map((_, index) => index + 1),
  );
  return items.map(({ firedAt }) => (firedAt - START) / 1000).sort((a, b) => a - b);
}

/** The store of a process that is killed before or after the `nth` call: from then on nothing answers. */
function killedAt(store: Store, nth: number, moment: 'before' | 'after'): { store: Store; isKilled: () => boolean } {
  let calls = 0;
  const never = new Promise<never>(() => {});
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          calls += 1;
          const call = calls;
          if (call > nth || (call === nth && moment === 'before')) return never;
          const result = await method.apply(target, args);
          return call === nth ? never : result;
        };
      },
    });
  const { triggers, checkpoints, busLog } = store;
  return {
    store: { ...store, triggers: wrap(triggers), checkpoints: wrap(checkpoints), busLog: wrap(busLog) },
    isKilled: () => calls >= nth,
  };
}

test('ticks become triggers, alerts learn their state, and the page hears of both', async (t) => {
  const store = await testStore(t);
  const bench = await start(store);
  const alert = alertOf('a', 'price crosses above 150');
  await store.alerts.create(alert, putOf(alert), 10);
  const heard: News[] = [];
  await bench.bus.tail('alerts', ({ messages }) => heard.push(...messages.flatMap(({ value }) => newsIn(value))));
  const role = await startEvaluate(bench.deps);
  await bench.publish(putOf(alert), ticksAt(0, 3), tickAt(3), tickAt(4), ticksAt(5, PRICES.length));
  await bench.untilRead();
  assert.deepEqual(await firings(store), UPWARD);
  const [stored] = await store.alerts.getMany([alert.id]);
  assert.deepEqual([stored?.status, stored?.epoch], ['armed', UPWARD.length + 1]);
  assert.equal(heard.filter(({ kind }) => kind === 'trigger').length, UPWARD.length);
  assert.equal(role.health(), null);
  const known = role.explain.of(SYMBOL, alert.id);
  assert.deepEqual([known?.status, known?.last?.price, known?.leaves[0]?.needs], ['armed', 151, 150]);
  await role.stop();
  await bench.bus.close();
});

test('what an ingest says that is no longer on duty fires nothing, also after a restart', async (t) => {
  const store = await testStore(t);
  const alert = alertOf('a', 'price crosses above 150');
  await store.alerts.create(alert, putOf(alert), 10);
  const of = (duty: number, index: number): PriceEvent => ({ ...tickAt(index), duty });
  const begins = (duty: number): PriceEvent => ({ kind: 'duty', duty });
  const before = await start(store);
  const role = await startEvaluate(before.deps);
  await before.publish(putOf(alert), begins(1), of(1, 0), begins(2), of(1, 1), of(2, 2));
  await before.untilRead();
  assert.deepEqual(await firings(store), []);
  await role.stop();
  await before.bus.close();
  const after = await start(store);
  const heir = await startEvaluate(after.deps);
  await after.publish(of(1, 4), of(2, 7));
  await after.untilRead();
  assert.deepEqual(await firings(store), UPWARD.slice(2, 3));
  await heir.stop();
  await after.bus.close();
});

for (const moment of ['before', 'after'] as const)
  test(`killed ${moment} any call of the store, then started again: the same triggers, each once`, async (t) => {
    const store = await testStore(t);
    for (let nth = 1, isThrough = false; !isThrough; nth += 1) {
      await store.database.pool.query(
        'truncate user_counts, alerts, outbox, triggers, checkpoint_offsets, checkpoint_chunks, bus_log, bus_commits cascade',
      );
      const alert = alertOf('a', 'price crosses above 150');
      await store.alerts.create(alert, putOf(alert), 10);
      const writer = await start(store);
      await writer.publish(putOf(alert));
      for (let index = 0; index < 8; index += 1) await writer.publish(tickAt(index));
      await writer.publish(ticksAt(8, 11));
      for (let index = 11; index < PRICES.length; index += 1) await writer.publish(tickAt(index));
      await writer.bus.close();

      const killed = killedAt(store, nth, moment);
      const life = async (): Promise<void> => {
        const first = await start(killed.store);
        const role = await startEvaluate({ ...first.deps, bus: inBatchesOf(2, first.bus), checkpointEveryEvents: 3 });
        await first.untilRead(killed.isKilled);
        await role.stop();
        await first.bus.close();
      };
      let hasLived = false;
      const lived = life().then(() => {
        hasLived = true;
      });
      while (!hasLived && !killed.isKilled()) await settle();
      await (hasLived ? lived : settle());
      isThrough = !killed.isKilled();

      const second = await start(store);
      const role = await startEvaluate(second.deps);
      await second.untilRead();
      assert.deepEqual(await firings(store), UPWARD, `killed ${moment} call ${nth}`);
      await role.stop();
      await second.bus.close();
      if (isThrough) assert.ok(nth > 12, `only ${nth} calls`);
    }
  });

/** The bus, but its batches are small: a log read in other pieces. */
function inBatchesOf(size: number, bus: Bus): Bus {
  return {
    ...bus,
    consume: (topic, group, handler) =>
      bus.consume(topic, group, {
        ...handler,
        async batch({ partition, messages }) {
          for (let from = 0; from < messages.length; from += size) {
            const some = messages.slice(from, from + size);
            await handler.batch({ partition, messages: some, nextOffset: (some.at(-1)?.offset ?? 0) + 1 });
          }
        },
      }),
  };
}

test('a long batch lets everything else have its turn, and is saved while the next one is evaluated', async (t) => {
  const store = await testStore(t);
  const bench = await start(store);
  let isSaving = false;
  const saved: string[] = [];
  const role = await startEvaluate({
    ...bench.deps,
    checkpointEveryEvents: 1,
    store: {
      triggers: store.triggers,
      checkpoints: {
        divide: (partitions, placesOf) => store.checkpoints.divide(partitions, placesOf),
        load: (partition) => store.checkpoints.load(partition),
        save: async (partition, nextOffset, changed) => {
          assert.ok(!isSaving, 'one save at a time');
          isSaving = true;
          while (saved.length === 0 && role.explain.of(SYMBOL, 'a' as AlertId)?.last?.price !== 9) await settle();
          const isSaved = await store.checkpoints.save(partition, nextOffset, changed);
          isSaving = false;
          saved.push(`${nextOffset}: ${changed.get(SYMBOL)?.match(/"price":(\d+)/)?.[1]}`);
          return isSaved;
        },
      },
    },
  });
  const ticksOf = (price: number, count: number): PriceEvent[] =>
    Array.from({ length: count }, (_, index) => {
      const at = START + price * 10_000 + index;
      return { kind: 'tick', tick: { symbol: SYMBOL, price, at, receivedAt: at, source: 'test', sequence: at } };
    });
  const lastSeen = (): number | undefined => role.explain.of(SYMBOL, 'a' as AlertId)?.last?.at;
  await bench.publish(putOf(alertOf('a', 'price > 150')), ...ticksOf(7, 2500));
  while (lastSeen() === undefined) await settle();
  assert.ok((lastSeen() ?? 0) < START + 70_000 + 1000, 'no more than a slice until others had their turn');
  while (lastSeen() !== START + 70_000 + 2499) await bench.clock.advance(0);
  await bench.publish(...ticksOf(9, 1));
  await bench.untilRead();
  assert.deepEqual(saved, ['2501: 7', '2502: 9']);
  await role.stop();
  await bench.bus.close();
});

test('a storm is recorded in portions, between which everything else has its turn', async (t) => {
  const store = await testStore(t);
  const bench = await start(store);
  const alerts = Array.from({ length: 100 }, (_, index) => alertOf(`alert ${index}`, 'price crosses above 150'));
  const recorded: number[] = [];
  const role = await startEvaluate({
    ...bench.deps,
    store: {
      checkpoints: store.checkpoints,
      triggers: {
        ...store.triggers,
        record: async (effects) => {
          recorded.push(effects.length);
          return { triggers: [], alerts: [], deliveries: [] };
        },
      },
    },
  });
  await bench.publish(tickAt(0), ...alerts.map(putOf), tickAt(1));
  while (recorded.length === 0) await settle();
  for (let turn = 0; turn < 10; turn += 1) await settle();
  assert.equal(recorded.length, 1, 'the rest waits for its turn');
  await bench.untilRead();
  // Each is armed, fires and is armed again.
  assert.equal(
    recorded.reduce((sum, count) => sum + count, 0),
    3 * alerts.length,
  );
  assert.ok(Math.max(...recorded) <= 200);
  await role.stop();
  await bench.bus.close();
});

test('one tick that fires hundreds of alerts lets everything else have its turn in between', async (t) => {
  const store = await testStore(t);
  const bench = await start(store);
  const ids = Array.from({ length: 600 }, (_, index) => `alert ${index}` as AlertId);
  const recorded: string[] = [];
  const role = await startEvaluate({
    ...bench.deps,
    store: {
      checkpoints: store.checkpoints,
      triggers: {
        ...store.triggers,
        record: async (effects) => {
          for (const effect of effects) if (effect.kind === 'trigger') recorded.push(effect.trigger.alertId);
          return { triggers: [], alerts: [], deliveries: [] };
        },
      },
    },
  });
  const hasFired = (id: AlertId): boolean => role.explain.of(SYMBOL, id)?.armedAt === START + 1000;
  await bench.publish(tickAt(0), ...ids.map((id) => putOf(alertOf(id, 'price crosses above 150'))));
  await bench.untilRead();
  await bench.publish(tickAt(1));
  while (!hasFired(ids[0] as AlertId)) await settle();
  for (let turn = 0; turn < 10; turn += 1) await settle();
  assert.deepEqual([hasFired(ids[299] as AlertId), recorded], [false, []], 'the rest waits for its turn');
  await bench.untilRead();
  assert.deepEqual(recorded, ids);
  await role.stop();
  await bench.bus.close();
});

test('a store that is away is waited for, said in health, and nothing is lost', async (t) => {
  const store = await testStore(t);
  const bench = await start(store);
  const alert = alertOf('a', 'price crosses above 150');
  await store.alerts.create(alert, putOf(alert), 10);
  let isAway = true;
  const role = await startEvaluate({
    ...bench.deps,
    store: {
      checkpoints: store.checkpoints,
      triggers: {
        ...store.triggers,
        record: async (effects, at) => {
          if (isAway) throw new Failure('store-unavailable', 'gone fishing');
          return store.triggers.record(effects, at);
        },
      },
    },
  });
  await bench.publish(putOf(alert), ...PRICES.map((_, index) => tickAt(index)));
  while (role.health() === null) await settle();
  assert.match(role.health() ?? '', /cannot record triggers for \d+ s: gone fishing/);
  isAway = false;
  await bench.untilRead();
  assert.equal(role.health(), null);
  assert.deepEqual(await firings(store), UPWARD);
  await role.stop();
  await bench.bus.close();
});
