import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileCondition } from '../condition/checker.ts';
import { Backtest, type TriedRule } from './backtest.ts';
import { barsOf } from './bars.ts';
import type { Firing } from './outcome.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 0, 31, 20);

function ruleOf(text: string, more: Partial<TriedRule> = {}): TriedRule {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  return {
    condition: compiled.condition,
    ...{ frequency: 'repeat', cooldownMs: 0, expiresAt: null, session: 'regular', gap: 'fire' },
    ...{ calendar: '24/7', staleAfterMs: MINUTE_MS },
    ...more,
  };
}

/** Bars whose every price is the one given; a bar may also say open, high, low and close. */
function flat(prices: readonly number[], intervalMs = MINUTE_MS, start = START) {
  return barsOf(
    prices.map((price, index) => ({
      at: start + index * intervalMs,
      ...{ open: price, high: price, low: price, close: price, volume: 0 },
    })),
  );
}

function run(text: string, bars: ReturnType<typeof flat>, more: Partial<TriedRule> = {}, from = START) {
  const backtest = new Backtest(ruleOf(text, more), { from, intervalMs: MINUTE_MS });
  backtest.advance(bars);
  const result = backtest.finish();
  return { result, firings: backtest.takeComplete() };
}

test('it says when it would have fired and at what price', () => {
  const { result, firings } = run('price crosses above 100', flat([99, 100, 99, 99, 101, 102]));
  assert.equal(result.count, 2);
  assert.deepEqual(
    firings.map(({ firedAt, price, before }) => [(firedAt - START) / MINUTE_MS, price, before]),
    [
      [1, 100, 99],
      [4, 101, 99],
    ],
  );
  assert.deepEqual([result.from, result.to, result.bars], [START, START + 6 * MINUTE_MS, 6]);
});

test('within a bar the price goes by open, low, high, close, or high before low in a falling one', () => {
  const rising = { at: START, open: 100, low: 90, high: 110, close: 105, volume: 0 };
  const seen = (bar: typeof rising, text: string): number[] =>
    run(text, barsOf([bar])).firings.map(({ firedAt }) => firedAt - START);
  assert.deepEqual(seen(rising, 'price < 95'), [20_000]);
  assert.deepEqual(seen(rising, 'price > 108'), [40_000]);
  const falling = { ...rising, close: 95 };
  assert.deepEqual(seen(falling, 'price < 92'), [40_000]);
  assert.deepEqual(seen(falling, 'price > 108'), [20_000]);
});

test('what the price did after is known where history reaches that far', () => {
  const prices = Array.from({ length: 1 + 1440 + 30 }, (_, minute) =>
    minute === 0 ? 99 : minute <= 60 ? 100 : minute < 1440 ? 110 : 80,
  );
  const { result, firings } = run('price crosses above 100', flat(prices), { frequency: 'once' });
  const [firing] = firings as [Firing];
  assert.equal(firing.firedAt, START + MINUTE_MS);
  // An hour later to the millisecond the price is 110 already; a day later 80; five days later nobody knows.
  assert.deepEqual(
    firing.after.map((value) => (value === null ? null : Math.round(value))),
    [10, -20, null],
  );
  assert.deepEqual(
    result.outcomes.map(({ horizonMs, known, higher, mean }) => [
      horizonMs,
      known,
      higher,
      mean === null ? null : Math.round(mean),
    ]),
    [
      [HOUR_MS, 1, 1, 10],
      [DAY_MS, 1, 0, -20],
      [5 * DAY_MS, 0, 0, null],
    ],
  );
});

test('where no price came between the firing and an hour later, nothing is said of that hour', () => {
  // The bar falls and fires on its close, its last tick; the next bar is three hours later.
  const bars = barsOf([
    { at: START, open: 100, high: 100, low: 90, close: 91, volume: 0 },
    { at: START + 3 * HOUR_MS, open: 120, high: 120, low: 120, close: 120, volume: 0 },
  ]);
  const { firings } = run('price inside 90.5..91.5', bars);
  assert.deepEqual(
    firings.map(({ firedAt, after }) => [firedAt - START, after]),
    [[MINUTE_MS - 1, [null, null, null]]],
  );
});

test('months without a firing are there with 0', () => {
  const prices = Array.from({ length: 24 * 35 }, (_, hour) => (hour === 1 || hour === 24 * 34 ? 101 : 99));
  const backtest = new Backtest(ruleOf('price > 100'), { from: START, intervalMs: HOUR_MS });
  backtest.advance(flat(prices, HOUR_MS));
  assert.deepEqual(backtest.finish().months, [
    { month: '2024-01', count: 1 },
    { month: '2024-02', count: 0 },
    { month: '2024-03', count: 1 },
  ]);
});

test('windows are filled by what came before; nothing before the arming fires', () => {
  const prices = [100, 100, 110, 110, 100, 110];
  const text = 'change(2m) > 5%';
  const cold = run(text, flat(prices.slice(3, 5), MINUTE_MS, START + 3 * MINUTE_MS));
  assert.equal(cold.result.count, 0);
  const warm = run(text, flat(prices), {}, START + 3 * MINUTE_MS);
  // It holds at 3 min against the 100 of a minute earlier still: at once, and without a value before.
  assert.deepEqual(
    warm.firings.map(({ firedAt, before }) => [(firedAt - START) / MINUTE_MS, before]),
    [[3, null]],
  );
  assert.equal(warm.result.from, START + 3 * MINUTE_MS);
});

test('bars of nothing give a result of nothing', () => {
  const { result, firings } = run('price > 1', flat([]));
  assert.deepEqual(firings, []);
  assert.deepEqual([result.count, result.bars, result.months, result.from, result.to], [0, 0, [], START, START]);
});

test('regular hours leave out what came before the opening', () => {
  const open = Date.UTC(2024, 0, 31, 14, 30);
  const bars = flat([101, 99, 99, 101], MINUTE_MS, open - 2 * MINUTE_MS);
  const policy = { calendar: 'XNYS', staleAfterMs: 5 * MINUTE_MS } as const;
  assert.equal(run('price crosses above 100', bars, policy, open - HOUR_MS).result.count, 1);
  assert.equal(run('price > 100', bars, policy, open - HOUR_MS).firings[0]?.firedAt, open + MINUTE_MS);
  assert.equal(run('price > 100', bars, { ...policy, session: 'all' }, open - HOUR_MS).result.count, 2);
});

test('the portions in which bars come do not change the result', () => {
  const price = fc.integer({ min: 95, max: 105 });
  const texts = [
    'price crosses 100',
    'price inside 98..102',
    'price moves 3% in 5m',
    'price > 101 and change(3m) > 1%',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(price, price, price, price), { minLength: 1, maxLength: 200 }),
      fc.array(fc.nat(50), { maxLength: 10 }),
      fc.constantFrom(...texts),
      fc.constantFrom(0, 3 * MINUTE_MS),
      (rows, cuts, text, cooldownMs) => {
        const bars = barsOf(
          rows.map(([open, a, b, close], index) => ({
            at: START + index * MINUTE_MS,
            ...{ open, close, volume: 0 },
            high: Math.max(open, a, b, close),
            low: Math.min(open, a, b, close),
          })),
        );
        const whole = run(text, bars, { cooldownMs });
        const pieces = new Backtest(ruleOf(text, { cooldownMs }), { from: START, intervalMs: MINUTE_MS });
        const firings: Firing[] = [];
        let done = 0;
        for (const cut of [...cuts, rows.length]) {
          const end = Math.min(rows.length, done + cut);
          pieces.advance(bars, done, end);
          firings.push(...pieces.takeComplete());
          done = end;
        }
        const result = pieces.finish();
        firings.push(...pieces.takeComplete());
        assert.deepEqual({ result, firings }, whole);
        assert.equal(result.count, firings.length);
      },
    ),
  );
});
