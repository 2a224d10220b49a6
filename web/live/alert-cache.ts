/**
 * Puts what is newly known of an alert into the answers the page holds. The answer to a request and the stream can cross
 * on their way, so an older state never takes the place of a newer one.
 */
import type { QueryClient } from '@tanstack/react-query';
import type { AlertView } from '#api/contract/alert.ts';
import type { AlertEventView } from '#api/contract/stream.ts';
import { queries } from '../api/queries.ts';

type Known = Pick<AlertView, 'version' | 'epoch' | 'status'>;

/** By the user's change, then by the arming; within one arming everything comes after `arming`. */
function isOlder(next: Known, held: Known): boolean {
  if (next.version !== held.version) return next.version < held.version;
  if (next.epoch !== held.epoch) return next.epoch < held.epoch;
  return next.status === 'arming' && held.status !== 'arming';
}

export function putAlert(client: QueryClient, event: AlertView | AlertEventView): void {
  if ('deleted' in event) {
    dropAlert(client, event.id);
    return;
  }
  let isDoubtful = false;
  const merge = (held: AlertView): AlertView => {
    if (held.id !== event.id) return held;
    if (!isOlder(event, held)) return { ...held, ...event };
    // Over a watchlist one member's arming says nothing of the others: which came first is not to be seen.
    isDoubtful ||= event.watchlist !== null && event.version === held.version;
    return held;
  };
  const all = client.getQueryData<readonly AlertView[]>(queries.alerts().queryKey);
  const isNew = all !== undefined && !all.some(({ id }) => id === event.id);
  // An answer that is still under way may be older than this: ask again.
  if (isNew || client.isFetching({ queryKey: ['alerts'] }) > 0) void client.invalidateQueries({ queryKey: ['alerts'] });
  client.setQueriesData<readonly AlertView[]>({ queryKey: ['alerts'] }, (list) => list?.map(merge));
  const { queryKey } = queries.alert(event.id);
  if (client.isFetching({ queryKey }) > 0) void client.invalidateQueries({ queryKey });
  client.setQueryData<AlertView>(queryKey, (held) => held && merge(held));
  if (isDoubtful) for (const key of [['alerts'], queryKey]) void client.invalidateQueries({ queryKey: key });
  void client.invalidateQueries({ queryKey: ['why', event.id] });
  if (event.watchlist !== null) void client.invalidateQueries({ queryKey: queries.members(event.id).queryKey });
}

export function dropAlert(client: QueryClient, id: string): void {
  client.setQueriesData<readonly AlertView[]>({ queryKey: ['alerts'] }, (all) => all?.filter((one) => one.id !== id));
}
