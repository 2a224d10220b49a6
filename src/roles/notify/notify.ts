/**
 * The notify role: takes due deliveries from the ledger under a lease, sends each through its channel, and writes down
 * what the far end answered; retries, gives up and hands over as `domain/delivery/machine.ts` says.
 *
 * Promises: a channel that is slow or hangs holds up no other; after a crash every delivery that was in hand is taken
 * again when its lease runs out, under the same idempotency key; one known accepted is never sent again. Woken by
 * `alerts`, by the time the next one is due, and now and then in case a word was lost. It never reads prices.
 */
import { newsIn } from '#contracts/alert-events.ts';
import type { Bus, Subscription } from '#contracts/bus.ts';
import type { ChannelAdapter, SendResult } from '#contracts/channel.ts';
import { type Clock, within } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Seal } from '#contracts/seal.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { BusyChannels } from '#contracts/store/deliveries.ts';
import type { Store } from '#contracts/store/store.ts';
import type { News } from '#contracts/topics.ts';
import type { Tracing } from '#contracts/tracing.ts';
import type { Delivery, DeliveryId } from '#domain/delivery/delivery.ts';
import { Failure } from '#errors.ts';
import { Courier, type Parcel } from './courier.ts';
import { Hands, HELD_NEAR } from './hands.ts';

export interface NotifyDeps {
  readonly bus: Bus;
  readonly store: Pick<Store, 'deliveries' | 'channels' | 'triggers' | 'alerts'>;
  readonly channels: readonly ChannelAdapter[];
  /** Opens the channels' secret settings; only here. */
  readonly seal: Seal;
  readonly clock: Clock;
  /** How people reach the page, without a slash at the end. */
  readonly publicUrl: () => string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  readonly random: () => number;
  /** A new id, unlike any other ever made. */
  readonly newId: () => string;
  /** Nothing is traced without. */
  readonly tracing?: Tracing;
}

export interface NotifyRole extends Role {
  /** Sends a test message now, outside the ledger, and says what the far end answered. */
  sendTest(channel: Channel): Promise<SendResult>;
}

/** After a crash, what was in hand is late by this at most; longer than any attempt and the writing after it. */
export const LEASE_MS = 30_000;
/** For writing a result down. An attempt that could outlive its lease by less is not begun. */
export const SAVE_MARGIN_MS = 3_000;
/** Taken at once: enough to keep many channels at work, few enough to be read in one go. */
const CLAIM_LIMIT = 64;
/** And so many times as much, up to what can be held, while all that was taken goes to near channels. */
const NEAR_GROWTH = 4;
/** Looked at least so often: a word on `alerts` may be lost, another notifier may have died. */
export const LOOK_EVERY_MS = 15_000;
/** What is due but cannot be taken (another is taking it) is not asked for in a busy loop. */
const LOOK_AGAIN_MS = 100;
/**
 * While hands are full, to look for what others could carry is to go over all that waits for the full ones: after it there
 * is no look for so many times as long as it took.
 */
const BESIDE_REST = 10;
/**
 * While more is due than hands can hold and news of still more keeps coming, the next are taken after a rest of so many
 * times as long as the last took: what fired goes into the store before what is there goes out.
 */
const FLOOD_REST = 3;
const LONGEST_REST_MS = 1_000;
/** After the store did not answer. */
const TROUBLE_WAIT_MS = 1_000;
/** Longer than this and the role is not well. */
const UNWELL_AFTER_MS = 10_000;
/** A stop waits this long for attempts under way, then calls them off. */
export const STOP_LIMIT_MS = 5_000;
/** Adapters answer at once when called off; writing that down takes a moment. */
const GIVE_UP_LIMIT_MS = 2_000;

interface Taken {
  readonly deliveries: readonly Delivery[];
  readonly leaseUntil: number;
}
interface Held extends Parcel {
  readonly leaseUntil: number;
}

export async function startNotify(deps: NotifyDeps): Promise<NotifyRole> {
  const { bus, store, clock, log, crash } = deps;
  const adapters = new Map(deps.channels.map((adapter) => [adapter.kind, adapter]));
  for (const { kind, timeoutMs } of deps.channels)
    if (timeoutMs + SAVE_MARGIN_MS >= LEASE_MS) throw new Error(`${kind}: ${timeoutMs} ms outlives the lease`);

  const giveUp = new AbortController();
  /** Being sent or written down: not to be begun again, whatever the ledger says of its lease. */
  const atWork = new Map<DeliveryId, Promise<void>>();
  let trouble: { readonly since: number; readonly said: string } | null = null;
  const onTrouble = (error: Failure | null): void => {
    if (error && !trouble) log.warn({ error }, 'the store does not answer; deliveries wait');
    trouble = error && { since: trouble?.since ?? clock.now(), said: error.message };
  };
  const courier = new Courier({ ...deps, adapters, giveUp: giveUp.signal });

  let isStopping = false;
  /** Taken from the ledger, but what it is about could not be read yet. */
  let unread: Taken | null = null;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let claimLimit = CLAIM_LIMIT;
  /** Where hands are full, not before this. */
  let besideAt = 0;
  /** Since when it has as many in hand as it takes at once; when it was heard that there are more; until when it rests. */
  let floodedAt = Number.POSITIVE_INFINITY;
  let heardAt = Number.NEGATIVE_INFINITY;
  let restsUntil = 0;
  let nextLookAt = Number.POSITIVE_INFINITY;
  let cancelTimer = (): void => {};

  const carry = async (held: Held): Promise<void> => {
    const { delivery, channel, leaseUntil } = held;
    const longest = (adapters.get(channel?.kind ?? '')?.timeoutMs ?? 0) + SAVE_MARGIN_MS;
    const now = clock.now();
    // Too late to be begun: given back while it is still ours, else it is another's already.
    if (now + longest <= leaseUntil) lookAt(await courier.carry(held));
    else if (now < leaseUntil) lookAt(await courier.giveBack(delivery));
  };
  const isNear = (kind: string): boolean => adapters.get(kind)?.isNear === true;
  const hands = new Hands<Held>(
    async (held) => {
      const { id } = held.delivery;
      if (atWork.has(id)) return;
      const work = carry(held).catch((error: unknown) => crash('notify', error));
      atWork.set(id, work);
      await work;
      atWork.delete(id);
    },
    () => wake(),
    isNear,
  );

  /** Reads what the deliveries are about and takes them in hand; the answer is whether all go to near channels. */
  const takeInHand = async ({ deliveries, leaseUntil }: Taken): Promise<boolean> => {
    const fresh = deliveries.filter(({ id }) => !atWork.has(id));
    const deadOf = new Map<DeliveryId, Delivery>();
    for (const { userId, fallbackFor } of fresh) {
      const dead = fallbackFor && (await store.deliveries.get(userId, fallbackFor));
      if (dead) deadOf.set(dead.id, dead);
    }
    const channelIds = [...fresh, ...deadOf.values()].map(({ channelId }) => channelId);
    const [channels, triggers] = await Promise.all([
      store.channels.getMany([...new Set(channelIds)]),
      store.triggers.getMany([...new Set(fresh.map(({ triggerId }) => triggerId))]),
    ]);
    const channelById = new Map(channels.map((channel) => [channel.id, channel]));
    const goesFar = ({ channelId }: Delivery): boolean => !isNear(channelById.get(channelId)?.kind ?? '');
    // What is near shows the alert by itself.
    const farTold = new Set(fresh.filter(goesFar).map(({ triggerId }) => triggerId));
    const alerts = await store.alerts.getMany([
      ...new Set(triggers.flatMap(({ id, alertId }) => (farTold.has(id) ? alertId : []))),
    ]);
    const triggerById = new Map(triggers.map((trigger) => [trigger.id, trigger]));
    const alertById = new Map(alerts.map((alert) => [alert.id, alert]));
    for (const delivery of fresh) {
      const channel = channelById.get(delivery.channelId) ?? null;
      const trigger = triggerById.get(delivery.triggerId);
      const dead = delivery.fallbackFor && deadOf.get(delivery.fallbackFor);
      const subject = trigger && {
        trigger,
        alert: alertById.get(trigger.alertId) ?? null,
        dead: dead ? { delivery: dead, channel: channelById.get(dead.channelId) ?? null } : null,
      };
      hands.add(delivery.channelId, channel?.kind ?? '', { delivery, channel, subject: subject ?? null, leaseUntil });
    }
    return farTold.size === 0;
  };

  /** Takes all that is due and answers how long to wait until there may be more. */
  const look = async (): Promise<number> => {
    for (;;) {
      const now = clock.now();
      const leaseUntil = now + LEASE_MS;
      const busy = hands.busy();
      if (heardAt >= floodedAt && !isBusy(busy)) {
        restsUntil = now + Math.min((now - floodedAt) * FLOOD_REST, LONGEST_REST_MS);
        floodedAt = Number.POSITIVE_INFINITY;
      }
      // Whoever has room again says so.
      const notBefore = Math.max(restsUntil, isBusy(busy) ? besideAt : 0);
      if (unread === null && now < notBefore) return notBefore - now;
      const limit = isBusy(busy) ? CLAIM_LIMIT : claimLimit;
      unread ??= { deliveries: await store.deliveries.claim(now, leaseUntil, limit, busy), leaseUntil };
      const isAll = unread.deliveries.length < limit;
      const areNear = await takeInHand(unread);
      unread = null;
      if (!isBusy(busy)) {
        floodedAt = isAll ? Number.POSITIVE_INFINITY : now;
        claimLimit = areNear && !isAll ? Math.min(limit * NEAR_GROWTH, HELD_NEAR) : CLAIM_LIMIT;
      }
      if (isStopping || isAll) break;
    }
    const busy = hands.busy();
    const askedAt = clock.now();
    const dueAt = await store.deliveries.nextDueAt(busy);
    const now = clock.now();
    if (isBusy(busy)) besideAt = now + (now - askedAt) * BESIDE_REST;
    return dueAt === null ? LOOK_EVERY_MS : Math.min(Math.max(dueAt - now, LOOK_AGAIN_MS), LOOK_EVERY_MS);
  };

  const wake = (): void => {
    if (isStopping) return;
    lookAgain = true;
    looking ??= (async () => {
      while (lookAgain && !isStopping) {
        lookAgain = false;
        nextLookAt = Number.POSITIVE_INFINITY;
        try {
          const waitMs = await look();
          nextLookAt = Math.min(nextLookAt, clock.now() + waitMs);
          onTrouble(null);
        } catch (error) {
          if (!(error instanceof Failure) || error.kind.retry === 'never') throw error;
          onTrouble(error);
          nextLookAt = clock.now() + TROUBLE_WAIT_MS;
        }
      }
      looking = null;
      lookAt(nextLookAt);
    })().catch((error: unknown) => crash('notify', error));
  };
  /** At this time at the latest. */
  function lookAt(at: number): void {
    nextLookAt = Math.min(nextLookAt, at);
    if (looking || isStopping) return;
    cancelTimer();
    cancelTimer = clock.after(Math.max(0, nextLookAt - clock.now()), wake);
  }

  const isDue = (news: News): boolean =>
    news.kind === 'trigger' || (news.kind === 'delivery' && news.delivery.status === 'queued');
  const subscription: Subscription = await bus.tail('alerts', (batch) => {
    if (!batch.messages.some(({ value }) => newsIn(value).some(isDue))) return;
    heardAt = clock.now();
    wake();
  });
  wake();

  return {
    name: 'notify',
    health() {
      if (!trouble || clock.now() - trouble.since <= UNWELL_AFTER_MS)
        return courier.persistence.stuckFor(UNWELL_AFTER_MS);
      return `deliveries have been waiting for ${Math.round((clock.now() - trouble.since) / 1000)} s: ${trouble.said}`;
    },
    sendTest: (channel) => courier.test(channel),
    async stop() {
      if (isStopping) return;
      isStopping = true;
      cancelTimer();
      const ended = (async () => {
        await subscription.close();
        await looking;
        const notBegun = [...hands.close().map(({ delivery }) => delivery), ...(unread?.deliveries ?? [])];
        await Promise.all([...notBegun.map((delivery) => courier.giveBack(delivery)), ...atWork.values()]);
      })().catch((error: unknown) => log.error({ error }, 'not everything was let go in order'));
      await within(clock, STOP_LIMIT_MS, ended);
      giveUp.abort();
      await within(clock, GIVE_UP_LIMIT_MS, ended);
    },
  };
}

function isBusy({ channelIds, kinds }: BusyChannels): boolean {
  return channelIds.length + kinds.length > 0;
}
