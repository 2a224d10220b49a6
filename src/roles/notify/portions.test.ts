import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle as turns } from '../../../test/support/simulated-clock.ts';
import { Portions } from './portions.ts';

test('what comes while a portion is under way goes with the next, and each hears of its own', async () => {
  const begun: string[] = [];
  const ends: ((answer: string | Error) => void)[] = [];
  const portions = new Portions<string, string>((items) => {
    begun.push(items.join());
    return new Promise((resolve, reject) =>
      ends.push((answer) => (typeof answer === 'string' ? resolve(answer) : reject(answer))),
    );
  });
  const heard = ['a', 'b'].map((item) => portions.add(item));
  await turns();
  assert.deepEqual(begun, ['a,b'], 'those that come at once go together, and wait for nobody');
  const later = ['c', 'd'].map((item) => portions.add(item).catch((error: Error) => error.message));
  await turns();
  assert.deepEqual(begun, ['a,b'], 'one portion at a time');
  ends[0]?.('first');
  assert.deepEqual(await Promise.all(heard), ['first', 'first']);
  await turns();
  assert.deepEqual(begun, ['a,b', 'c,d']);
  ends[1]?.(new Error('second'));
  assert.deepEqual(await Promise.all(later), ['second', 'second']);
  const last = portions.add('e');
  await turns();
  ends[2]?.('third');
  assert.equal(await last, 'third', 'one that failed holds up none after it');
});
