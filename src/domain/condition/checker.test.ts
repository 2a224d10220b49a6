import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition } from '../../../test/support/conditions.ts';
import { compileCondition } from './checker.ts';
import { printCondition } from './printer.ts';

test('a condition that makes sense comes with its canonical text and no warning', () => {
  const result = compileCondition('Price goes above $61,600 and (change(24h) > 5 or not volume < 1000)');
  assert.ok(result.ok);
  assert.equal(result.canonical, 'price crosses above 61600 and (change(1d) > 5% or not volume < 1000)');
  assert.deepEqual(result.warnings, []);
});

test('what nobody can mean is refused, with the place', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['price inside 110..90', '13+3 The first end of a range is below the second.'],
    ['price enters 90..90', '13+2 The first end of a range is below the second.'],
    ['price > 5%', '8+2 price is not in percent; for a change in percent write change(24h).'],
    ['price inside 5..10%', '13+1 price is not in percent; for a change in percent write change(24h).'],
    ['5% < volume', '0+2 volume is not in percent; for a change in percent write change(24h).'],
    ['abs(price) > 5', '0+10 price is never negative; leave abs out.'],
    ['change(1h) moves 3% in 15m', '0+10 A change is a move already: compare it with a number.'],
    ['price falls -5% in 1h', '12+3 The size of a move is above zero; the direction is in the word.'],
    ['price moves 0 in 1h', '12+1 The size of a move is above zero; the direction is in the word.'],
    ['volume > 1 and not price crosses 5', '15+19 not needs a state; a crossing is over as soon as it has happened.'],
    ['not (volume > 1 or price enters 1..2)', '0+37 not needs a state; a crossing is over as soon as it has happened.'],
  ];
  for (const [text, expected] of cases) {
    const result = compileCondition(text);
    assert.ok(!result.ok, text);
    const [first] = result.problems;
    assert.ok(first);
    assert.equal(`${first.at}+${first.length} ${first.message}`, expected, text);
  }
});

test('a double not over a crossing is none', () => {
  const result = compileCondition('not not price crosses 5');
  assert.ok(result.ok && result.canonical === 'price crosses 5');
});

test('what a careful trader would ask about is a warning', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['price < 0', '0+9 This can never happen: a price is always above 0.'],
    ['price > 0', '0+9 This is always true: a price is always above 0.'],
    [
      'volume > 1 and price crosses above 5 and change(1h) crosses 3%',
      '41+21 Both crossings have to happen at the same tick, which is rare. For "already above", write price > 150.',
    ],
    [
      'price crosses above 5 and price crosses below 3',
      '0+47 This can never happen: "price crosses above 5" and "price crosses below 3" exclude each other.',
    ],
  ];
  for (const [text, expected] of cases) {
    const result = compileCondition(text);
    assert.ok(result.ok, text);
    const [first] = result.warnings;
    assert.ok(first, text);
    assert.equal(`${first.at}+${first.length} ${first.message}`, expected, text);
  }
});

test('property: sensible conditions compile to themselves; problems and warnings lie within the text', () => {
  fc.assert(
    fc.property(anyCondition({ sensible: true }), (condition) => {
      const text = printCondition(condition);
      const result = compileCondition(text);
      assert.ok(result.ok, JSON.stringify(result));
      assert.deepEqual(result.condition, condition);
      assert.equal(result.canonical, text);
      for (const { at, length } of result.warnings) assert.ok(at >= 0 && length > 0 && at + length <= text.length);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(anyCondition(), (condition) => {
      const text = printCondition(condition);
      const result = compileCondition(text);
      if (result.ok) return;
      assert.ok(result.problems.length > 0);
      for (const { at, length } of result.problems) assert.ok(at >= 0 && length > 0 && at + length <= text.length);
    }),
    { numRuns: 500 },
  );
});
