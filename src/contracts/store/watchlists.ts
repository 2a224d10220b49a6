/**
 * Watchlists. A list is changed as a whole, on the version that was read, so that two changes at once cannot undo each
 * other.
 */
import type { UserId } from '#domain/alert/alert.ts';
import type { Watchlist, WatchlistId } from '#domain/watchlist/watchlist.ts';

export interface WatchlistStore {
  /** Adds the list, unless the user has `limit` of them or one of this name. */
  create(list: Watchlist, limit: number): Promise<'created' | 'limit-reached' | 'name-taken'>;
  get(userId: UserId, id: WatchlistId): Promise<Watchlist | undefined>;
  /** All of a user's lists (their number is limited), by name. */
  list(userId: UserId): Promise<readonly Watchlist[]>;
  /** Replaces it, if its version is still `list.version - 1`. */
  update(list: Watchlist): Promise<'updated' | 'conflict' | 'not-found' | 'name-taken'>;
  remove(userId: UserId, id: WatchlistId): Promise<'removed' | 'not-found'>;
  /** Every list of a user goes to another; one whose name the other has already gets a number behind it. */
  reassign(from: UserId, to: UserId): Promise<void>;
}
