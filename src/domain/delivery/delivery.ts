/**
 * One trigger on its way to one channel.
 *
 *   queued ──> sending ──> accepted ──> delivered ──> seen
 *                 │  ▲
 *                 ▼  │ (nextAttemptAt)
 *              retrying ──> dead ──> queued (sent again by the user)
 *
 * `sending` with an expired lease goes back to the queue: at-least-once, with the delivery's id as idempotency key.
 */
import type { ChannelId, UserId } from '../alert/alert.ts';
import type { TriggerId } from '../alert/trigger.ts';

export type DeliveryId = string & { readonly __brand: 'DeliveryId' };
export type DeliveryStatus = 'queued' | 'sending' | 'retrying' | 'accepted' | 'delivered' | 'seen' | 'dead';

/** What the far end answered to one attempt, in its own words (shortened, secrets removed). */
export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  readonly outcome: 'accepted' | 'refused' | 'failed';
  /** HTTP status or SMTP reply code, where there was one. */
  readonly code: number | null;
  readonly detail: string;
}

export interface Delivery {
  readonly id: DeliveryId;
  readonly triggerId: TriggerId;
  readonly userId: UserId;
  readonly channelId: ChannelId;
  readonly status: DeliveryStatus;
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt: number | null;
  /** The delivery that died and for which this one stands in. */
  readonly fallbackFor: DeliveryId | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
