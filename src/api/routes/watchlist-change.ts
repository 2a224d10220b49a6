/**
 * Changing a watchlist: the new version is written only if nobody wrote one in between; then it is tried on that.
 */
import type { Alert, UserId, WatchlistId } from '#domain/alert/alert.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import { Failure } from '#errors.ts';
import type { ApiDeps } from '../deps.ts';

/** Writers of one list at the same moment; more than a few is a script at war with itself. */
const MAX_TRIES = 5;

type Said = Pick<Watchlist, 'name' | 'symbols'>;

/** With `version` the change is for that one only. What comes out as it was is not written. */
export async function changeWatchlist(
  deps: ApiDeps,
  userId: UserId,
  id: WatchlistId,
  change: (list: Watchlist) => Said,
  version?: number,
): Promise<Watchlist> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await deps.store.watchlists.get(userId, id);
    if (before === undefined) throw noWatchlist(id);
    if (version !== undefined && version !== before.version)
      throw new Failure('conflict', `The watchlist has version ${before.version} by now.`);
    const said = change(before);
    if (isSame(before, said)) return before;
    const list: Watchlist = { ...before, ...said, version: before.version + 1, updatedAt: deps.clock.now() };
    checkSize(deps, list, before.symbols.length);
    const { maxWatchedMembersPerUser: maxMembers } = deps.settings;
    const outcome = await deps.store.watchlists.update(list, {
      kind: 'each-member',
      at: deps.marketTime(),
      maxMembers,
    });
    if (outcome === 'not-found') throw noWatchlist(id);
    if (outcome === 'name-taken') throw nameTaken(list.name);
    if (outcome === 'members-reached') throw tooManyMembers(deps);
    if (outcome === 'conflict') continue;
    if (outcome.alerts.length > 0) deps.wakeRelay();
    deps.announce([
      { kind: 'watchlist', userId, list },
      ...outcome.alerts.map((alert) => ({ kind: 'alert', userId, alert }) as const),
    ]);
    return list;
  }
  throw new Failure('conflict', 'The watchlist is being changed by someone else at this moment.');
}

function isSame(one: Said, other: Said): boolean {
  return (
    one.name === other.name &&
    one.symbols.length === other.symbols.length &&
    one.symbols.every((symbol, place) => symbol === other.symbols[place])
  );
}

/** A list that is too long already, since the limit was lowered, may still be sorted and shortened. */
export function checkSize({ settings }: ApiDeps, { symbols }: Said, before = 0): void {
  const limit = settings.maxWatchlistMembers;
  if (symbols.length > limit && symbols.length > before)
    throw new Failure('limit-reached', `A watchlist may hold ${limit} instruments (MAX_WATCHLIST_MEMBERS).`);
}

export function tooManyMembers({ settings }: ApiDeps): Failure {
  const limit = settings.maxWatchedMembersPerUser;
  return new Failure(
    'limit-reached',
    `Your alerts over watchlists may watch ${limit} members together (MAX_WATCHED_MEMBERS_PER_USER).`,
  );
}

/** Alerts that a refusal names; the rest is counted. */
const MAX_NAMED = 5;

export function watched({ name }: Watchlist, alerts: readonly Alert[]): Failure {
  const named = alerts.slice(0, MAX_NAMED).map(({ condition }) => `“${condition}”`);
  const more = alerts.length > named.length ? ` and ${alerts.length - named.length} more` : '';
  const which = alerts.length === 1 ? 'An alert watches' : `${alerts.length} alerts watch`;
  return new Failure('conflict', `${which} ${name}: ${named.join(', ')}${more}. Delete what watches the list first.`, {
    errors: alerts.slice(0, MAX_NAMED).map(({ id, condition }) => ({
      field: 'alerts',
      message: `alert ${id} watches it: ${condition}`,
    })),
  });
}

export function nameTaken(name: string): Failure {
  return new Failure('conflict', `There is a watchlist called ${name} already.`, {
    errors: [{ field: '/name', message: 'is the name of another of your watchlists' }],
  });
}

export function noWatchlist(id: string): Failure {
  return new Failure('not-found', `There is no watchlist ${id}.`);
}
