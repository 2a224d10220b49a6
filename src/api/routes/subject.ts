/**
 * What requests name, found or refused: instruments, conditions, channels.
 */
import type { Alert, ChannelId, UserId, WatchlistId } from '#domain/alert/alert.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { parseSymbol } from '#domain/market/instrument.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import { Failure } from '#errors.ts';
import type { ApiDeps } from '../deps.ts';

/** What an alert is to watch: one instrument, or one of the user's watchlists. */
export async function findTarget(
  deps: ApiDeps,
  userId: UserId | null,
  { symbol, watchlist: id }: { readonly symbol?: string | undefined; readonly watchlist?: string | undefined },
): Promise<Pick<Alert, 'symbol' | 'watchlist'>> {
  if (symbol !== undefined && id === undefined)
    return { symbol: (await findInstrument(deps, userId, symbol)).symbol, watchlist: null };
  if (symbol === undefined && id !== undefined) {
    const { name } = await findWatchlist(deps, userId, id);
    return { symbol: null, watchlist: { id: id as WatchlistId, name } };
  }
  const message = 'name an instrument here, or a watchlist in `watchlist`, and not both';
  throw new Failure('bad-request', `What to watch: ${message}.`, { errors: [{ field: '/symbol', message }] });
}

export async function findWatchlist({ store }: ApiDeps, userId: UserId | null, id: string): Promise<Watchlist> {
  const list = userId === null ? undefined : await store.watchlists.get(userId, id as WatchlistId);
  if (list === undefined) throw new Failure('not-found', `There is no watchlist ${id}.`);
  return list;
}

/** Mistakes told of one request, and named in its sentence: more help nobody. */
const MAX_TOLD = 50;
const MAX_NAMED = 5;

export async function findInstrument(deps: ApiDeps, userId: UserId | null, text: string): Promise<Instrument> {
  const instrument = await deps.store.instruments.resolve(userId, text);
  if (instrument === undefined) throw new Failure('unknown-instrument', `There is no instrument ${text}.`);
  return instrument;
}

/** The canonical symbols of instruments the user may see, in the order named; all that are not known are told. */
export async function findMembers(
  { store }: ApiDeps,
  userId: UserId | null,
  texts: readonly string[],
): Promise<readonly InstrumentSymbol[]> {
  const found = await store.instruments.resolveMany(userId, texts);
  const errors = texts.flatMap((text, place) =>
    found[place] === undefined ? [{ field: `/symbols/${place}`, message: `there is no instrument ${text}` }] : [],
  );
  if (errors.length > 0) {
    const names = texts.filter((_, place) => found[place] === undefined).slice(0, MAX_NAMED);
    const more = errors.length > names.length ? ` and ${errors.length - names.length} more` : '';
    throw new Failure('unknown-instrument', `There is no instrument ${names.join(', ')}${more}.`, {
      errors: errors.slice(0, MAX_TOLD),
    });
  }
  return found.flatMap((instrument) => instrument?.symbol ?? []);
}

/** The symbol to filter a list by. One that is not known any more may still have triggers. */
export async function filterSymbol(deps: ApiDeps, userId: UserId, text: string): Promise<InstrumentSymbol | undefined> {
  return (await deps.store.instruments.resolve(userId, text))?.symbol ?? parseSymbol(text);
}

export function readCondition(text: string) {
  const compiled = compileCondition(text);
  if (compiled.ok) return compiled;
  const errors = compiled.problems.map((problem) => ({ field: '/condition', ...problem }));
  throw new Failure('bad-condition', errors.map(({ message }) => message).join(' '), { errors });
}

export async function checkChannels(deps: ApiDeps, userId: UserId, ids: readonly string[]): Promise<ChannelId[]> {
  if (ids.length === 0) return [];
  const own = new Set<string>((await deps.store.channels.list(userId)).map(({ id }) => id));
  const errors = ids.flatMap((id, index) =>
    own.has(id) ? [] : [{ field: `/channels/${index}`, message: `there is no channel ${id}` }],
  );
  if (errors.length > 0) throw new Failure('bad-request', 'A channel is not known.', { errors });
  return [...new Set(ids)] as ChannelId[];
}

export function checkExpiry(expiresAt: number | null, now: number): void {
  if (expiresAt !== null && expiresAt <= now)
    throw new Failure('bad-request', 'The alert would expire before it begins.', {
      errors: [{ field: '/expiresAt', message: 'must be in the future' }],
    });
}
