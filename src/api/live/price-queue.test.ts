import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Audience, type Topic } from './audience.ts';
import { PriceQueue } from './price-queue.ts';
import type { Reader } from './reader.ts';

const topic = (number: number): Topic => ({ number, frame: null });
const [a, b] = [topic(0), topic(1)];

/** An audience of one, whose reader says what it got and then acts. */
function audience(name: string, heard: string[], act: (reader: Reader) => void = () => {}): Audience {
  const made = new Audience('sse', null, 0, name);
  const reader = {
    newestSince: -1,
    offer(bytes: Buffer) {
      heard.push(`${name}: ${bytes}`);
      act(reader as unknown as Reader);
      return true;
    },
  };
  made.join(reader as unknown as Reader);
  return made;
}

function queueOf(postponed: string[] = []): PriceQueue {
  return new PriceQueue({
    encoded: ({ number }) => Buffer.from('AB'[number] as string),
    postpone: (_, topics, from, to) =>
      postponed.push(
        topics
          .slice(from, to)
          .map(({ number }) => 'AB'[number])
          .join(''),
      ),
    count: () => {},
  });
}

test('each in its turn, and who waits gets in one write what has moved until then, each symbol once', () => {
  const heard: string[] = [];
  const queue = queueOf();
  let isFirst = true;
  const second = audience('second', heard);
  const first = audience('first', heard, () => {
    if (!isFirst) return;
    isFirst = false;
    for (const moved of [a, b]) for (const one of [first, second]) queue.add(one, moved);
  });
  queue.add(first, a);
  queue.add(second, a);
  queue.begin();
  assert.deepEqual(heard, ['first: A', 'second: AB', 'first: AB']);
});

test('who has got newer prices since a piece was made does not get it, but the newest later', () => {
  const heard: string[] = [];
  const postponed: string[] = [];
  const queue = queueOf(postponed);
  const one = audience('one', heard);
  const other = { newestSince: -1, offer: () => assert.fail('older than what it has') } as unknown as Reader;
  one.readers.unshift(other);
  const [reader] = one.readers.slice(1);
  Object.assign(reader as Reader, {
    offer() {
      other.newestSince = queue.piece;
      return true;
    },
  });
  queue.add(one, a);
  queue.add(one, b);
  queue.begin();
  assert.deepEqual(postponed, ['AB']);
});

test('a long wait keeps its order, and what was stopped sends nothing', () => {
  const heard: string[] = [];
  const queue = queueOf();
  const many = Array.from({ length: 3000 }, (_, n) => audience(String(n), heard));
  for (const one of many) queue.add(one, b);
  queue.begin();
  queue.stop();
  assert.deepEqual(
    heard,
    many.slice(0, heard.length).map(({ key }) => `${key}: B`),
  );
  const sent = heard.length;
  queue.begin();
  assert.equal(heard.length, sent);
});
