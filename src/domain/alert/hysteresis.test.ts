import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHysteresis, printHysteresis } from './hysteresis.ts';

test('it is read and written as people write it, and is above zero', () => {
  for (const text of ['1%', '0.5%', '250', '0.00000001']) {
    const parsed = parseHysteresis(text);
    assert.ok(parsed !== undefined, text);
    assert.equal(printHysteresis(parsed), text);
  }
  assert.deepEqual(parseHysteresis(' 2 % '), { value: 2, unit: 'percent' });
  for (const text of ['', '0', '0%', '-1%', '1e3', 'one', '1%%', 'Infinity', '9'.repeat(16)])
    assert.equal(parseHysteresis(text), undefined, text);
});
