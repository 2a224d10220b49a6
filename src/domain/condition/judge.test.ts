import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition, anyLeaf } from '../../../test/support/conditions.ts';
import { judge } from '../../../test/support/judge.ts';
import { allOf, anyOf, notOf, truthOf } from '../../../test/support/truth.ts';
import { leafTruth, type Reading, type Truth } from './judge.ts';
import { leavesOf } from './leaves.ts';
import { parseCondition } from './parser.ts';
import { snapshotOf } from './snapshot.ts';
import type { Condition } from './tree.ts';

function condition(text: string): Condition {
  const result = parseCondition(text);
  assert.ok(result.ok, text);
  return result.condition;
}

const truth = (text: string, before: number | null, now: number | null): Truth =>
  judge(condition(text), () => ({ before, now })).truth;

test('each form on both sides of its edge', () => {
  const cases: readonly (readonly [string, number | null, number | null, Truth])[] = [
    ['price > 150', null, 150, false],
    ['price > 150', null, 150.01, true],
    ['price >= 150', null, 150, true],
    ['price < 150', null, 150, false],
    ['price <= 150', null, 150, true],
    ['price inside 90..110', null, 90, true],
    ['price inside 90..110', null, 110.01, false],
    ['price outside 90..110', null, 110, false],
    ['price outside 90..110', null, 89.99, true],
    ['price crosses above 150', 149, 150, true],
    ['price crosses above 150', 150, 151, false],
    ['price crosses above 150', 149, 149.99, false],
    ['price crosses above 150', null, 151, null],
    ['price crosses below 150', 151, 150, true],
    ['price crosses below 150', 150, 149, false],
    ['price crosses 150', 149, 150, true],
    ['price crosses 150', 151, 150, true],
    ['price crosses 150', 150, 150, false],
    ['price enters 90..110', 89, 90, true],
    ['price enters 90..110', 111, 110, true],
    ['price enters 90..110', 89, 111, false],
    ['price enters 90..110', 100, 101, false],
    ['price leaves 90..110', 90, 89, true],
    ['price leaves 90..110', 100, 110, false],
    ['price leaves 90..110', 89, 111, false],
    ['price leaves 90..110', null, 111, null],
    ['price moves 3% in 1h', null, -3, true],
    ['price moves 3% in 1h', null, 2.99, false],
    ['price rises 3% in 1h', null, 3, true],
    ['price rises 3% in 1h', null, -3, false],
    ['price falls 3% in 1h', null, -3, true],
    ['price falls 3% in 1h', null, null, null],
    ['price falls 3% from high', null, -3, true],
    ['price falls 3% from high', null, -2.99, false],
    ['price rises 3 from low', null, 3, true],
    ['no data for 10m', null, 600_000, true],
    ['no data for 10m', null, 599_999, false],
    // Of two signals it is the difference that is judged.
    ['price > open', null, 0, false],
    ['price >= open', null, 0, true],
    ['sma(50, 1d) crosses above sma(200, 1d)', -1, 0, true],
    ['sma(50, 1d) crosses above sma(200, 1d)', 0, 1, false],
    ['price > 5 for 30s', null, 6, true],
    ['price > 5 then price > 6 within 1h', null, 7, false],
  ];
  for (const [text, before, now, expected] of cases)
    assert.equal(truth(text, before, now), expected, `${text} from ${before} to ${now}`);
});

test('decimals decide as typed: 61600.01 is touched by 61600.01 and not by 61600.00999', () => {
  assert.equal(truth('price crosses above 61600.01', 61600, 61600.00999), false);
  assert.equal(truth('price crosses above 61600.01', 61600, 61600.01), true);
  assert.equal(truth('price >= 1e-8', null, 0.00000001), true);
  assert.equal(truth('price >= 10000000.1', null, 10000000), false);
});

test('unknown makes the whole unknown only where the known parts do not decide', () => {
  const values: readonly Truth[] = [true, null, false];
  const order = (one: Truth): number => (one === null ? 1 : one ? 2 : 0);
  for (const a of values) {
    assert.equal(order(notOf(a)), 2 - order(a));
    for (const b of values) {
      assert.equal(order(allOf([a, b])), Math.min(order(a), order(b)));
      assert.equal(order(anyOf([a, b])), Math.max(order(a), order(b)));
    }
  }
});

/** Kleene's meaning itself: unknown is "whichever way its leaves turn out, as far as each is taken by itself". */
test('property: a decided truth stays the same however unknown leaves turn out', () => {
  const dice = fc.array(fc.constantFrom<Truth>(true, false, null), { minLength: 8, maxLength: 8 });
  const known = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(anyCondition({ maxLeaves: 8 }), dice, known, (tree, truths, turns) => {
      const decided = truthOf(tree, (_, index) => truths[index] as Truth);
      const later = truthOf(tree, (_, index) => truths[index] ?? (turns[index] as boolean));
      assert.notEqual(later, null);
      if (decided !== null) assert.equal(later, decided);
    }),
  );
});

test('property: leaves are judged in the order of the text, each once, whatever decides the whole', () => {
  fc.assert(
    fc.property(anyCondition({ maxLeaves: 8 }), (tree) => {
      const indexes: number[] = [];
      const { leaves } = judge(tree, (_, index) => {
        indexes.push(index);
        return { before: 1, now: 2 };
      });
      assert.deepEqual(
        leaves.map(({ leaf }) => leaf),
        leavesOf(tree),
      );
      assert.deepEqual(
        indexes,
        leaves.map((_, index) => index),
      );
    }),
  );
});

test('property: an event does not happen where nothing moves', () => {
  fc.assert(
    fc.property(anyLeaf(), fc.double({ noNaN: true }), (leaf, value) => {
      fc.pre(leaf.kind === 'cross' || leaf.kind === 'channel');
      assert.equal(leafTruth(leaf, { before: value, now: value }), false);
    }),
  );
});

test('a snapshot of the last values knows what needs no past', () => {
  const reading = (before: number | null, now: number | null): Reading => ({ before, now });
  const snapshot = snapshotOf((series) => (series === 'price' ? reading(99, 110) : reading(null, 7)));
  const value = (text: string): number | null | undefined => judge(condition(text), snapshot).leaves[0]?.now;
  assert.equal(value('price > 1'), 110);
  assert.equal(value('volume > 1'), 7);
  assert.equal(value('price * 2 - volume / 2 > 1'), 216.5);
  assert.equal(value('price * 2 > 1'), 220);
  assert.equal(value('abs(price - 120) > 1'), 10);
  assert.equal(value('change(1h) > 1'), null);
  assert.equal(value('rsi(14, 1h) > 1'), null);
  assert.equal(judge(condition('price crosses above 100'), snapshot).truth, true);
});
