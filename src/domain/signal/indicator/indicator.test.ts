/** Every indicator against its formula written down directly, and against what five libraries computed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { needShared } from '../../../../test/support/need.ts';
import type { Bar } from '../bar/bar.ts';
import { averageOf, barVolume, daySignal, extremeBars, timeExtreme } from './bar-signals.ts';
import { INDICATORS, indicatorEntry, makeIndicator } from './catalogue.ts';
import type { IndicatorEntry } from './entry.ts';
import { Indicator } from './indicator.ts';
import { formulaOf } from './testing/formulas.ts';
import { TimeExtreme } from './time-extreme.ts';

const DAY_MS = 86_400_000;
const DAYS = { size: '1d', calendar: 'XNYS' } as const;
const HOURS = { size: '1h', calendar: 'XNYS' } as const;

function barAt(index: number, open: number, close: number, reach: number, volume: number): Bar {
  const at = index * 3_600_000;
  return {
    ...{ at, until: at + 3_600_000, day: Math.floor(at / DAY_MS) },
    ...{ open, high: Math.max(open, close) * (1 + reach), low: Math.min(open, close) * (1 - reach), close },
    ...{ volume, trades: 1 },
  };
}

/** Prices have decimals: steps far below those, which the plain formulas cannot tell from rounding, do not happen. */
const part = (min: number, max: number) =>
  fc.oneof(fc.constant(0), fc.integer({ min: min * 1e6, max: max * 1e6 })).map((millionths) => millionths / 1e6);
const steps = fc.array(
  fc.record({
    step: part(-0.3, 0.4),
    gap: part(-0.1, 0.1),
    reach: part(0, 0.2),
    volume: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1e6, noNaN: true })),
  }),
  { minLength: 1, maxLength: 90, size: 'max' },
);
const someBars = fc.tuple(fc.constantFrom(1e-8, 0.37, 61_600.01, 1e7), steps).map(([first, all]) => {
  let last = first;
  return all.map(({ step, gap, reach, volume }, index) => {
    const open = last * (1 + gap);
    last = open * (1 + step);
    return barAt(index, open, last, reach, volume);
  });
});

/** An entry of the catalogue, one of its outputs, and parameters within its bounds. */
const someIndicator = fc.constantFrom(...INDICATORS).chain((entry) =>
  fc.record({
    entry: fc.constant(entry),
    output: fc.constantFrom(...entry.outputs.map(({ name }) => name)),
    parameters: fc.tuple(
      ...entry.parameters.map(({ min, max, isWhole }) =>
        isWhole
          ? fc.integer({ min, max: Math.min(max, 25) })
          : fc.double({ min: Math.max(min, 0.5), max: Math.min(max, 4), noNaN: true }),
      ),
    ),
  }),
);

/** Equal to 1e-9 of the value, or of the size of what it was computed from where large numbers cancel out. */
function assertClose(actual: number, wanted: number, size: number, what: string): void {
  if (Number.isNaN(wanted) && Number.isNaN(actual)) return;
  const allowed = 1e-9 * Math.max(Math.abs(wanted), 1e-3 * size);
  assert.ok(Math.abs(actual - wanted) <= allowed, `${what}: ${actual} is not ${wanted}`);
}

function sizeOf(entry: IndicatorEntry, output: string, bar: Bar): number {
  const unit = entry.outputs.find(({ name }) => name === output)?.unit;
  return unit === 'price' ? bar.high : unit === 'volume' ? 1e6 : 1;
}

test('every indicator is what its formula says, live and at the close, and within its range', () => {
  fc.assert(
    fc.property(someIndicator, someBars, ({ entry, output, parameters }, bars) => {
      const indicator = makeIndicator(entry.name, parameters, output, HOURS);
      const formula = formulaOf(entry.name, parameters, output);
      const range = entry.outputs.find(({ name }) => name === output)?.range ?? [null, null];
      for (const [index, bar] of bars.entries()) {
        const what = `${entry.name}(${parameters}).${output} at bar ${index}`;
        const wanted = formula(bars.slice(0, index + 1));
        const before = indicator.value;
        const live = indicator.live(bar);
        assert.ok(Object.is(indicator.value, before), `${what}: looking ahead has changed it`);
        assert.equal(indicator.missing, Math.max(0, indicator.warmUp - index));
        indicator.push(bar);
        assertClose(indicator.value, wanted, sizeOf(entry, output, bar), what);
        // Where nothing has moved, a live value may be rounding alone.
        assertClose(live, indicator.value, sizeOf(entry, output, bar), `${what}, live`);
        assert.ok(index + 1 >= indicator.warmUp || Number.isNaN(indicator.value), `${what}: known too early`);
        const slack = 1e-9 * sizeOf(entry, output, bar) * 100;
        if (range[0] !== null) assert.ok(!(indicator.value < range[0] - slack), `${what}: ${indicator.value}`);
        if (range[1] !== null) assert.ok(!(indicator.value > range[1] + slack), `${what}: ${indicator.value}`);
      }
    }),
    { numRuns: 1500 },
  );
});

test('saved and restored at any bar, the same values come, bit for bit', () => {
  fc.assert(
    fc.property(someIndicator, someBars, fc.nat({ max: 90 }), ({ entry, output, parameters }, bars, when) => {
      const steady = makeIndicator(entry.name, parameters, output, HOURS);
      let moved = makeIndicator(entry.name, parameters, output, HOURS);
      for (const [index, bar] of bars.entries()) {
        if (index === when % bars.length) {
          const state = JSON.parse(JSON.stringify(moved.state()));
          moved = makeIndicator(entry.name, parameters, output, HOURS);
          moved.restore(state);
        }
        assert.ok(Object.is(moved.live(bar), steady.live(bar)));
        steady.push(bar);
        moved.push(bar);
        assert.ok(Object.is(moved.value, steady.value), `${entry.name}: ${moved.value} is not ${steady.value}`);
        assert.equal(moved.missing, steady.missing);
      }
      assert.deepEqual(moved.state(), steady.state());
    }),
    { numRuns: 500 },
  );
});

test('with its usual parameters, each is known as soon as it has the bars it asks for', () => {
  for (const entry of INDICATORS)
    for (const { name } of entry.outputs) {
      const parameters = entry.parameters.map((parameter) => parameter.default);
      for (const parameter of entry.parameters)
        assert.ok(parameter.min <= parameter.default && parameter.default <= parameter.max);
      const indicator = makeIndicator(entry.name, parameters, name, DAYS);
      for (let index = 0; index < indicator.warmUp; index += 1) {
        assert.equal(indicator.missing, indicator.warmUp - index);
        assert.ok(Number.isNaN(indicator.value), `${entry.name}.${name} is known after ${index} bars`);
        const bar = barAt(index, 100 + (index % 7), 101 + (index % 5), 0.01, 10);
        if (index === indicator.warmUp - 1) assert.ok(!Number.isNaN(indicator.live(bar)));
        indicator.push(bar);
      }
      assert.ok(!Number.isNaN(indicator.value), `${entry.name}.${name} is not known after ${indicator.warmUp} bars`);
    }
});

test('the signals of bars are what they say', () => {
  fc.assert(
    fc.property(someBars, fc.integer({ min: 1, max: 30 }), fc.constantFrom('high', 'low'), (bars, count, of) => {
      const windowMs = count * 3_600_000;
      const volume = new Indicator(barVolume());
      const average = new Indicator(averageOf(barVolume(), count));
      const open = new Indicator(daySignal('open'));
      const close = new Indicator(daySignal('previous close'));
      const gap = new Indicator(daySignal('gap'));
      let extreme = new Indicator(new TimeExtreme(of as 'high' | 'low', windowMs, 3_600_000));
      const ever = new Indicator(timeExtreme(of as 'high' | 'low', null));
      const best = (some: readonly Bar[]): number =>
        of === 'high' ? Math.max(...some.map(({ high }) => high)) : Math.min(...some.map(({ low }) => low));
      for (const [index, bar] of bars.entries()) {
        const known = bars.slice(0, index + 1);
        const last = known.slice(-count);
        const before = known.at(-2)?.close ?? Number.NaN;
        const wanted: readonly (readonly [Indicator, number])[] = [
          [volume, bar.volume],
          [average, last.length < count ? Number.NaN : last.reduce((sum, one) => sum + one.volume, 0) / count],
          [open, bar.open],
          [close, before],
          [gap, 100 * (bar.open / before - 1)],
          [extreme, last.length < count ? Number.NaN : best(last)],
          [ever, best(known)],
        ];
        for (const [indicator, value] of wanted) {
          assertClose(indicator.live(bar), value, 0, 'live');
          indicator.push(bar);
          assertClose(indicator.value, value, 0, 'closed');
        }
        assert.equal(extreme.missing, Math.max(0, count - index - 1));
        const state = JSON.parse(JSON.stringify(extreme.state()));
        extreme = new Indicator(new TimeExtreme(of as 'high' | 'low', windowMs, 3_600_000));
        extreme.restore(state);
      }
    }),
  );
  assert.deepEqual([null, 364 * DAY_MS, 7 * DAY_MS, DAY_MS, 3_600_000].map(extremeBars), [
    '1d',
    '1d',
    '1h',
    '5m',
    '1m',
  ]);
});

/** Columns of the shared table, the indicator that stands there, and the libraries that agree with it from the start. */
const COLUMNS: readonly (readonly [string, string, readonly number[], string | null, readonly string[]])[] = [
  ['sma20', 'sma', [20], null, ['talib', 'tulip', 'pta', 'ta', 'talipp']],
  ['ema20', 'ema', [20], null, ['talib', 'pta', 'talipp']],
  ['wma20', 'wma', [20], null, ['talib', 'tulip', 'pta']],
  ['rsi14', 'rsi', [14], null, ['talib', 'tulip', 'pta', 'talipp']],
  ['macd_line', 'macd', [12, 26, 9], null, ['pta', 'talipp']],
  ['macd_signal', 'macd', [12, 26, 9], 'signal', ['pta', 'talipp']],
  ['bb_upper', 'bollinger', [20, 2], 'upper', ['talib', 'tulip', 'pta', 'ta', 'talipp']],
  ['bb_lower', 'bollinger', [20, 2], 'lower', ['talib', 'tulip', 'pta', 'ta', 'talipp']],
  ['atr14', 'atr', [14], null, ['talib', 'pta']],
  ['adx14', 'adx', [14], null, ['talib', 'pta']],
  ['stoch_k', 'stochastic', [14, 3, 3], 'k', ['talib', 'tulip', 'pta']],
  ['cci20', 'cci', [20], null, ['talib', 'tulip', 'pta', 'ta', 'talipp']],
  ['obv', 'obv', [], null, ['talib', 'pta', 'talipp']],
  ['mfi14', 'mfi', [14], null, ['talib', 'tulip', 'ta']],
  ['roc10', 'roc', [10], null, ['talib', 'tulip', 'pta', 'ta']],
  ['willr14', 'williams', [14], null, ['talib', 'tulip', 'pta', 'ta']],
];
/** Others begin differently; by then that has faded below 1e-9. */
const FADED_BARS = 600;
/** These differ for good: Tulip's MACD has factors of its own, its OBV begins with 0, and `ta` counts unchanged closes. */
const DIFFERENT = new Set(['macd_line__tulip', 'macd_signal__tulip', 'obv__tulip', 'obv__ta']);

test('five years of a real share give what the libraries computed', (t) => {
  const path = needShared(t, 'indicators/aapl_daily_truth_5libs.csv.gz');
  if (path === null) return;
  const [head = '', ...lines] = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  const names = head.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell])));
  const bars = rows.map((row, index): Bar => {
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = ['open', 'high', 'low', 'close', 'volume'].map(
      (name) => Number(row[name]),
    );
    return { at: index * DAY_MS, until: (index + 1) * DAY_MS, day: index, open, high, low, close, volume, trades: 1 };
  });
  let compared = 0;
  for (const [column, name, parameters, output, agreeing] of COLUMNS) {
    const indicator = makeIndicator(name, parameters, output, DAYS);
    const values = bars.map((bar) => {
      indicator.push(bar);
      return indicator.value;
    });
    for (const key of names.filter((one) => one.startsWith(`${column}__`))) {
      if (DIFFERENT.has(key)) continue;
      const from = agreeing.includes(key.split('__')[1] as string) ? 0 : FADED_BARS;
      for (const [index, row] of rows.entries()) {
        const cell = row[key] ?? '';
        const value = values[index] as number;
        if (cell === '' || index < from || index + 1 < indicator.warmUp) continue;
        // The table has ten digits.
        const allowed = 1e-9 * Math.abs(Number(cell));
        assert.ok(Math.abs(value - Number(cell)) <= allowed, `${key}, ${row['date']}: ${value} is not ${cell}`);
        compared += 1;
      }
    }
  }
  assert.ok(compared > 60_000, `${compared} values`);
});

test('an unknown name is a mistake of the caller', () => {
  assert.equal(indicatorEntry('magic'), undefined);
  assert.throws(() => makeIndicator('magic', [], null, DAYS), /magic/);
});

test('where all has risen, the share of the gains is exactly 100', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-8, max: 1e7, noNaN: true }), fc.integer({ min: 1, max: 25 }), (first, length) => {
      for (const name of ['rsi', 'mfi']) {
        const indicator = makeIndicator(name, [length], null, DAYS);
        for (let index = 0; index <= length; index += 1)
          indicator.push(barAt(index, first * (1 + index / 7), first * (1 + index / 7), 0, 1));
        assert.equal(indicator.value, 100);
      }
    }),
  );
});
