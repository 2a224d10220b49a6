import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { needShared } from '../../../../test/support/need.ts';
import { BAR_MS, BAR_SIZES, type Bar, type BarSize, barSizeOf } from './bar.ts';
import { BarSeries } from './bar-series.ts';
import { type BarHours, barSpanAt } from './bar-span.ts';

const ALWAYS: BarHours = { calendar: '24/7', hours: 'all' };
const NEW_YORK: BarHours = { calendar: 'XNYS', hours: 'regular' };
const EXTENDED: BarHours = { calendar: 'XNYS', hours: 'all' };
const CURRENCIES: BarHours = { calendar: 'FX', hours: 'regular' };
const utc = (text: string): number => Date.parse(text);
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);

function rowsOf(path: string): readonly (readonly string[])[] {
  const [, ...rows] = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return rows.map((row) => row.split(','));
}

const spans: readonly (readonly [BarSize, BarHours, at: string, from: string, until: string])[] = [
  ['1h', ALWAYS, '2026-03-04T10:59', '2026-03-04T10:00', '2026-03-04T11:00'],
  ['4h', ALWAYS, '2026-03-04T10:59', '2026-03-04T08:00', '2026-03-04T12:00'],
  ['1d', ALWAYS, '2026-03-04T10:59', '2026-03-04T00:00', '2026-03-05T00:00'],
  ['1w', ALWAYS, '2026-03-04T10:59', '2026-03-02T00:00', '2026-03-09T00:00'],
  ['1w', ALWAYS, '2026-03-08T23:59', '2026-03-02T00:00', '2026-03-09T00:00'],
  // New York opens at 14:30 UTC in winter, at 13:30 in summer; the last hour is a half one.
  ['1m', NEW_YORK, '2026-03-04T14:30', '2026-03-04T14:30', '2026-03-04T14:31'],
  ['1h', NEW_YORK, '2026-03-04T15:29', '2026-03-04T14:30', '2026-03-04T15:30'],
  ['1h', NEW_YORK, '2026-03-04T20:30', '2026-03-04T20:30', '2026-03-04T21:00'],
  ['4h', NEW_YORK, '2026-03-04T20:30', '2026-03-04T18:30', '2026-03-04T21:00'],
  ['1h', NEW_YORK, '2026-03-09T13:31', '2026-03-09T13:30', '2026-03-09T14:30'],
  ['1d', NEW_YORK, '2026-03-04T15:29', '2026-03-04T14:30', '2026-03-04T21:00'],
  // The half day after Thanksgiving ends at 13:00 there.
  ['1d', NEW_YORK, '2026-11-27T16:00', '2026-11-27T14:30', '2026-11-27T18:00'],
  ['4h', NEW_YORK, '2026-11-27T16:00', '2026-11-27T14:30', '2026-11-27T18:00'],
  // A week from Monday's opening to Friday's closing; Good Friday is closed, and so is Presidents' Day, a Monday.
  ['1w', NEW_YORK, '2026-03-04T15:29', '2026-03-02T14:30', '2026-03-06T21:00'],
  ['1w', NEW_YORK, '2026-03-31T15:29', '2026-03-30T13:30', '2026-04-02T20:00'],
  ['1w', NEW_YORK, '2026-02-18T15:29', '2026-02-17T14:30', '2026-02-20T21:00'],
  ['1h', EXTENDED, '2026-03-04T12:45', '2026-03-04T12:00', '2026-03-04T13:00'],
  ['4h', EXTENDED, '2026-03-04T12:45', '2026-03-04T09:00', '2026-03-04T13:00'],
  ['1d', EXTENDED, '2026-03-05T00:30', '2026-03-04T05:00', '2026-03-05T05:00'],
  // The day on which the clocks go forward has 23 hours.
  ['1d', EXTENDED, '2026-03-08T12:00', '2026-03-08T05:00', '2026-03-09T04:00'],
  ['1w', EXTENDED, '2026-03-04T12:45', '2026-03-02T05:00', '2026-03-09T04:00'],
  ['1h', CURRENCIES, '2026-03-04T12:45', '2026-03-04T12:00', '2026-03-04T13:00'],
  // Currencies turn at 17:00 in New York, 22:00 UTC in winter; Sunday evening is Monday's.
  ['1d', CURRENCIES, '2026-03-01T22:30', '2026-03-01T22:00', '2026-03-02T22:00'],
  ['1d', CURRENCIES, '2026-03-04T21:59', '2026-03-03T22:00', '2026-03-04T22:00'],
  ['1w', CURRENCIES, '2026-03-04T21:59', '2026-03-01T22:00', '2026-03-06T22:00'],
  ['4h', CURRENCIES, '2026-03-06T21:59', '2026-03-06T20:00', '2026-03-06T22:00'],
];

test('bars begin and end where the hours of their market say', () => {
  for (const [size, hours, at, from, until] of spans) {
    const span = barSpanAt(size, hours, utc(`${at}Z`));
    assert.deepEqual([iso(span.at), iso(span.until)], [from, until], `${size} ${hours.calendar} ${hours.hours} ${at}`);
  }
});

test('every moment of a bar is in that bar, and the next bar begins no earlier than it ends', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BAR_SIZES),
      fc.constantFrom(
        ALWAYS,
        EXTENDED,
        { calendar: 'XLON', hours: 'all' } as const,
        {
          calendar: 'FX',
          hours: 'all',
        } as const,
      ),
      fc.integer({ min: utc('2007-01-01'), max: utc('2040-01-01') }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (size, hours, at, part) => {
        const span = barSpanAt(size, hours, at);
        assert.ok(span.at <= at && at < span.until);
        assert.ok(span.until - span.at <= BAR_MS[size] + BAR_MS['1h']);
        const inside = span.at + Math.floor(part * (span.until - span.at));
        assert.deepEqual(barSpanAt(size, hours, inside), span);
        assert.equal(barSpanAt(size, hours, span.until).at, span.until);
      },
    ),
  );
});

test('a size is found by its length', () => {
  assert.equal(barSizeOf(900_000), '15m');
  assert.equal(barSizeOf(120_000), undefined);
});

test('a bar is open until time has come to its end, by a tick or by the clock', () => {
  const series = new BarSeries('1m', ALWAYS);
  assert.equal(series.open, null);
  assert.equal(series.pass(30_000), null);
  series.tick(30_000, 5, 2);
  assert.equal(series.pass(59_999), null);
  series.tick(59_999, 4, 0);
  const open = series.open;
  assert.deepEqual(open, { at: 0, until: 60_000, day: 0, open: 5, high: 5, low: 4, close: 4, volume: 2, trades: 2 });
  assert.deepEqual(series.pass(60_000), open);
  assert.equal(series.pass(120_000), null);
  assert.equal(series.open, null);
});

const PRICES = fc.array(
  fc.record({
    gap: fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 90_000_000 })),
    price: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    volume: fc.integer({ min: 0, max: 9 }),
    isMark: fc.boolean(),
  }),
  { maxLength: 200, size: 'max' },
);

test('bars are what was traded between their ends, whatever marks come and wherever it is saved and restored', () => {
  fc.assert(
    fc.property(fc.constantFrom(...BAR_SIZES), PRICES, (size, steps) => {
      let series = new BarSeries(size, EXTENDED);
      const closed: Bar[] = [];
      const wanted = new Map<number, Bar>();
      let at = utc('2026-03-06T10:00Z');
      for (const { gap, price, volume, isMark } of steps) {
        at += gap;
        const done = series.pass(at);
        if (done !== null) closed.push(done);
        if (isMark) series = BarSeries.restore(size, EXTENDED, JSON.parse(JSON.stringify(series.state())));
        else {
          series.tick(at, price, volume);
          const span = barSpanAt(size, EXTENDED, at);
          const old = wanted.get(span.at) ?? { open: price, high: price, low: price, volume: 0, trades: 0 };
          wanted.set(span.at, {
            ...span,
            open: old.open,
            high: Math.max(old.high, price),
            low: Math.min(old.low, price),
            close: price,
            volume: old.volume + volume,
            trades: old.trades + 1,
          });
        }
      }
      if (series.open !== null) closed.push(series.open);
      assert.deepEqual(closed, [...wanted.values()]);
    }),
  );
});

function compareBars(bars: readonly Bar[], rows: readonly (readonly string[])[]): void {
  assert.equal(bars.length, rows.length);
  for (const [index, bar] of bars.entries()) {
    const [, at, , open, high, low, close, volume, trades] = (rows[index] as readonly string[]).map(Number);
    assert.deepEqual(
      [bar.at, bar.open, bar.high, bar.low, bar.close, bar.trades],
      [at, open, high, low, close, trades],
    );
    assert.ok(Math.abs(bar.volume - (volume as number)) <= 1e-9 * (volume as number));
  }
}

test('five recorded days of three US shares give the candles of the oracle', (t: TestContext) => {
  const ticks = needShared(t, 'ticks/lean_us_equity_trades_aig_bac_ibm_20131007-11.csv.gz');
  const oracle = needShared(t, 'oracles/candles_lean_aig_bac_ibm.csv.gz');
  if (ticks === null || oracle === null) return;
  const sizes = new Map<string, BarSize>([
    ['60000', '1m'],
    ['300000', '5m'],
    ['86400000', '1d'],
  ]);
  const made = new Map<string, { series: BarSeries; bars: Bar[] }>();
  for (const symbol of ['AIG', 'BAC', 'IBM'])
    for (const [ms, size] of sizes) made.set(`${symbol} ${ms}`, { series: new BarSeries(size, ALWAYS), bars: [] });
  for (const [at, symbol, price, volume] of rowsOf(ticks))
    for (const ms of sizes.keys()) {
      const { series, bars } = made.get(`${symbol} ${ms}`) as { series: BarSeries; bars: Bar[] };
      const closed = series.pass(Number(at));
      if (closed !== null) bars.push(closed);
      series.tick(Number(at), Number(price), Number(volume));
    }
  const wanted = Map.groupBy(rowsOf(oracle), ([ms, , symbol]) => `${symbol} ${ms}`);
  for (const [key, { series, bars }] of made) compareBars([...bars, series.open as Bar], wanted.get(key) ?? []);
});

test('two recorded days of one-minute candles give the daily bars of the same source', (t: TestContext) => {
  const minutes = needShared(t, 'bars_1m/lean_coinbase_1m_btcusd_ethusd_ltcusd_btceur_20180404-06.csv.gz');
  const days = needShared(t, 'bars_1d/lean_coinbase_btcusd_daily.csv.gz');
  if (minutes === null || days === null) return;
  const series = new BarSeries('1d', ALWAYS);
  const bars: Bar[] = [];
  for (const [time, symbol, ...rest] of rowsOf(minutes)) {
    const at = Number(time);
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = rest.map(Number);
    // The feed stopped in the middle of the first day.
    if (symbol !== 'BTCUSD' || at < utc('2018-04-05')) continue;
    const closed = series.pass(at);
    if (closed !== null) bars.push(closed);
    series.candle({ at, open, high, low, close, volume, trades: 1 });
  }
  const wanted = rowsOf(days).filter(([date]) => date === '20180405' || date === '20180406');
  compareBars(
    [...bars, series.open as Bar],
    wanted.map(([, ...values], index) => ['', String(utc('2018-04-05') + index * BAR_MS['1d']), '', ...values, '1440']),
  );
});
