/** Puts what is newly known of a watchlist into the answers the page holds; an older version never replaces a newer one. */
import type { QueryClient } from '@tanstack/react-query';
import type { WatchlistEventView } from '#api/contract/stream.ts';
import type { WatchlistView } from '#api/contract/watchlist.ts';
import { queries } from '../api/queries.ts';

const byName = (one: WatchlistView, other: WatchlistView): number =>
  one.name.localeCompare(other.name, undefined, { sensitivity: 'base' });

export function putWatchlist(client: QueryClient, event: WatchlistEventView): void {
  const { queryKey } = queries.watchlists();
  // An answer that is still under way may be older than this: ask again.
  if (client.isFetching({ queryKey }) > 0) void client.invalidateQueries({ queryKey });
  client.setQueryData<readonly WatchlistView[]>(queryKey, (lists) => {
    if (lists === undefined) return lists;
    const others = lists.filter(({ id }) => id !== event.id);
    if ('deleted' in event) return others;
    const held = lists.find(({ id }) => id === event.id);
    return held && held.version > event.version ? lists : [...others, event].sort(byName);
  });
}
