import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slices } from './slices.ts';

test('work that does not end lets others have their turn, and what comes meanwhile does not begin it twice', async () => {
  const order: string[] = [];
  let hadTurn = false;
  await new Promise<void>((end) => {
    const slices = new Slices(() => {
      if (!hadTurn) return true;
      order.push('done');
      end();
      return false;
    });
    setImmediate(() => {
      hadTurn = true;
      order.push('other');
    });
    // Would go on for ever, if nobody else had a turn.
    slices.begin();
    assert.ok(slices.isBusy);
    slices.begin();
  });
  assert.deepEqual(order, ['other', 'done']);
});

test('what is short is done at once, and what was stopped is not done', async () => {
  let steps = 0;
  let last = 3;
  const slices = new Slices(() => {
    steps += 1;
    return steps < last;
  });
  slices.begin();
  assert.equal(steps, 3);
  assert.ok(!slices.isBusy);
  last = Number.POSITIVE_INFINITY;
  slices.begin();
  const before = steps;
  slices.stop();
  assert.ok(!slices.isBusy);
  await new Promise((next) => setImmediate(next));
  assert.equal(steps, before);
});
