import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition } from '../condition/checker.ts';
import { touchLevel } from './touch-level.ts';

test('the level that a price of 100 has to touch', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['price > 110', 110],
    ['price > 90', undefined],
    ['price <= 90', 90],
    ['price < 110', undefined],
    ['price crosses above 110', 110],
    // It has to come back over it first; touching it comes before firing.
    ['price crosses above 90', 90],
    ['price enters 110..120', 110],
    ['price inside 80..90', 90],
    ['price enters 90..110', undefined],
    ['price leaves 90..110', undefined],
    ['price > 110 and volume > 1', undefined],
    ['not price < 110', undefined],
    ['change(1d) > 5%', undefined],
    ['price moves 3% in 1h', undefined],
  ];
  for (const [text, level] of cases) {
    const compiled = compileCondition(text);
    assert.ok(compiled.ok, text);
    assert.equal(touchLevel(compiled.condition, 100), level, text);
  }
});
