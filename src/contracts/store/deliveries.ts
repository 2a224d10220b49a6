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

export interface DeliveryStore {
  /**
   * Takes up to `limit` deliveries that are due (queued, retrying with `nextAttemptAt <= now`, or sending with an
   * expired lease), oldest first, marks them `sending` with a lease until `leaseUntil`, and returns them. Two callers
   * never get the same one.
   */
  claim(now: number, leaseUntil: number, limit: number): Promise<readonly Delivery[]>;
  /** When the next one is due, or null. */
  nextDueAt(): Promise<number | null>;
  /** Writes what the state machine decided, and the deliveries it made beside (a fallback), in one transaction. */
  save(delivery: Delivery, added: readonly Delivery[]): Promise<void>;
  get(userId: UserId, id: DeliveryId): Promise<Delivery | undefined>;
  list(userId: UserId, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** A dead one is queued again. */
  requeue(userId: UserId, id: DeliveryId, now: number): Promise<Delivery | 'not-found' | 'not-dead'>;
  /** `accepted` page deliveries of the user for these triggers become `seen`. */
  markSeen(userId: UserId, triggerIds: readonly TriggerId[], now: number): Promise<readonly Delivery[]>;
  countByStatus(): Promise<Readonly<Record<DeliveryStatus, number>>>;
}
