import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import type { Bus } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { everySize } from '../../../test/support/retention.ts';
import { SimulatedClock, settle } from '../../../test/support/simulated-clock.ts';
import { openTestStore, type TestStore } from '../../../test/support/store.ts';
import { type RecordDeps, startRecord } from './record.ts';

const T0 = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
const SYMBOLS = ['A', 'B', 'C'] as InstrumentSymbol[];

const openBus = (store: TestStore, clock: SimulatedClock): Promise<Bus> =>
  createMemoryBus({
    busLog: store.busLog,
    partitions: { 'stock-prices': 2, alerts: 1 },
    clock,
    log: silentLog,
    metrics: noMetrics,
    crash: () => {},
  });

const deps = (bus: Bus, prices: PriceStore, clock: SimulatedClock, more: Partial<RecordDeps> = {}): RecordDeps => ({
  bus,
  store: { prices },
  clock,
  marketTime: () => T0,
  log: silentLog,
  metrics: noMetrics,
  crash: (_, error) => {
    throw error;
  },
  random: () => 0.5,
  tickRetentionMs: 7 * DAY,
  candleRetentionMs: everySize(365 * DAY),
  ...more,
});

const tick = (symbol: InstrumentSymbol, sequence: number): Tick => ({
  symbol,
  price: 100 + sequence,
  volume: 1,
  at: T0 + sequence * 10,
  receivedAt: T0 + sequence * 10 + 1,
  source: 'test',
  sequence,
});
const publish = (bus: Bus, ...events: readonly (PriceEvent & { tick: Tick })[]): Promise<void> =>
  bus.publish(
    'stock-prices',
    events.map((value) => ({ key: value.tick.symbol, value })),
  );

/** In one message. */
const publishTogether = (bus: Bus, ticks: readonly Tick[]): Promise<void> =>
  bus.publish('stock-prices', [{ key: (ticks[0] as Tick).symbol, value: { kind: 'ticks', ticks } }]);

/** Lets the recorder work, time included, until it has committed everything. */
async function untilRecorded(bus: Bus, clock: SimulatedClock): Promise<void> {
  while ((await bus.lag('stock-prices', 'record')) > 0) {
    await settle();
    await clock.advance(300);
  }
}

const tradesOf = async (store: TestStore, symbol: InstrumentSymbol): Promise<number> =>
  (await store.prices.candles(symbol, 0, T0 * 2, DAY, 10)).reduce((sum, { trades }) => sum + trades, 0);

test('ticks and late ticks become history; other events move the offset only', async () => {
  const store = await openTestStore();
  const clock = new SimulatedClock();
  const bus = await openBus(store, clock);
  const role = await startRecord(deps(bus, store.prices, clock));
  const [symbol] = SYMBOLS as [InstrumentSymbol];
  await publish(bus, { kind: 'tick', tick: tick(symbol, 2) }, { kind: 'tick', tick: tick(symbol, 3) });
  await publish(bus, { kind: 'late-tick', tick: tick(symbol, 1), reason: 'late' });
  await bus.broadcast('stock-prices', { kind: 'clock', at: T0 });
  await untilRecorded(bus, clock);
  assert.equal(role.health(), null);
  const [candle] = await store.prices.candles(symbol, 0, T0 * 2, DAY, 10);
  assert.deepEqual([candle?.open, candle?.close, candle?.trades], [101, 103, 3]);
  assert.equal((await store.prices.latest([symbol]))[0]?.price, 103);
  await role.stop();
  await bus.close();
  assert.equal(clock.waiting, 0);
  await store.close();
});

test('what an ingest says that is no longer on duty is kept out, also by a recorder that reads on behind the word of the next', async (t) => {
  const store = await openTestStore();
  const clock = new SimulatedClock();
  const bus = await openBus(store, clock);
  const [symbol] = SYMBOLS as [InstrumentSymbol];
  const first = await startRecord(deps(bus, store.prices, clock));
  await publish(bus, { kind: 'tick', tick: tick(symbol, 1), duty: 1 });
  await bus.broadcast('stock-prices', { kind: 'clock', at: T0, duty: 2 });
  await untilRecorded(bus, clock);
  await first.stop();
  await publish(bus, { kind: 'tick', tick: tick(symbol, 2), duty: 1 });
  const second = await startRecord(deps(bus, store.prices, clock));
  t.after(async () => {
    await second.stop();
    await bus.close();
    await store.close();
  });
  await untilRecorded(bus, clock);
  assert.equal(await tradesOf(store, symbol), 1);
  assert.equal((await store.prices.positions('test')).get(symbol)?.sequence, 1, 'the next says it again, and is heard');
  await publish(bus, { kind: 'tick', tick: tick(symbol, 2), duty: 2 });
  await untilRecorded(bus, clock);
  assert.equal(await tradesOf(store, symbol), 2);
});

test('messages that carry many ticks are written in several transactions, each tick once', async () => {
  const store = await openTestStore();
  const clock = new SimulatedClock();
  const bus = await openBus(store, clock);
  const [symbol] = SYMBOLS as [InstrumentSymbol];
  const written: number[] = [];
  const prices: PriceStore = {
    ...store.prices,
    async record(partition, nextOffset, ticks) {
      written.push(ticks.length);
      await store.prices.record(partition, nextOffset, ticks);
    },
  };
  for (let from = 0; from < 25_000; from += 5_000)
    await publishTogether(
      bus,
      Array.from({ length: 5_000 }, (_, i) => tick(symbol, from + i)),
    );
  const role = await startRecord(deps(bus, prices, clock));
  await untilRecorded(bus, clock);
  assert.deepEqual(written, [10_000, 10_000, 5_000]);
  assert.equal(await tradesOf(store, symbol), 25_000);
  await role.stop();
  await bus.close();
  await store.close();
});

test('every tick is in the history once, whatever crashes between writing and committing', async () => {
  const store = await openTestStore();
  const total = new Map<InstrumentSymbol, number>(SYMBOLS.map((symbol) => [symbol, 0]));
  const step = fc.record({
    ticks: fc.array(fc.nat(SYMBOLS.length - 1), { maxLength: 30 }),
    /** Where the recorder dies in this round: before the write, after it, after some commits, or not. */
    death: fc.constantFrom('before', 'after', 'commit', 'never'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      for (const { ticks, death } of steps) {
        const clock = new SimulatedClock();
        const bus = await openBus(store, clock);
        let dead = false;
        const die = (): never => {
          dead = true;
          throw new Error('died');
        };
        const prices: PriceStore = {
          ...store.prices,
          async record(...args) {
            if (dead || death === 'before') die();
            await store.prices.record(...args);
            if (death === 'after') die();
          },
        };
        const dying: Bus = {
          ...bus,
          commit: async (...args) => (dead || death === 'commit' ? die() : bus.commit(...args)),
        };
        const doomed = await startRecord(deps(dying, prices, clock));
        const events = ticks.map((index) => {
          const symbol = SYMBOLS[index] as InstrumentSymbol;
          const sequence = (total.get(symbol) ?? 0) + 1;
          total.set(symbol, sequence);
          return { kind: 'tick', tick: tick(symbol, sequence) } as const;
        });
        const ofA = events.filter(({ tick: { symbol } }) => symbol === SYMBOLS[0]).map((event) => event.tick);
        await publish(bus, ...events.filter(({ tick: { symbol } }) => symbol !== SYMBOLS[0]));
        if (ofA.length > 0) await publishTogether(bus, ofA);
        await settle();
        await doomed.stop();
        await bus.close();
        const fresh = await openBus(store, clock);
        const role = await startRecord(deps(fresh, store.prices, clock));
        await untilRecorded(fresh, clock);
        await role.stop();
        await fresh.close();
        for (const symbol of SYMBOLS) assert.equal(await tradesOf(store, symbol), total.get(symbol));
      }
    }),
    { numRuns: 10 },
  );
  await store.close();
});

test('a store that is away is waited for, and health says so; stopping meanwhile loses nothing', async () => {
  const store = await openTestStore();
  const clock = new SimulatedClock();
  let bus = await openBus(store, clock);
  let away = true;
  const prices: PriceStore = {
    ...store.prices,
    async record(...args) {
      if (away) throw new Failure('store-unavailable', 'away');
      await store.prices.record(...args);
    },
  };
  const [symbol] = SYMBOLS as [InstrumentSymbol];
  let role = await startRecord(deps(bus, prices, clock));
  await publish(bus, { kind: 'tick', tick: tick(symbol, 1) });
  await clock.advance(60_000);
  assert.match(String(role.health()), /away/);
  assert.equal(await tradesOf(store, symbol), 0);
  await publish(bus, { kind: 'tick', tick: tick(symbol, 2) });
  await role.stop();
  await bus.close();

  bus = await openBus(store, clock);
  role = await startRecord(deps(bus, prices, clock));
  await clock.advance(1_000);
  away = false;
  await untilRecorded(bus, clock);
  assert.equal(role.health(), null);
  assert.equal(await tradesOf(store, symbol), 2);
  await role.stop();
  await bus.close();
  await store.close();
});

test('history past its retention goes, by market time', async () => {
  const store = await openTestStore({ now: () => T0 });
  const clock = new SimulatedClock(T0 + 1000 * DAY);
  const bus = await openBus(store, clock);
  let marketTime = T0;
  const role = await startRecord(deps(bus, store.prices, clock, { marketTime: () => marketTime }));
  const [symbol] = SYMBOLS as [InstrumentSymbol];
  const old: Tick = { ...tick(symbol, 1), at: T0 - DAY };
  await publish(bus, { kind: 'tick', tick: old }, { kind: 'tick', tick: tick(symbol, 2) });
  await untilRecorded(bus, clock);
  const seconds = async (): Promise<number> => (await store.prices.candles(symbol, 0, T0 * 2, 1000, 10)).length;
  await clock.advance(600_000);
  await settle();
  assert.equal(await seconds(), 2, 'wall time is years on, but the recording is not');
  marketTime = T0 + 7 * DAY;
  await clock.advance(600_000);
  await role.stop();
  assert.equal(await seconds(), 1);
  assert.equal((await store.prices.candles(symbol, 0, T0 * 2, 60_000, 10)).length, 2, 'candles are kept longer');
  await bus.close();
  await store.close();
});
