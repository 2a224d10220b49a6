/**
 * A watchlist as answers and the stream show it.
 */
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import type { WatchlistEventView } from '../contract/stream.ts';
import type { WatchlistView } from '../contract/watchlist.ts';

export function watchlistView({ userId: _, symbols, ...list }: Watchlist): WatchlistView {
  return { ...list, symbols: [...symbols] };
}

export function watchlistEvent(list: Watchlist, isDeleted: boolean): WatchlistEventView {
  return isDeleted ? { id: list.id, deleted: true } : watchlistView(list);
}
