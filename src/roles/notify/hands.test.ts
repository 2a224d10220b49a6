import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChannelId } from '#domain/alert/alert.ts';
import { AT_ONCE_PER_CHANNEL, AT_ONCE_PER_KIND, Hands, HELD_NEAR, HELD_PER_CHANNEL, HELD_PER_KIND } from './hands.ts';

interface Job {
  readonly channel: string;
  readonly kind: string;
  readonly number: number;
}

/** Hands whose work ends when the test says so. */
function open() {
  const begun: Job[] = [];
  const atWork = new Map<Job, () => void>();
  let rooms = 0;
  const hands = new Hands<Job>(
    (job) =>
      new Promise((done) => {
        begun.push(job);
        atWork.set(job, done);
      }),
    () => {
      rooms += 1;
    },
    (kind) => kind === 'near',
  );
  let number = 0;
  const add = (channel: string, kind: string): void => {
    number += 1;
    hands.add(channel as ChannelId, kind, { channel, kind, number });
  };
  const end = async (job: Job | undefined): Promise<void> => {
    assert.ok(job);
    const done = atWork.get(job);
    atWork.delete(job);
    done?.();
    await new Promise<void>((resume) => setImmediate(resume));
  };
  return { hands, begun, atWork, add, end, rooms: () => rooms };
}

test('whatever comes and ends in any order, nobody works too much, waits without need or is forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.tuple(fc.nat(9), fc.constantFrom('a', 'b')), fc.nat(100)), { maxLength: 300 }),
      async (steps) => {
        const { begun, atWork, add, end } = open();
        const waiting = new Map<string, number>();
        let added = 0;
        const check = (): void => {
          const running = [...atWork.keys()];
          for (const kind of ['a', 'b']) {
            const ofKind = running.filter((job) => job.kind === kind).length;
            assert.ok(ofKind <= AT_ONCE_PER_KIND);
            for (let channel = 0; channel < 10; channel += 1) {
              const name = `${kind}${channel}`;
              const working = running.filter((job) => job.channel === name).length;
              const left = (waiting.get(name) ?? 0) - begun.filter((job) => job.channel === name).length;
              assert.ok(working <= AT_ONCE_PER_CHANNEL);
              // It waits only where its own hands or its kind's are full.
              if (left > 0) assert.ok(working === AT_ONCE_PER_CHANNEL || ofKind === AT_ONCE_PER_KIND);
            }
          }
        };
        for (const step of steps) {
          if (typeof step === 'number') {
            const running = [...atWork.keys()];
            if (running.length > 0) await end(running[step % running.length]);
          } else {
            const [channel, kind] = step;
            add(`${kind}${channel}`, kind);
            waiting.set(`${kind}${channel}`, (waiting.get(`${kind}${channel}`) ?? 0) + 1);
            added += 1;
          }
          check();
        }
        while (atWork.size > 0) await end(atWork.keys().next().value);
        assert.equal(begun.length, added);
        assert.equal(new Set(begun).size, added);
      },
    ),
    { numRuns: 60 },
  );
});

test('a channel and a kind that are full are named busy, and room is told once when they are half empty', async () => {
  const { hands, atWork, add, end, rooms } = open();
  for (let count = 1; count < HELD_PER_CHANNEL; count += 1) add('slow', 'webhook');
  assert.deepEqual(hands.busy(), { channelIds: [], kinds: [] });
  add('slow', 'webhook');
  add('other', 'email');
  assert.deepEqual(hands.busy(), { channelIds: ['slow'], kinds: [] });
  for (let count = 0; count < HELD_PER_KIND - HELD_PER_CHANNEL; count += 1) add(`c${count}`, 'webhook');
  assert.deepEqual(hands.busy(), { channelIds: ['slow'], kinds: ['webhook'] });
  for (let count = 0; count < HELD_PER_KIND / 2 - 1; count += 1) {
    await end([...atWork.keys()].find((job) => job.kind === 'webhook' && job.channel !== 'slow'));
  }
  assert.equal(rooms(), 0);
  await end([...atWork.keys()].find((job) => job.kind === 'webhook' && job.channel !== 'slow'));
  assert.equal(rooms(), 1);
});

test('channels of a kind take turns', async () => {
  const { begun, add, end } = open();
  for (let count = 0; count < AT_ONCE_PER_KIND; count += 1) add(`x${count % 4}`, 'email');
  for (let count = 0; count < 8; count += 1) add('flood', 'email');
  add('small', 'email');
  await end(begun[0]);
  await end(begun[1]);
  const later = begun.slice(AT_ONCE_PER_KIND).map(({ channel }) => channel);
  assert.deepEqual(later.sort(), ['flood', 'small']);
});

test('closed hands begin nothing and give back what waited', async () => {
  const { hands, begun, add, end } = open();
  for (let count = 0; count < AT_ONCE_PER_CHANNEL + 3; count += 1) add('c', 'email');
  assert.equal(hands.close().length, 3);
  await end(begun[0]);
  assert.equal(begun.length, AT_ONCE_PER_CHANNEL);
});

test('a kind that asks nobody outside has all at work that it holds, and takes no more', () => {
  const { hands, begun, add } = open();
  for (let count = 0; count < HELD_NEAR; count += 1) add(`page${count % 2}`, 'near');
  assert.equal(begun.length, HELD_NEAR);
  assert.deepEqual(hands.busy(), { channelIds: [], kinds: ['near'] });
});
