/**
 * What becomes of a delivery: the picture in `delivery.ts` as pure functions. Chance and time are handed in.
 *
 * - `accepted` ends it: nothing here leads from there back to `sending`.
 * - A refusal is a permanent no: dead at once. A failure waits longer each time, and is dead after
 *   {@link MAX_ATTEMPTS} of them.
 * - A user may send a dead one again (`DeliveryStore.requeue`): that opens a new round with all its attempts.
 * - A dead one is told through the user's next channel, once.
 */
import type { ChannelId } from '../alert/alert.ts';
import type { Attempt, Delivery, DeliveryId } from './delivery.ts';

/** A far end that restarts is back within seconds. */
export const FIRST_RETRY_MS = 2_000;
/** A price alert that comes more than five minutes after the far end is back is of little use. */
export const MAX_RETRY_MS = 300_000;
/** With the waits above: dead after 7 to 14 minutes, longer than a greylisting mail server makes strangers wait. */
export const MAX_ATTEMPTS = 10;
/** A far end may ask us to wait longer than we would, but not for ever. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
/** Rounds whose attempts are kept: a user who sends again and again does not make the row grow for ever. */
export const KEPT_ROUNDS = 5;

/** Waits before attempt `failures + 1`: doubling, the upper half of it by chance (0 <= `random` < 1). */
export function retryDelayMs(failures: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS);
  return Math.max(Math.round(full * (0.5 + random / 2)), Math.min(Math.ceil(retryAfterMs), MAX_RETRY_AFTER_MS));
}

/** The attempts, split where the delivery died and was sent again. The last round may be under way. */
function rounds(attempts: readonly Attempt[]): readonly (readonly Attempt[])[] {
  const all: Attempt[][] = [];
  let open = false;
  for (const attempt of attempts) {
    if (!open) all.push([]);
    const round = all.at(-1) as Attempt[];
    round.push(attempt);
    open = attempt.outcome === 'failed' && round.length < MAX_ATTEMPTS;
  }
  return all;
}

/** The delivery after one attempt that is over. It must be `sending`: a result without an attempt is a bug. */
export function settle(
  delivery: Delivery,
  attempt: Attempt,
  chance: { readonly random: number; readonly retryAfterMs?: number | undefined },
): Delivery {
  if (delivery.status !== 'sending') throw new Error(`delivery ${delivery.id} is ${delivery.status}, not sending`);
  const kept = rounds([...delivery.attempts, attempt]).slice(-KEPT_ROUNDS);
  const endedAt = attempt.at + attempt.durationMs;
  const after = { ...delivery, attempts: kept.flat(), nextAttemptAt: null, updatedAt: endedAt };
  if (attempt.outcome === 'accepted') return { ...after, status: 'accepted' };
  const failures = (kept.at(-1) as readonly Attempt[]).length;
  if (attempt.outcome === 'refused' || failures >= MAX_ATTEMPTS) return { ...after, status: 'dead' };
  const nextAttemptAt = endedAt + retryDelayMs(failures, chance.random, chance.retryAfterMs);
  return { ...after, status: 'retrying', nextAttemptAt };
}

/** One that was taken but not begun goes back to the queue, due at once. */
export function putBack(delivery: Delivery, now: number): Delivery {
  if (delivery.status !== 'sending') throw new Error(`delivery ${delivery.id} is ${delivery.status}, not sending`);
  return { ...delivery, status: 'queued', nextAttemptAt: null, updatedAt: now };
}

/** What the choice of a stand-in needs to know of a channel. */
export interface StandIn {
  readonly id: ChannelId;
  readonly enabled: boolean;
  readonly fallbackOrder: number | null;
  readonly createdAt: number;
}

/**
 * The channel that stands in for a dead delivery: the user's first by `fallbackOrder` that is switched on and has not
 * been tried on this way. Null where there is none, or where one stood in already (it died, was sent again and died).
 */
export function nextChannel(
  dead: Delivery,
  ofTrigger: readonly Delivery[],
  channels: readonly StandIn[],
): ChannelId | null {
  if (ofTrigger.some(({ fallbackFor }) => fallbackFor === dead.id)) return null;
  const tried = new Set<ChannelId>([dead.channelId]);
  const byId = new Map(ofTrigger.map((delivery) => [delivery.id, delivery]));
  for (let at = dead.fallbackFor; at !== null; ) {
    const before = byId.get(at);
    if (before) tried.add(before.channelId);
    at = before?.fallbackFor ?? null;
  }
  const order = (channel: StandIn): number => channel.fallbackOrder as number;
  const [next] = channels
    .filter(({ id, enabled, fallbackOrder }) => enabled && fallbackOrder !== null && !tried.has(id))
    .sort((a, b) => order(a) - order(b) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  return next?.id ?? null;
}

/** The delivery that stands in for a dead one. */
export function standIn(dead: Delivery, id: DeliveryId, channelId: ChannelId, now: number): Delivery {
  return {
    id,
    triggerId: dead.triggerId,
    userId: dead.userId,
    channelId,
    status: 'queued',
    attempts: [],
    nextAttemptAt: null,
    fallbackFor: dead.id,
    createdAt: now,
    updatedAt: now,
  };
}
