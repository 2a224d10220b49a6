import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '#contracts/clock.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

test('tasks run when they are due, in order, at their own moment, and a cancelled one never', async () => {
  const clock = new SimulatedClock(1000);
  const seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name}@${clock.now()}`);
  clock.after(20, note('b'));
  clock.after(10, note('a'));
  clock.after(20, note('c'));
  const cancel = clock.after(15, note('never'));
  void sleep(clock, 5).then(async () => {
    await sleep(clock, 7);
    note('nested')();
  });
  cancel();
  await clock.advance(19);
  assert.deepEqual(seen, ['a@1010', 'nested@1012']);
  await clock.advance(1);
  assert.deepEqual(seen, ['a@1010', 'nested@1012', 'b@1020', 'c@1020']);
  assert.equal(clock.now(), 1020);
  assert.equal(clock.waiting, 0);
});
