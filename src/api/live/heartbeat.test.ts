/**
 * Connections where nobody is there any more are found, and those that are idle are kept.
 */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { UserId } from '#domain/alert/alert.ts';
import { SimulatedClock } from '../../../test/support/simulated-clock.ts';
import type { Transport } from './frame.ts';
import { Heartbeat, ROUND_MS } from './heartbeat.ts';
import { Reader } from './reader.ts';

const PING = '\u0089\0';

function round() {
  const clock = new SimulatedClock();
  const heartbeat = new Heartbeat(clock, () => {});
  return {
    clock,
    heartbeat,
    /** `isStuck`: what is written never leaves this process. `isGone`: its end is heard of at once. */
    add(transport: Transport, isStuck = false, isGone = true) {
      const heard: string[] = [];
      const closed: string[] = [];
      const socket = new Writable({
        write(chunk: Buffer, _, done) {
          heard.push(chunk.toString('latin1'));
          if (!isStuck) done();
        },
      });
      const place = { cursor: 0, toldUntil: 0, missesTriggers: false, missesDeliveries: false };
      const reader: Reader = new Reader({
        ...{ userId: 'user' as UserId, transport, socket, place, roomBytes: 65_536, now: clock.now() },
        close: (reason) => {
          closed.push(reason);
          if (isGone) heartbeat.remove(reader);
        },
      });
      heartbeat.add(reader);
      return { heard, closed, reader };
    },
  };
}

test('an idle connection hears something each round, over either transport', async () => {
  const { clock, heartbeat, add } = round();
  const [events, messages] = [add('sse'), add('ws')];
  for (let n = 1; n <= 5; n += 1) {
    await clock.advance(ROUND_MS);
    // Its pong.
    messages.reader.unanswered = 0;
    assert.deepEqual(events.heard, Array(n).fill(':\n\n'));
    assert.deepEqual(messages.heard, Array(n).fill(PING));
  }
  assert.deepEqual([events.closed, messages.closed], [[], []]);
  heartbeat.stop();
  assert.equal(clock.waiting, 0);
});

test('a WebSocket that leaves two pings without an answer is ended', async () => {
  const { clock, add } = round();
  const gone = add('ws');
  await clock.advance(2 * ROUND_MS);
  assert.deepEqual(gone.closed, []);
  await clock.advance(ROUND_MS);
  assert.deepEqual(gone.closed, ['no answer']);
  assert.equal(gone.heard.length, 2);
  assert.equal(clock.waiting, 0, 'no timer is left');
});

test('a connection that takes nothing for a minute is ended', async () => {
  const { clock, add } = round();
  const gone = add('sse', true);
  gone.reader.write(Buffer.alloc(20_000));
  await clock.advance(60_000);
  assert.deepEqual(gone.closed, []);
  await clock.advance(ROUND_MS);
  assert.deepEqual(gone.closed, ['too slow']);
});

test('one that was told why it is closed has a round to read it, and is then cut off', async () => {
  const { clock, add } = round();
  const slow = add('sse', true, false);
  slow.reader.giveUp();
  slow.reader.giveUp();
  assert.deepEqual(slow.closed, ['too slow']);
  assert.equal(slow.heard.join('').match(/event: closing/g)?.length, 1);
  await clock.advance(ROUND_MS);
  assert.equal(slow.reader.socket.destroyed, false);
  await clock.advance(ROUND_MS);
  assert.equal(slow.reader.socket.destroyed, true);
});

test('many are never looked after at once', async () => {
  const { clock, heartbeat, add } = round();
  const all = Array.from({ length: 600 }, () => add('sse'));
  await clock.advance(ROUND_MS / 60);
  assert.equal(all.filter(({ heard }) => heard.length > 0).length, 10);
  await clock.advance(ROUND_MS - ROUND_MS / 60);
  assert.ok(all.every(({ heard }) => heard.length === 1));
  heartbeat.stop();
});
