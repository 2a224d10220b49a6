import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition, anyLeaf, anyNumber } from '../../../test/support/conditions.ts';
import { judge } from '../../../test/support/judge.ts';
import { distanceOf } from './distance.ts';
import { leafTruth } from './judge.ts';
import { leavesOf } from './leaves.ts';
import { parseCondition } from './parser.ts';
import type { Condition } from './tree.ts';

function condition(text: string): Condition {
  const result = parseCondition(text);
  assert.ok(result.ok, text);
  return result.condition;
}

const words = (text: string, now: number | null, decimals = 0): string =>
  distanceOf(condition(text), () => ({ before: now, now }), decimals).words;

test('what holds a leaf back, in words', () => {
  const cases: readonly (readonly [string, number | null, string])[] = [
    ['price crosses above 61600', 61412.5, 'price is 61,412.50, 187.50 (0.31%) below 61,600'],
    [
      'price crosses above 61000',
      61412.5,
      'price is 61,412.50, 412.50 (0.67%) above 61,000; it has to fall below it first',
    ],
    [
      'price crosses below 61600',
      61412.5,
      'price is 61,412.50, 187.50 (0.31%) below 61,600; it has to rise above it first',
    ],
    ['price crosses above 100', 100, 'price is 100.00, exactly at 100; it has to fall below it first'],
    ['price > 150', 150, 'price is 150.00, exactly at 150'],
    ['price > 0.3', 0.1, 'price is 0.10, 0.20 (200%) below 0.3'],
    ['price crosses 0.00000813', 0.00000812, 'price is 0.00000812, 0.00000001 (0.12%) below 0.00000813'],
    ['price > 10000000.1', 10000000, 'price is 10,000,000.00, 0.10 (0.000001%) below 10,000,000.1'],
    ['price inside 90..110', 120, 'price is 120.00, 10.00 (8.33%) above 110'],
    ['price enters 90..110', 91, 'price is 91.00, 1.00 (1.1%) above 90; it has to leave the range first'],
    ['price leaves 90..110', 120, 'price is 120.00, 10.00 (8.33%) above 110; it has to enter the range first'],
    ['not price > 150', 160, 'price is 160.00, 10.00 (6.25%) above 150'],
    ['volume > 3', 2, 'volume is 2, 1 (50%) below 3'],
    ['change(1h) <= -5%', 1.234, 'the 1-hour change is 1.23%, 6.23 points above -5%'],
    ['price moves 3% in 15m', -1.2, 'price fell 1.2% within 15 minutes, 1.8 points short of moving 3%'],
    ['price rises 3% in 15m', -1.2, 'price fell 1.2% within 15 minutes, 4.2 points short of rising 3%'],
    ['price falls 5 in 1h', -3, 'price fell 3 within 1 hour, 2 short of falling 5'],
    ['sma(50, 1d) crosses above sma(200, 1d)', -3, 'sma(50, 1d) is 3 below sma(200, 1d)'],
    ['price crosses above vwap', 2.5, 'price is 2.5 above vwap(1m); it has to fall below it first'],
    ['gap > change(1h)', -1, 'gap is 1 point below the 1-hour change'],
    ['price > open', 0, 'price is exactly at open'],
    ['rsi(14, 1h) < 30', 45.5, 'rsi(14, 1h) is 45.5, 15.5 above 30'],
    ['rsi(14, 1h) < 30', 45.321143887, 'rsi(14, 1h) is 45.32, 15.32 above 30'],
    ['sma(9, 1h) > 0.00002', 0.0000123456, 'sma(9, 1h) is 0.00001235, 0.000007654 (62%) below 0.00002'],
    ['sma(9, 1h) > 70000', 61412.537, 'sma(9, 1h) is 61,412.54, 8,587.46 (13.98%) below 70,000'],
    ['volume(1h) > 2000000', 1234567.891, 'volume(1h) is 1,234,567.89, 765,432.11 (62%) below 2,000,000'],
    ['roc(10, 1d) > 5', 3, 'roc(10, 1d) is 3%, 2 points below 5%'],
    [
      'price falls 8% from high',
      -3,
      'price fell 3% from its high since the alert was armed, 5 points short of falling 8%',
    ],
    ['price falls 8% from high', 0, 'price is at its high since the alert was armed, 8 points short of falling 8%'],
    ['price moves 3% in 15m', 0, 'price did not move within 15 minutes, 3 points short of moving 3%'],
    ['price rises 5 from low', 2, 'price rose 2 from its low since the alert was armed, 3 short of rising 5'],
    ['no data for 10m', 400, 'the last price came just now; it counts as missing after 10m'],
    ['no data for 10m', 60_000, 'the last price came 1m ago; it counts as missing after 10m'],
    ['price > 150 for 30s', 160, 'price is 160.00, 10.00 (6.25%) above 150'],
    ['price > 100 then price < 90 within 1h', 95, 'price is 95.00, 5.00 (5.26%) below 100'],
    ['price > 100 then price < 90 within 1h', 110, 'price is 110.00, 20.00 (18.18%) above 90'],
    ['rsi(14, 1h) < 30', null, 'rsi(14, 1h) is not known yet'],
    ['price > sma(20, 1h)', null, 'price or sma(20, 1h) is not known yet'],
    ['macd(1h).histogram > 0', -0.0147, 'macd(12, 26, 9, 1h).histogram is -0.0147, 0.0147 below 0'],
    ['no data for 10m', null, 'no price has been seen yet'],
    ['price > 1', null, 'no price has been seen yet'],
    ['change(24h) > 1', null, 'the change over 24 hours is not known yet'],
    ['price moves 3% in 15m', null, 'the change over 15 minutes is not known yet'],
  ];
  for (const [text, now, expected] of cases) assert.equal(words(text, now, 2), expected, text);
});

test('the leaf that decides: the farthest of an and, the nearest of an or, the other way round under not', () => {
  const nearest = (text: string, now: number): string =>
    distanceOf(condition(text), () => ({ before: now, now })).nearest.text;
  assert.equal(nearest('price > 110 and price > 150', 100), 'price > 150');
  assert.equal(nearest('price > 110 or price > 150', 100), 'price > 110');
  assert.equal(nearest('not (price < 110 or price < 150)', 100), 'price < 150');
  assert.equal(nearest('not (price < 110 and price < 150)', 100), 'price < 110');
  assert.equal(nearest('price > 50 and price crosses above 101', 100), 'price crosses above 101');
});

test('what is unknown holds an and back and leaves an or to the rest', () => {
  const half = (text: string) =>
    distanceOf(condition(text), (leaf) =>
      leaf.kind !== 'no-data' && leaf.signal.kind === 'volume' ? { before: null, now: null } : { before: 1, now: 1 },
    );
  assert.equal(half('price > 5 and volume > 5').nearest.text, 'volume > 5');
  assert.equal(half('price > 5 or volume > 5').nearest.text, 'price > 5');
});

test('of two signals only that is called unknown which is', () => {
  const { words } = distanceOf(condition('price > sma(200, 1w)'), () => ({
    before: null,
    now: null,
    sides: [5, null],
  }));
  assert.equal(words, 'sma(200, 1w) is not known yet');
});

test('property: no distance to a leaf that is met, and a state whose value moves that far comes to its edge', () => {
  fc.assert(
    fc.property(anyLeaf({ sensible: true }), anyNumber, (leaf, now) => {
      const reading = { before: now, now };
      const [distance] = distanceOf(leaf, () => reading).leaves;
      assert.ok(distance);
      assert.equal(distance.isMet, leafTruth(leaf, reading) === true);
      assert.ok(distance.absolute !== null && distance.absolute >= 0);
      if (distance.isMet) assert.equal(distance.absolute, 0);
      assert.doesNotMatch(distance.words, /NaN|undefined|Infinity|\d[eE][+-]?\d/);
    }),
    { numRuns: 1000 },
  );
});

test('property: on whole numbers the distance is the shortest step after which a state holds or an edge is touched', () => {
  const level = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(anyLeaf({ sensible: true, levels: level }), fc.integer({ min: 1, max: 20 }), (leaf, now) => {
      fc.pre(leaf.kind === 'compare' || leaf.kind === 'range');
      const distance = distanceOf(leaf, () => ({ before: now, now })).leaves[0]?.absolute;
      const holdsAt = (value: number): boolean => leafTruth(leaf, { before: null, now: value }) === true;
      const steps = Array.from({ length: 60 }, (_, step) => step);
      // A strict edge is touched one hair before it holds.
      const hair = 0.001;
      const shortest = steps.find((step) =>
        [now - step, now + step].some((value) => [0, hair, -hair].some((more) => holdsAt(value + more))),
      );
      assert.equal(distance, shortest);
    }),
    { numRuns: 1000 },
  );
});

test('property: every leaf is told of, in order; without events the decider is met exactly when the whole holds', () => {
  const levels = fc.integer({ min: -20, max: 20 });
  fc.assert(
    fc.property(anyCondition({ maxLeaves: 8, levels, sensible: true }), levels, (tree, now) => {
      const snapshot = () => ({ before: now, now });
      const distance = distanceOf(tree, snapshot);
      assert.deepEqual(
        distance.leaves.map(({ leaf }) => leaf),
        leavesOf(tree),
      );
      assert.ok(distance.leaves.includes(distance.nearest));
      if (judge(tree, snapshot).truth === true) assert.equal(distance.nearest.isMet, true);
    }),
    { numRuns: 1000 },
  );
});
