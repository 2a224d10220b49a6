/**
 * What every store must prove of the price history.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { bucketStart, type Candle } from '#domain/market/candle.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { CANDLE_SIZES, type PastRetention } from './prices.ts';
import type { Store } from './store.ts';
import { newSymbol, sampleTick, T0 } from './testing/samples.ts';

type Recorded = { readonly tick: Tick; readonly late: boolean };
const DAY = 86_400_000;
/** Kept ones, sums of each, and some that divide no hour. */
const INTERVALS = [1000, 5000, 59_000, 60_000, 90_000, 300_000, 900_000, 1_500_000, 3_600_000, 7_200_000, DAY, 7 * DAY];
/** Candles of every length are past retention before a time. */
const past = (at: number): PastRetention['candles'] => ({ 60000: at, 300000: at, 3600000: at, 86400000: at });

/** Candles by hand: sort by `at`, keep the order of arrival among equals, cut into buckets. */
function candlesOf(ticks: readonly Tick[], intervalMs: number): Candle[] {
  const buckets = new Map<number, Tick[]>();
  for (const tick of [...ticks].sort((a, b) => a.at - b.at)) {
    const start = bucketStart(tick.at, intervalMs);
    buckets.set(start, [...(buckets.get(start) ?? []), tick]);
  }
  return [...buckets].map(([at, inside]) => ({
    at,
    open: inside[0]?.price as number,
    high: Math.max(...inside.map(({ price }) => price)),
    low: Math.min(...inside.map(({ price }) => price)),
    close: inside.at(-1)?.price as number,
    volume: inside.reduce((sum, { volume = 0 }) => sum + volume, 0),
    trades: inside.length,
  }));
}

export function pricesConformance(open: () => Promise<Store>): void {
  describe('prices', () => {
    let store: Store;
    let partition = 0;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    /** A partition of its own, so that offsets of tests do not meet. */
    const recorder = () => {
      partition += 1;
      const mine = partition;
      let offset = 0;
      return {
        partition: mine,
        record: async (ticks: readonly (Tick | Recorded)[]): Promise<void> => {
          offset += ticks.length + 1;
          const marked = ticks.map((one) => ('tick' in one ? one : { tick: one, late: false }));
          await store.prices.record(mine, offset, marked);
        },
      };
    };
    const all = (symbol: InstrumentSymbol, intervalMs: number) =>
      store.prices.candles(symbol, 0, T0 * 2, intervalMs, 10_000);

    test('a batch that was recorded is not recorded again, and the offset says where to go on', async () => {
      const symbol = newSymbol();
      const ticks = [1, 2, 3].map((i) => ({ tick: sampleTick(symbol, T0 + i, 10 + i, { volume: 2 }), late: false }));
      assert.equal(await store.prices.recordedPlace(900), undefined);
      await store.prices.record(900, 50, ticks);
      await store.prices.record(900, 50, ticks);
      await store.prices.record(900, 49, ticks);
      const placed = ticks.map((one, i) => ({ ...one, offset: 47 + i }));
      await store.prices.record(900, 51, placed);
      assert.deepEqual(await store.prices.recordedPlace(900), { offset: 51, duty: 0 }, 'read in other pieces');
      assert.deepEqual(
        (await all(symbol, 60_000)).map(({ trades, volume }) => [trades, volume]),
        [[3, 6]],
      );
      assert.deepEqual(
        (await all(symbol, 1000)).map(({ trades }) => trades),
        [3],
      );
      await store.prices.record(900, 60, []);
      assert.deepEqual(await store.prices.recordedPlace(900), { offset: 60, duty: 0 });
      await store.prices.record(900, 61, [], 7);
      await store.prices.record(900, 62, [], 6);
      assert.deepEqual(await store.prices.recordedPlace(900), { offset: 62, duty: 7 }, 'the newest duty');
    });

    test('two recorders of one partition at once add a batch once', async () => {
      const symbol = newSymbol();
      const ticks = [{ tick: sampleTick(symbol, T0, 5), late: false }];
      await Promise.all(Array.from({ length: 5 }, () => store.prices.record(901, 7, ticks)));
      assert.equal((await all(symbol, 60_000))[0]?.trades, 1);
    });

    test('every field of a tick comes back, whatever doubles its price and volume are', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true }),
          fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((v) => v + 0)),
          fc.option(fc.nat()),
          async (price, volume, sequence) => {
            const symbol = newSymbol();
            const tick = sampleTick(symbol, T0, price, {
              source: `s"${price}`,
              ...(volume === null ? {} : { volume }),
              ...(sequence === null ? {} : { sequence }),
            });
            await recorder().record([tick]);
            assert.deepEqual(await store.prices.latest([symbol]), [tick]);
            assert.deepEqual(await store.prices.at(symbol, T0), tick);
          },
        ),
        { numRuns: 30 },
      );
    });

    test('ticks whose sequence does not rise are dropped, late ones are kept once', async () => {
      const symbol = newSymbol();
      const { record } = recorder();
      const at = (i: number, sequence: number): Tick => sampleTick(symbol, T0 + i, 10 + i, { sequence, volume: 1 });
      await record([at(1, 1), at(2, 2), at(2, 2), at(5, 5)]);
      await record([at(5, 5), at(4, 4), at(6, 6)]);
      assert.equal((await all(symbol, DAY))[0]?.trades, 4);
      await record([
        { tick: at(3, 3), late: true },
        { tick: at(3, 3), late: true },
        { tick: at(2, 2), late: true },
      ]);
      await record([{ tick: at(3, 3), late: true }]);
      assert.deepEqual(
        (await all(symbol, DAY)).map(({ trades, volume }) => [trades, volume]),
        [[5, 5]],
      );
      const other = { ...at(1, 1), source: 'kraken' };
      await record([other]);
      assert.equal((await all(symbol, DAY))[0]?.trades, 6);
      assert.deepEqual((await store.prices.positions('binance')).get(symbol), { at: T0 + 6, sequence: 6 });
      assert.deepEqual((await store.prices.positions('kraken')).get(symbol), { at: T0 + 1, sequence: 1 });
      assert.equal((await store.prices.positions('nobody')).size, 0);
    });

    test('the latest price moves forward and never back', async () => {
      const symbol = newSymbol();
      const { record } = recorder();
      await record([sampleTick(symbol, T0 + 5, 50), sampleTick(symbol, T0 + 5, 51)]);
      await record([{ tick: sampleTick(symbol, T0 + 1, 10), late: true }]);
      assert.equal((await store.prices.latest([symbol]))[0]?.price, 51);
      await record([sampleTick(symbol, T0 + 3, 30, { source: 'kraken' })]);
      assert.equal((await store.prices.latest([symbol]))[0]?.price, 51);
      await record([sampleTick(symbol, T0 + 5, 52)]);
      assert.equal((await store.prices.latest([symbol]))[0]?.price, 52);
      await record([{ tick: sampleTick(symbol, T0 + 5, 53), late: true }]);
      assert.equal((await store.prices.latest([symbol]))[0]?.price, 52);
      assert.equal((await store.prices.latest()).find((tick) => tick.symbol === symbol)?.price, 52);
      assert.deepEqual(await store.prices.latest([newSymbol()]), []);
      await record([{ tick: sampleTick(symbol, T0 + 9, 54), late: true }]);
      assert.equal((await store.prices.latest([symbol]))[0]?.price, 54);
    });

    test('the price at a time is the last one at or before it, the last to arrive among equals', async () => {
      const symbol = newSymbol();
      const { record } = recorder();
      await record([sampleTick(symbol, T0, 1), sampleTick(symbol, T0 + 10, 2), sampleTick(symbol, T0 + 10, 3)]);
      const prices = [];
      for (const at of [-1, 0, 9, 10, 11]) prices.push((await store.prices.at(symbol, T0 + at))?.price);
      assert.deepEqual(prices, [undefined, 1, 1, 3, 3]);
      assert.equal(await store.prices.at(newSymbol(), T0), undefined);
    });

    test('candles of every interval are those made by hand, in any batches, with late ticks', async () => {
      const offsets = fc.oneof(fc.nat(5000), fc.nat(2 * 3_600_000), fc.nat(3 * DAY));
      const tick = fc.record({ offset: offsets, price: fc.nat(20), volume: fc.nat(9), late: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(tick, { maxLength: 12 }), { maxLength: 6 }), async (batches) => {
          const symbol = newSymbol();
          const { record } = recorder();
          const seen: Tick[] = [];
          for (const batch of batches) {
            const ticks = batch.map(({ offset, price, volume, late }) => ({
              tick: sampleTick(symbol, T0 + offset, price + 1, { volume }),
              late,
            }));
            seen.push(...ticks.map((one) => one.tick));
            await record(ticks);
          }
          for (const interval of INTERVALS)
            assert.deepEqual(await all(symbol, interval), candlesOf(seen, interval), `interval ${interval}`);
        }),
        { numRuns: 25 },
      );
    });

    test('a range of candles begins and ends by the start of the bucket, and the limit keeps the oldest', async () => {
      const symbol = newSymbol();
      const { record } = recorder();
      const minutes = Array.from({ length: 10 }, (_, i) => sampleTick(symbol, T0 + i * 60_000 + 30_000, i + 1));
      await record(minutes);
      const range = async (from: number, to: number, interval: number, limit = 99): Promise<number[]> =>
        (await store.prices.candles(symbol, T0 + from, T0 + to, interval, limit)).map(({ at }) => (at - T0) / 1000);
      assert.deepEqual(await range(0, 120_000, 60_000), [0, 60]);
      assert.deepEqual(await range(1, 120_001, 60_000), [60, 120]);
      assert.deepEqual(await range(0, 600_000, 60_000, 3), [0, 60, 120]);
      assert.deepEqual(await range(0, 90_000, 30_000), [30]);
      assert.deepEqual(await range(30_001, 90_001, 30_000), [90]);
      assert.deepEqual(await range(0, 600_000, 1000, 2), [30, 90]);
      assert.deepEqual(await range(60_000, 60_000, 60_000), []);
      assert.deepEqual(await store.prices.candles(newSymbol(), 0, T0, 60_000, 9), []);
    });

    test('rejected ticks are counted by symbol, source and reason', async () => {
      const symbol = newSymbol();
      const row = { symbol, source: 'push', reason: 'not-positive', lastPrice: 0 } as const;
      await store.prices.countRejected([
        { ...row, count: 2, lastAt: T0 },
        { ...row, count: 1, lastAt: T0 + 5, lastPrice: -1 },
      ]);
      await store.prices.countRejected([
        { ...row, count: 4, lastAt: T0 + 9, lastPrice: null },
        { ...row, reason: 'late', count: 1, lastAt: T0 },
      ]);
      assert.deepEqual(await store.prices.rejected(symbol), [
        { ...row, reason: 'late', count: 1, lastAt: T0 },
        { ...row, count: 7, lastAt: T0 + 9, lastPrice: null },
      ]);
      assert.ok((await store.prices.rejected()).length >= 2);
    });

    test('trimming takes what is older, at most so many rows a call, and leaves the rest', async () => {
      const [symbol, older] = [newSymbol(), newSymbol()];
      const { record } = recorder();
      const year = Date.UTC(2001, 0, 1);
      const days = (of: InstrumentSymbol, begin: number): Tick[] =>
        Array.from({ length: 10 }, (_, i) => sampleTick(of, begin + i * DAY, i + 1));
      await record([...days(older, Date.UTC(1990, 0, 1)), ...days(symbol, year)]);
      const before = year + 4 * DAY;
      const trim = async (candles: number): Promise<number> => {
        let gone = 0;
        for (let rows = 3; rows > 0; gone += rows) {
          rows = await store.prices.trim({ ticks: before, candles: past(candles) }, 3);
          assert.ok(rows <= 3);
        }
        return gone;
      };
      await trim(0);
      assert.deepEqual(await all(older, 1000), []);
      const left = (await all(symbol, 1000)).filter(({ at }) => at >= before);
      assert.deepEqual(
        left.map(({ close }) => close),
        [5, 6, 7, 8, 9, 10],
      );
      assert.equal((await all(symbol, 60_000)).length, 10);
      assert.equal(await trim(before), CANDLE_SIZES.length * (10 + 4));
      const [first] = await all(symbol, DAY);
      assert.equal(first?.at, before);
      assert.equal((await all(symbol, 60_000)).length, 6);
      assert.equal((await store.prices.latest([symbol]))[0]?.price, 10);
    });

    test('candles of each length go by themselves, and longer ones are made of what is left', async () => {
      const symbol = newSymbol();
      const { record } = recorder();
      const begin = Date.UTC(2002, 0, 1);
      const ticks = Array.from({ length: 20 }, (_, i) => sampleTick(symbol, begin + i * (DAY / 5) + i * 61_000, i + 1));
      await record(ticks);
      const kept = past(0);
      for (const size of CANDLE_SIZES) {
        const before = begin + 2 * DAY;
        Object.assign(kept, { [size]: before });
        while ((await store.prices.trim({ ticks: 0, candles: kept }, 7)) > 0);
        for (const interval of INTERVALS.filter((one) => one % 60_000 === 0)) {
          const made = CANDLE_SIZES.findLast((one) => interval % one === 0) as number;
          const left = made > size ? ticks : ticks.filter(({ at }) => at >= before);
          assert.deepEqual(await all(symbol, interval), candlesOf(left, interval), `${interval} without ${size}`);
        }
      }
    });

    test('a page of candles is those of the whole, wherever it begins and however thin the market', async () => {
      const tick = fc.record({ offset: fc.oneof(fc.nat(3 * 3_600_000), fc.nat(5 * DAY)), price: fc.nat(20) });
      await fc.assert(
        fc.asyncProperty(
          fc.array(tick, { minLength: 1, maxLength: 60 }),
          fc.constantFrom(...INTERVALS, 5_400_000),
          fc.integer({ min: 1, max: 4 }),
          fc.oneof(fc.nat(3 * 3_600_000), fc.nat(2 * DAY)),
          async (some, interval, limit, from) => {
            const symbol = newSymbol();
            const ticks = some.map(({ offset, price }) => sampleTick(symbol, T0 + offset, price + 1, { volume: 1 }));
            await recorder().record(ticks);
            const expected = candlesOf(ticks, interval).filter(({ at }) => at >= T0 + from);
            assert.deepEqual(
              await store.prices.candles(symbol, T0 + from, T0 * 2, interval, limit),
              expected.slice(0, limit),
            );
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}
