/**
 * Watchlists. A list is changed as a whole, on the version that was read, so that two changes at once cannot undo each
 * other. The alerts over it follow in the same transaction: whoever comes in is armed, whoever leaves is not watched any
 * more, and everybody else stays as they are.
 */
import type { Alert, UserId, WatchlistId } from '#domain/alert/alert.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import type { EachMember, MemberLimit } from './alerts.ts';

export interface WatchlistStore {
  /** Adds the list, unless the user has `limit` of them or one of this name. */
  create(list: Watchlist, limit: number): Promise<'created' | 'limit-reached' | 'name-taken'>;
  get(userId: UserId, id: WatchlistId): Promise<Watchlist | undefined>;
  /** All of a user's lists (their number is limited), by name. */
  list(userId: UserId): Promise<readonly Watchlist[]>;
  /**
   * Replaces it, if its version is still `list.version - 1`, and gives the alerts over it as they are then. Refused where
   * its alerts would get more members than the user may have.
   */
  update(
    list: Watchlist,
    change: EachMember & MemberLimit,
  ): Promise<{ readonly alerts: readonly Alert[] } | 'conflict' | 'not-found' | 'name-taken' | 'members-reached'>;
  /** Removes it, unless alerts watch it. */
  remove(userId: UserId, id: WatchlistId): Promise<'removed' | 'not-found' | { readonly watchedBy: readonly Alert[] }>;
  /** Every list of a user goes to another; one whose name the other has already gets a number behind it. */
  reassign(from: UserId, to: UserId): Promise<void>;
}
