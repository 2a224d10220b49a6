import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedClock, settle } from '../../test/support/simulated-clock.ts';
import { every } from './clock.ts';

test('a chore is done again and again, waits for itself, and outlives its failures', async () => {
  const clock = new SimulatedClock();
  const done: string[] = [];
  let finish = (): void => {};
  let times = 0;
  const stop = every(
    clock,
    1000,
    async () => {
      times += 1;
      if (times === 2) throw new Error('not now');
      if (times === 3) await new Promise<void>((resolve) => (finish = resolve));
      done.push(`${times} at ${clock.now() - start}`);
    },
    (error) => void done.push(String(error)),
  );
  const start = clock.now();
  await clock.advance(999);
  assert.equal(done.length, 0);
  await clock.advance(5001);
  assert.deepEqual(done, ['1 at 1000', 'Error: not now']);
  const over = stop().then(() => void done.push('over'));
  await settle();
  assert.equal(done.length, 2, 'a chore under way is waited for');
  finish();
  await over;
  assert.deepEqual(done.slice(2), ['3 at 6000', 'over']);
  assert.equal(clock.waiting, 0);
});

test('a chore that is stopped while it waits is not done again', async () => {
  const clock = new SimulatedClock();
  const stop = every(clock, 1000, () => Promise.resolve(assert.fail('stopped')), assert.ifError);
  await clock.advance(500);
  await stop();
  await clock.advance(5000);
  assert.equal(clock.waiting, 0);
});
