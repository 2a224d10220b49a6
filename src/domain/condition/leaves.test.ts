import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasEvent, leavesOf, windowsOf } from './leaves.ts';
import { parseCondition } from './parser.ts';
import { printLeaf } from './printer.ts';
import type { Condition } from './tree.ts';

function condition(text: string): Condition {
  const result = parseCondition(text);
  assert.ok(result.ok, text);
  return result.condition;
}

test('leaves come in the order of the text, repeated ones too', () => {
  const leaves = leavesOf(condition('price > 1 and not (volume < 2 or price > 1) or price crosses 3'));
  assert.deepEqual(leaves.map(printLeaf), ['price > 1', 'volume < 2', 'price > 1', 'price crosses 3']);
});

test('crossings and channels are events wherever they stand, all else is a state', () => {
  for (const text of ['price crosses 1', 'price enters 1..2', 'volume > 1 and (price > 2 or price leaves 1..2)'])
    assert.equal(hasEvent(condition(text)), true, text);
  for (const text of ['price > 1', 'price inside 1..2', 'price moves 3% in 1h', 'not (change(1h) > 1 or volume > 2)'])
    assert.equal(hasEvent(condition(text)), false, text);
});

test('windows of moves and of changes, absolute ones too, each once and rising', () => {
  const text = 'price moves 3% in 1h and change(1d) > 1 and abs(change(5m)) > 2 or not change(1h) > 1 or price > 2';
  assert.deepEqual(windowsOf(condition(text)), [300_000, 3_600_000, 86_400_000]);
  assert.deepEqual(windowsOf(condition('price > 1')), []);
});
