import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from './batch.ts';

test('each gets its own answer, in batches no longer than the limit; one alone is asked at once', async () => {
  const asked: number[][] = [];
  const batch = new Batch<number, number>(3, async (questions) => {
    asked.push([...questions]);
    return questions.map((question) => question * 2);
  });
  const first = batch.get(1);
  assert.deepEqual(asked, [[1]]);
  assert.equal(await first, 2);
  const answers = await Promise.all([2, 3, 4, 5, 5].map((question) => batch.get(question)));
  assert.deepEqual(answers, [4, 6, 8, 10, 10]);
  assert.deepEqual(asked.slice(1), [
    [2, 3, 4],
    [5, 5],
  ]);
});

test('a batch that fails fails for those in it, and the next is asked', async () => {
  let isDown = true;
  const batch = new Batch<number, number>(9, async (questions) => {
    if (isDown) throw new Error('down');
    return questions;
  });
  const outcomes = await Promise.allSettled([batch.get(1), batch.get(2)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  isDown = false;
  assert.equal(await batch.get(3), 3);
});
