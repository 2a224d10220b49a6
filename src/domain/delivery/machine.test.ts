import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChannelId, UserId } from '../alert/alert.ts';
import type { TriggerId } from '../alert/trigger.ts';
import type { Attempt, Delivery, DeliveryId } from './delivery.ts';
import {
  FIRST_RETRY_MS,
  KEPT_ROUNDS,
  MAX_ATTEMPTS,
  MAX_RETRY_AFTER_MS,
  MAX_RETRY_MS,
  nextChannel,
  putBack,
  retryDelayMs,
  settle,
  standIn,
} from './machine.ts';

const queued: Delivery = {
  id: 'd1' as DeliveryId,
  triggerId: 'a1.1' as TriggerId,
  userId: 'u1' as UserId,
  channelId: 'c1' as ChannelId,
  status: 'queued',
  attempts: [],
  nextAttemptAt: null,
  fallbackFor: null,
  createdAt: 0,
  updatedAt: 0,
};
const sending = (delivery: Delivery): Delivery => ({ ...delivery, status: 'sending' });
const attempt = (outcome: Attempt['outcome'], at = 0): Attempt => ({
  at,
  durationMs: 5,
  outcome,
  code: 1,
  detail: 'x',
});
const after = (outcomes: readonly Attempt['outcome'][]): Delivery =>
  outcomes.reduce((delivery, outcome) => settle(sending(delivery), attempt(outcome), { random: 0 }), queued);

test('a failure waits twice as long each time, by chance half of it or more, up to the longest wait', () => {
  assert.equal(retryDelayMs(1, 0), FIRST_RETRY_MS / 2);
  assert.equal(retryDelayMs(3, 0), FIRST_RETRY_MS * 2);
  assert.equal(retryDelayMs(60, 0.999999), MAX_RETRY_MS);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 0.999999, noNaN: true }), (n, random) => {
      const full = Math.min(FIRST_RETRY_MS * 2 ** (n - 1), MAX_RETRY_MS);
      const delay = retryDelayMs(n, random);
      assert.ok(delay >= full / 2 && delay <= full);
    }),
  );
});

test('the far end says how long to wait, within reason, and never shortens our own wait', () => {
  assert.equal(retryDelayMs(1, 0, 90_000), 90_000);
  assert.equal(retryDelayMs(1, 0, 10 ** 12), MAX_RETRY_AFTER_MS);
  assert.equal(retryDelayMs(1, 0, 1), FIRST_RETRY_MS / 2);
  assert.equal(settle(sending(queued), attempt('failed'), { random: 0, retryAfterMs: 90_000 }).nextAttemptAt, 90_005);
});

test('accepted, refused and failed lead to accepted, dead and retrying', () => {
  const accepted = settle(sending(queued), attempt('accepted', 10), { random: 0 });
  assert.deepEqual(
    { status: accepted.status, next: accepted.nextAttemptAt, updatedAt: accepted.updatedAt },
    { status: 'accepted', next: null, updatedAt: 15 },
  );
  assert.equal(after(['refused']).status, 'dead');
  assert.equal(after(['failed']).status, 'retrying');
  assert.equal(after(Array(MAX_ATTEMPTS - 1).fill('failed')).status, 'retrying');
  assert.equal(after(Array(MAX_ATTEMPTS).fill('failed')).status, 'dead');
});

test('only what is being sent can be settled or put back', () => {
  for (const status of ['queued', 'retrying', 'accepted', 'delivered', 'seen', 'dead'] as const) {
    assert.throws(() => settle({ ...queued, status }, attempt('failed'), { random: 0 }), /not sending/);
    assert.throws(() => putBack({ ...queued, status }, 1), /not sending/);
  }
  assert.equal(putBack(sending(queued), 9).status, 'queued');
});

/**
 * The model: a status, the failures of the round and the number of attempts ever made. Any course of events a far end,
 * a crash (the lease runs out: taken again) and a user can bring about leaves machine and model in step.
 */
test('whatever happens, the machine agrees with a model that counts by hand', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('failed' as const, 'failed' as const, 'refused' as const) },
    { weight: 1, arbitrary: fc.constantFrom('accepted' as const, 'lease-ran-out' as const, 'put-back' as const) },
    { weight: 3, arbitrary: fc.constant('user-sends-again' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let real = queued;
      let status = 'queued';
      let failures = 0;
      let accepted = 0;
      let at = 0;
      for (const action of steps) {
        at += 1000;
        if (action === 'user-sends-again') {
          if (status !== 'dead') continue;
          // As the store does it.
          real = { ...real, status: 'queued', nextAttemptAt: null, updatedAt: at };
          [status, failures] = ['queued', 0];
        } else if (status === 'queued' || status === 'retrying') {
          real = sending(real);
          if (action === 'lease-ran-out') continue;
          if (action === 'put-back') {
            real = putBack(real, at);
            status = 'queued';
          } else {
            real = settle(real, attempt(action, at), { random: 0.5 });
            if (action === 'failed') failures += 1;
            if (action === 'accepted') accepted += 1;
            status =
              action === 'accepted'
                ? 'accepted'
                : action === 'refused' || failures === MAX_ATTEMPTS
                  ? 'dead'
                  : 'retrying';
            assert.deepEqual(real.attempts.at(-1), attempt(action, at));
          }
        } else continue;
        assert.equal(real.status, status);
        assert.equal(real.nextAttemptAt !== null, status === 'retrying');
        if (real.nextAttemptAt !== null) assert.ok(real.nextAttemptAt > at);
        assert.ok(real.attempts.length <= KEPT_ROUNDS * MAX_ATTEMPTS);
      }
      assert.ok(accepted <= 1);
    }),
    { numRuns: 500 },
  );
});

const channel = (id: string, fallbackOrder: number | null, enabled = true) => ({
  id: id as ChannelId,
  enabled,
  fallbackOrder,
  createdAt: 0,
});
const dead = (id: string, channelId: string, fallbackFor: string | null = null): Delivery => ({
  ...queued,
  id: id as DeliveryId,
  channelId: channelId as ChannelId,
  status: 'dead',
  fallbackFor: fallbackFor as DeliveryId | null,
});

test('the lowest fallback order stands in; switched off, unordered and the dead one itself do not', () => {
  const first = dead('d1', 'c1');
  const channels = [channel('c1', 0), channel('c2', 5), channel('c3', 2, false), channel('c4', null), channel('c5', 3)];
  assert.equal(nextChannel(first, [first], channels), 'c5');
  assert.equal(nextChannel(first, [first], [channel('c1', 0), channel('c4', null)]), null);
  assert.equal(nextChannel(dead('d1', 'gone'), [], channels), 'c1');
});

test('one that died, was handed over, was sent again and died again is not handed over twice', () => {
  const first = dead('d1', 'c1');
  assert.equal(nextChannel(first, [first, dead('d2', 'c2', 'd1')], [channel('c3', 1)]), null);
});

test('when everything is down, each channel stands in once and then it ends', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.option(fc.nat(3)), fc.boolean()), { maxLength: 12 }),
      fc.nat(11),
      (settings, start) => {
        const channels = settings.map(([order, enabled], index) => channel(`c${index}`, order, enabled));
        const all = [dead('d0', `c${start}`)];
        for (;;) {
          const last = all.at(-1) as Delivery;
          const next = nextChannel(last, all, channels);
          if (next === null) break;
          const made = standIn(last, `d${all.length}` as DeliveryId, next, 1);
          assert.equal(made.status, 'queued');
          all.push({ ...made, status: 'dead' });
        }
        const expected = channels
          .filter(({ enabled, fallbackOrder, id }) => enabled && fallbackOrder !== null && id !== `c${start}`)
          .map(({ id, fallbackOrder }) => ({ id, order: fallbackOrder as number }));
        const used = all.slice(1).map(({ channelId }) => channelId);
        assert.deepEqual([...used].sort(), expected.map(({ id }) => id).sort());
        const orders = used.map((id) => expected.find((one) => one.id === id)?.order as number);
        assert.deepEqual(
          orders,
          [...orders].sort((a, b) => a - b),
        );
      },
    ),
  );
});
