/**
 * The ledger of deliveries. The state machine itself is `domain/delivery`; the store only keeps what it decided.
 */
import type { ChannelId, UserId } from '#domain/alert/alert.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import type { Delivery, DeliveryId, DeliveryStatus } from '#domain/delivery/delivery.ts';
import type { Page, PageRequest } from './store.ts';

export interface DeliveryFilter {
  readonly triggerId?: TriggerId;
  readonly channelId?: ChannelId;
  readonly status?: readonly DeliveryStatus[];
}

/** Who has its hands full: deliveries to these channels, and to any channel of these kinds, are left for later. */
export interface BusyChannels {
  readonly channelIds: readonly ChannelId[];
  readonly kinds: readonly string[];
}

/** What the state machine decided of one, and the deliveries it made beside (a fallback). */
export interface Settled {
  readonly delivery: Delivery;
  readonly added: readonly Delivery[];
}

export interface DeliveryStore {
  /**
   * Takes up to `limit` deliveries that are due (queued, retrying with `nextAttemptAt <= now`, or sending with an
   * expired lease), oldest first, marks them `sending` with a lease until `leaseUntil`, and returns them. Two callers
   * never get the same one. Without `busy` nobody is.
   */
  claim(now: number, leaseUntil: number, limit: number, busy?: BusyChannels): Promise<readonly Delivery[]>;
  /** When the next one is due (a lease that runs out counts), of those whose channel is not busy; or null. */
  nextDueAt(busy?: BusyChannels): Promise<number | null>;
  /**
   * Writes all of it, each delivery once, in one transaction. Changes nothing of one that is stored as accepted,
   * delivered or seen, and adds nothing beside it: what is known accepted stays so.
   */
  save(settled: readonly Settled[]): Promise<void>;
  get(userId: UserId, id: DeliveryId): Promise<Delivery | undefined>;
  list(userId: UserId, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** Those that changed after this place, the oldest change first, as they are now: for resuming a stream. */
  changedAfter(
    userId: UserId,
    place: { readonly at: number; readonly id: string },
    limit: number,
  ): Promise<readonly Delivery[]>;
  /** When a delivery of each of these users changed last, in their order; 0 where they have none. */
  lastChanges(userIds: readonly UserId[]): Promise<readonly number[]>;
  /** A dead one is queued again. */
  requeue(userId: UserId, id: DeliveryId, now: number): Promise<Delivery | 'not-found' | 'not-dead'>;
  /** `accepted` page deliveries of the user for these triggers become `seen`. */
  markSeen(userId: UserId, triggerIds: readonly TriggerId[], now: number): Promise<readonly Delivery[]>;
  countByStatus(): Promise<Readonly<Record<DeliveryStatus, number>>>;
}
