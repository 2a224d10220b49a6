/**
 * Alerts and the outbox of rule changes. Every change to an alert and its message to the evaluator are one transaction,
 * so the evaluator can never miss one; the gateway's relay publishes the outbox in order and then marks it.
 */
import type { Alert, AlertId, AlertStatus, ChannelId, UserId } from '#domain/alert/alert.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Page, PageRequest } from './store.ts';

export type RuleChange = Extract<EngineEvent, { kind: 'put-rule' | 'remove-rule' }>;

export interface OutboxEntry {
  readonly id: number;
  readonly change: RuleChange;
}

export interface AlertFilter {
  readonly symbol?: InstrumentSymbol;
  readonly status?: readonly AlertStatus[];
  readonly sort: 'createdAt' | '-createdAt' | 'symbol' | '-lastTriggeredAt';
}

export interface AlertStore {
  /** Adds the alert and its rule change, unless the user has `limit` alerts that are not deleted. */
  create(alert: Alert, change: RuleChange, limit: number): Promise<'created' | 'limit-reached'>;
  get(userId: UserId, id: AlertId): Promise<Alert | undefined>;
  /** Not for requests: by id alone, for roles. Deleted ones too. */
  getMany(ids: readonly AlertId[]): Promise<readonly Alert[]>;
  list(userId: UserId, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>;
  count(userId: UserId): Promise<number>;
  /** Replaces it and adds the change, if its version is still `alert.version - 1`. */
  update(alert: Alert, change: RuleChange): Promise<'updated' | 'conflict' | 'not-found'>;
  /** Changes what only concerns the telling: no new version, and it stays armed as it is. */
  updateDetails(
    userId: UserId,
    id: AlertId,
    details: Partial<Pick<Alert, 'message' | 'severity' | 'channelIds'>> & Pick<Alert, 'updatedAt'>,
  ): Promise<Alert | undefined>;
  /** Its triggers stay. */
  remove(userId: UserId, id: AlertId, change: RuleChange): Promise<'removed' | 'not-found'>;
  /** Every alert of a user goes to another with its triggers and their deliveries (a visitor signs in). */
  reassign(from: UserId, to: UserId): Promise<void>;
  /** Entries not yet marked, oldest first. */
  outbox(limit: number): Promise<readonly OutboxEntry[]>;
  markPublished(ids: readonly number[]): Promise<void>;
  removeChannel(userId: UserId, channelId: ChannelId): Promise<void>;
}
