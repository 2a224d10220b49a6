/**
 * What requests name, found or refused: instruments, conditions, channels.
 */
import type { Alert, ChannelId, UserId, WatchlistId } from '#domain/alert/alert.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { withSymbols } from '#domain/condition/elsewhere.ts';
import { printCondition } from '#domain/condition/printer.ts';
import { suggest } from '#domain/condition/suggest.ts';
import type { Condition, ConditionProblem } from '#domain/condition/tree.ts';
import type { OtherInstrument } from '#domain/engine/event.ts';
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
    const list = await watchlistOf(deps, userId, id);
    if (list === undefined)
      throw new Failure('bad-request', 'The watchlist is not known.', {
        errors: [{ field: '/watchlist', message: `there is no watchlist ${id}` }],
      });
    return { symbol: null, watchlist: { id: list.id, name: list.name } };
  }
  const message = 'name an instrument here, or a watchlist in `watchlist`, and not both';
  throw new Failure('bad-request', `What to watch: ${message}.`, { errors: [{ field: '/symbol', message }] });
}

/** The one that the address names. */
export async function findWatchlist(deps: ApiDeps, userId: UserId | null, id: string): Promise<Watchlist> {
  const list = await watchlistOf(deps, userId, id);
  if (list === undefined) throw new Failure('not-found', `There is no watchlist ${id}.`);
  return list;
}

async function watchlistOf({ store }: ApiDeps, userId: UserId | null, id: string): Promise<Watchlist | undefined> {
  return userId === null ? undefined : store.watchlists.get(userId, id as WatchlistId);
}

/** Mistakes told of one request, and named in its sentence: more help nobody. */
const MAX_TOLD = 50;
const MAX_NAMED = 5;

type Compiled = Extract<ReturnType<typeof compileCondition>, { readonly ok: true }>;

/** Names that are suggested for one that is not known. */
const MAX_NEAR = 3;
/** A mistyped name mostly begins right; so many that begin alike are looked through. */
const BEGINNING = 2;
const MAX_BEGINNING = 100;

/** The one that the address names. */
export async function instrumentAt(deps: ApiDeps, userId: UserId | null, text: string): Promise<Instrument> {
  const instrument = await deps.store.instruments.resolve(userId, text);
  if (instrument === undefined) throw new Failure('not-found', `There is no instrument ${text}.`);
  return instrument;
}

/** One that a body or a query names. */
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

/** A condition that may be made an alert of on an instrument. */
export interface ReadCondition {
  readonly condition: Condition;
  readonly canonical: string;
  readonly warnings: readonly ConditionProblem[];
  /** The instruments it looks at beside its own, by symbol. */
  readonly others: readonly Instrument[];
}

/** What is wrong with the text alone is found before anybody is asked. */
export function checkCondition(text: string): Compiled {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw badCondition(compiled.problems);
  return compiled;
}

/** With the other instruments it names by their own symbols; its own needs no name. `own` is null for a watchlist. */
export async function readCondition(
  deps: ApiDeps,
  userId: UserId | null,
  own: InstrumentSymbol | null,
  text: string,
): Promise<ReadCondition> {
  const { condition, canonical, warnings, others } = checkCondition(text);
  if (others.length === 0) return { condition, canonical, warnings, others: [] };
  const found = new Map<string, Instrument>();
  const problems: ConditionProblem[] = [];
  for (const { symbol, at, length } of others) {
    const instrument = await deps.store.instruments.resolve(userId, symbol);
    if (instrument !== undefined && deps.areTogether(own, instrument.symbol)) found.set(symbol, instrument);
    else if (instrument !== undefined)
      problems.push({ at, length, message: apart(own, instrument.symbol), expected: [] });
    else problems.push({ at, length, ...(await unknownInstrument(deps, userId, symbol)) });
  }
  if (problems.length > 0) throw badCondition(problems);
  const named = withSymbols(condition, (symbol) => {
    const instrument = found.get(symbol);
    return instrument === undefined || instrument.symbol === own ? null : instrument.symbol;
  });
  const compiled = compileCondition(printCondition(named));
  // By their own symbols, both sides may be the same.
  if (!compiled.ok)
    throw badCondition(compiled.problems.map((problem) => ({ ...problem, at: 0, length: text.length })));
  const besides = compiled.others.map(({ symbol }) => symbol).sort();
  const bySymbol = new Map([...found.values()].map((instrument) => [instrument.symbol as string, instrument]));
  return {
    ...{ condition: compiled.condition, canonical: compiled.canonical, warnings },
    others: besides.flatMap((symbol) => bySymbol.get(symbol) ?? []),
  };
}

/** As the engine has to know them. */
export function othersOf(instruments: readonly Instrument[]): readonly OtherInstrument[] {
  return instruments.map(({ symbol, calendar, staleAfterMs }) => ({ symbol, calendar, staleAfterMs }));
}

/** Ticks of the one would not reach the alerts of the other. */
function apart(own: InstrumentSymbol | null, other: InstrumentSymbol): string {
  if (own === null)
    return `Instruments are evaluated apart on this server (BUS_PARTITIONS): over a watchlist no alert can look at ${other}.`;
  return `${own} and ${other} are evaluated apart on this server (BUS_PARTITIONS): no alert can look at both.`;
}

async function unknownInstrument(
  { store }: ApiDeps,
  userId: UserId | null,
  symbol: string,
): Promise<Pick<ConditionProblem, 'message' | 'expected'>> {
  const alike = await store.instruments.search(userId, symbol, MAX_NEAR);
  const beginning = await store.instruments.search(userId, symbol.slice(0, BEGINNING), MAX_BEGINNING);
  const mistyped = suggest(
    symbol,
    beginning.map((one) => one.symbol),
  );
  const near = new Set([...(mistyped === undefined ? [] : [mistyped]), ...alike.map((one) => one.symbol)]);
  const names = [...near].slice(0, MAX_NEAR);
  const hint = names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`;
  return { message: `There is no instrument ${symbol}.${hint}`, expected: names };
}

function badCondition(problems: readonly ConditionProblem[]): Failure {
  const errors = problems.map((problem) => ({ field: '/condition', ...problem }));
  return new Failure('bad-condition', errors.map(({ message }) => message).join(' '), { errors });
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
