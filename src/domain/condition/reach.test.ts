import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition } from '../../../test/support/conditions.ts';
import { judge } from '../../../test/support/judge.ts';
import type { Interval } from './intervals.ts';
import type { Reading, Snapshot } from './judge.ts';
import { isLevel } from './leaves.ts';
import { isAlwaysPositive, natureOf, natureOfDifference } from './nature.ts';
import { parseCondition } from './parser.ts';
import { printSignal } from './printer.ts';
import { reachOf } from './reach.ts';
import type { Condition, Leaf, Signal } from './tree.ts';

function reach(text: string): string {
  const result = parseCondition(text);
  assert.ok(result.ok, text);
  const { verdict, reason } = reachOf(result.condition);
  return reason === null ? verdict : `${verdict}: ${reason}`;
}

test('what can never happen, what always does, and why', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['price < 0', 'unreachable: This can never happen: a price is always above 0.'],
    ['price <= 0', 'unreachable: This can never happen: a price is always above 0.'],
    ['price crosses above 0', 'unreachable: This can never happen: a price is always above 0.'],
    ['price crosses -1', 'unreachable: This can never happen: a price is always above 0.'],
    ['volume < 0', 'unreachable: This can never happen: a volume is never below 0.'],
    ['change(1h) < -100%', 'unreachable: This can never happen: a change is always above -100%.'],
    ['abs(change(1h)) < 0', 'unreachable: This can never happen: abs(change(1h)) is never below 0%.'],
    ['price falls 100% in 1h', 'unreachable: This can never happen: nothing falls by 100% or more.'],
    [
      'price > 10 and price < 5',
      'unreachable: This can never happen: "price > 10" and "price < 5" exclude each other.',
    ],
    [
      'price > 10 and volume > 3 and not price > 10',
      'unreachable: This can never happen: "price > 10" and "not price > 10" exclude each other.',
    ],
    [
      'price < 0 or volume < 0',
      'unreachable: This can never happen: a price is always above 0, and a volume is never below 0.',
    ],
    [
      'abs(change(1h)) > 5% and change(1h) inside -5%..5%',
      'unreachable: This can never happen: "abs(change(1h)) > 5%" and "change(1h) inside -5%..5%" exclude each other.',
    ],
    ['price > 0', 'always: This is always true: a price is always above 0.'],
    ['volume >= 0', 'always: This is always true: a volume is never below 0.'],
    ['price > 5 or price < 10', 'always: This is always true: every value satisfies it.'],
    ['price inside 5..10 or price outside 5..10', 'always: This is always true: every value satisfies it.'],
    ['not price < 0', 'always: This is always true: every value satisfies it.'],
    [
      'price > high(52w)',
      'unreachable: This can never happen: high(52w) has the newest price in it, so price is never above it; for a new one write price >= high(52w).',
    ],
    [
      'low(all) > price',
      'unreachable: This can never happen: low(all) has the newest price in it, so price is never below it; for a new one write price <= low(all).',
    ],
    [
      'price(ETH-USD) crosses below high(ETH-USD, 1d)',
      'unreachable: This can never happen: high(ETH-USD, 1d) has the newest price in it, so price(ETH-USD) is never above it; for a new one write price(ETH-USD) >= high(ETH-USD, 1d).',
    ],
    [
      'price > donchian(20, 1d)',
      'unreachable: This can never happen: donchian(20, 1d) has the newest price in it, so price is never above it; for a new one write price >= donchian(20, 1d).',
    ],
    [
      'price <= high(1d)',
      'always: This is always true: high(1d) has the newest price in it, so price is never above it; for a new one write price >= high(1d).',
    ],
    [
      'price > sma(20, 1d) and price < sma(20, 1d)',
      'unreachable: This can never happen: "price > sma(20, 1d)" and "price < sma(20, 1d)" exclude each other.',
    ],
    ['price crosses above high(52w)', 'possible'],
    ['price >= high(52w)', 'possible'],
    ['price > high(ETH-USD, 1d)', 'possible'],
    ['price < high(52w) and price > donchian(20, 1d).middle', 'possible'],
    ['price inside 5..10 and price inside 10..20', 'possible'],
    ['price crosses above 100 and price crosses above 110', 'possible'],
    ['price crosses above 100 or price > 0', 'possible'],
    ['volume <= 0 or price > 1', 'possible'],
    ['price rises 100% in 1h', 'possible'],
    ['price falls 1000 in 1h', 'possible'],
    ['change(1h) > -100% and price > 1', 'possible'],
  ];
  for (const [text, expected] of cases) assert.equal(reach(text), expected, text);
});

test('many parentheses of many alternatives are decided at once', () => {
  const group = (at: number): string => `(price outside ${at}..${at + 1} or price outside ${at + 2}..${at + 3})`;
  assert.equal(
    reach(Array.from({ length: 16 }, (_, index) => group(index)).join(' and ')),
    'always: This is always true: every value satisfies it.',
  );
  const odd = Array.from({ length: 32 }, (_, index) => `price outside ${2 * index + 1}..${2 * index + 2}`).join(
    ' and ',
  );
  assert.equal(reach(odd), 'possible');
});

/** A value the signal could have; the same for the same signal, and an absolute value of it agrees. */
function lawful(values: (key: string) => number): Snapshot {
  const value = (signal: Signal, when: string): number => {
    if (signal.kind === 'abs') return Math.abs(value(signal.of, when));
    const any = values(`${when} ${printSignal(signal)}`);
    if (signal.kind === 'price') return Math.abs(any) + 0.25;
    // Into its interval, and off an end that does not belong to it.
    const nature = signal.kind === 'arithmetic' ? natureOfDifference(signal) : natureOf(signal);
    const { low, high, lowOpen } = nature[0] as Interval;
    return Math.min(Math.max(any, lowOpen ? low + 0.25 : low), high);
  };
  const reading = (leaf: Leaf, when: string): number => {
    if (leaf.kind === 'no-data') return Math.abs(values(`${when} silence`));
    // Of two signals their difference is judged.
    if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to))
      return value({ kind: 'arithmetic', op: '-', left: leaf.signal, right: leaf.to }, when);
    if (leaf.kind !== 'move' && leaf.kind !== 'trail') return value(leaf.signal, when);
    const window = leaf.kind === 'move' ? leaf.windowMs : leaf.direction;
    const moved = values(`${when} ${printSignal(leaf.signal)} ${window} ${leaf.by.unit}`);
    return leaf.by.unit === 'percent' && isAlwaysPositive(leaf.signal) ? Math.max(moved, -99.75) : moved;
  };
  return (leaf): Reading => ({ before: reading(leaf, 'before'), now: reading(leaf, 'now') });
}

const shape = {
  maxLeaves: 6,
  sensible: true,
  levels: fc.integer({ min: -3, max: 6 }),
  windows: fc.constantFrom(60_000, 3_600_000),
} as const;
const half = fc.integer({ min: -9, max: 14 }).map((value) => value / 2);

test('property: the verdict is never contradicted by values that can be', () => {
  const seen = { unreachable: 0, always: 0, possible: 0 };
  fc.assert(
    fc.property(anyCondition(shape), fc.array(half, { minLength: 400, maxLength: 400 }), (condition, pool) => {
      const { verdict } = reachOf(condition);
      seen[verdict] += 1;
      if (verdict === 'possible') return;
      let next = 0;
      for (let trial = 0; trial < 40; trial++) {
        const values = new Map<string, number>();
        const snapshot = lawful((key) => {
          const value = values.get(key) ?? (pool[next++ % pool.length] as number);
          values.set(key, value);
          return value;
        });
        assert.equal(judge(condition, snapshot).truth, verdict === 'always');
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(seen.unreachable > 50 && seen.always > 5 && seen.possible > 50, JSON.stringify(seen));
});

test('property: for states of the price joined by and, nothing impossible is overlooked', () => {
  const price: Signal = { kind: 'price' };
  const level = fc.integer({ min: -2, max: 6 }).map((value) => ({ kind: 'number', value, unit: 'amount' }) as const);
  const state: fc.Arbitrary<Leaf> = fc.oneof(
    fc
      .tuple(fc.constantFrom('>', '>=', '<', '<='), level)
      .map(([op, to]): Leaf => ({ kind: 'compare', signal: price, op, to })),
    fc
      .tuple(fc.constantFrom('inside', 'outside'), level, level)
      .filter(([, low, high]) => low.value < high.value)
      .map(([op, low, high]): Leaf => ({ kind: 'range', signal: price, op, low, high })),
  );
  const all: fc.Arbitrary<Condition> = fc
    .array(state, { minLength: 2, maxLength: 4 })
    .map((of) => ({ kind: 'and', of }));
  const candidates = Array.from({ length: 40 }, (_, index) => (index + 1) / 4);
  fc.assert(
    fc.property(all, (condition) => {
      const truths = candidates.map((now) => judge(condition, () => ({ before: null, now })).truth);
      const expected = truths.every((truth) => !truth)
        ? 'unreachable'
        : truths.every((truth) => truth)
          ? 'always'
          : 'possible';
      assert.equal(reachOf(condition).verdict, expected);
    }),
    { numRuns: 1000 },
  );
});
