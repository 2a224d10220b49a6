/**
 * Alerts and the outbox of rule changes. Every change to an alert and its message to the evaluator are one transaction,
 * so the evaluator can never miss one; the gateway's relay publishes the outbox in order and then marks it.
 *
 * An alert over a watchlist has a rule for each member (`domain/alert/member.ts`); these and their changes are made in the
 * same transaction, here and where the list is changed.
 */
import type { Alert, AlertId, AlertStatus, ChannelId, UserId, WatchlistId } from '#domain/alert/alert.ts';
import type { Member } from '#domain/alert/member.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Page, PageRequest } from './store.ts';

export type RuleChange = Extract<EngineEvent, { kind: 'put-rule' | 'remove-rule' }>;

/** In place of one rule change, for an alert over a watchlist: one for each of its members. */
export interface EachMember {
  readonly kind: 'each-member';
  /** Market time of the change. */
  readonly at: number;
}

/** Members that all of a user's alerts over watchlists may have together. */
export interface MemberLimit {
  readonly maxMembers: number;
}

export interface OutboxEntry {
  readonly id: number;
  readonly change: RuleChange;
}

export interface AlertFilter {
  /** On this instrument, or over a watchlist that has it. */
  readonly symbol?: InstrumentSymbol;
  readonly watchlistId?: WatchlistId;
  readonly status?: readonly AlertStatus[];
  readonly sort: 'createdAt' | '-createdAt' | 'symbol' | '-lastTriggeredAt';
}

export interface AlertStore {
  /**
   * Adds the alert and its rule change, unless the user has `limit` alerts that are not deleted. Over a watchlist: with
   * the members the list has at that moment, unless there is no such list of the user's, or they would be too many.
   */
  create(
    alert: Alert,
    change: RuleChange | (EachMember & MemberLimit),
    limit: number,
  ): Promise<'created' | 'limit-reached' | 'no-watchlist' | 'members-reached'>;
  get(userId: UserId, id: AlertId): Promise<Alert | undefined>;
  /** Not for requests: by id alone, for roles. Deleted ones too. */
  getMany(ids: readonly AlertId[]): Promise<readonly Alert[]>;
  list(userId: UserId, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>;
  count(userId: UserId): Promise<number>;
  /** Replaces it and adds the change, if its version is still `alert.version - 1`. What it watches stays. */
  update(alert: Alert, change: RuleChange | EachMember): Promise<'updated' | 'conflict' | 'not-found'>;
  /** Changes what only concerns the telling: no new version, and it stays armed as it is. */
  updateDetails(
    userId: UserId,
    id: AlertId,
    details: Partial<Pick<Alert, 'message' | 'severity' | 'channelIds'>> & Pick<Alert, 'updatedAt'>,
  ): Promise<Alert | undefined>;
  /** Its triggers stay. */
  remove(userId: UserId, id: AlertId, change: RuleChange | EachMember): Promise<'removed' | 'not-found'>;
  /** The members of an alert over a watchlist, by symbol; none of another user's alert. */
  members(userId: UserId, id: AlertId, page: PageRequest): Promise<Page<Member>>;
  member(userId: UserId, id: AlertId, symbol: InstrumentSymbol): Promise<Member | undefined>;
  /** Every alert of a user goes to another with its triggers and their deliveries (a visitor signs in). */
  reassign(from: UserId, to: UserId): Promise<void>;
  /** Entries not yet marked, oldest first. */
  outbox(limit: number): Promise<readonly OutboxEntry[]>;
  markPublished(ids: readonly number[]): Promise<void>;
  removeChannel(userId: UserId, channelId: ChannelId): Promise<void>;
}
