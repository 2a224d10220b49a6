import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slices } from './slices.ts';

test('a round that does not end lets others have their turn, and the next begins when it is done', async () => {
  const order: string[] = [];
  let hadTurn = false;
  const done = new Promise<void>((idle) => {
    const slices = new Slices(() => {
      order.push('idle');
      idle();
    });
    setImmediate(() => {
      hadTurn = true;
      order.push('other');
    });
    // Would go on for ever, if nobody else had a turn.
    slices.add(() => {
      if (hadTurn) order.push('first ends');
      return !hadTurn;
    });
    assert.ok(slices.isBusy);
    slices.add(() => {
      order.push('second');
      return false;
    });
  });
  await done;
  assert.deepEqual(order, ['other', 'first ends', 'second', 'idle']);
});

test('what is short is done at once, and what was stopped is not done', async () => {
  let steps = 0;
  const slices = new Slices(() => assert.fail('nothing had to wait'));
  slices.add(() => {
    steps += 1;
    return steps < 3;
  });
  assert.equal(steps, 3);
  assert.ok(!slices.isBusy);
  slices.add(() => true);
  slices.stop();
  assert.ok(!slices.isBusy);
  await new Promise((next) => setImmediate(next));
});
