/**
 * What a new stream starts from: its symbols as this user may see them, and the trigger the client knows last.
 */
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { Batch } from '../batch.ts';
import type { ApiDeps } from '../deps.ts';
import { OVERLAP_MS } from './delivery-replay.ts';

export interface StartPlace {
  /** The last trigger the client knows. */
  readonly cursor: number;
  /** Deliveries were told up to this time. */
  readonly toldUntil: number;
  /** There are triggers after that one, and deliveries that may have changed since. */
  readonly missesTriggers: boolean;
  readonly missesDeliveries: boolean;
}

export async function findSymbols(
  { store, board, settings: { maxSymbolsPerStream } }: Pick<ApiDeps, 'store' | 'board' | 'settings'>,
  userId: UserId | null,
  texts: readonly string[] | null | undefined,
): Promise<ReadonlySet<InstrumentSymbol> | null> {
  if (texts === null || texts === undefined) return null;
  if (texts.length > maxSymbolsPerStream)
    throw new Failure('limit-reached', `A stream may name ${maxSymbolsPerStream} symbols (MAX_SYMBOLS_PER_STREAM).`);
  const symbols = new Set<InstrumentSymbol>();
  for (const text of texts) {
    // The board may not know yet what another process has just made.
    const instrument = board.find(userId, text) ?? (await store.instruments.resolve(userId, text));
    if (instrument === undefined) throw new Failure('unknown-instrument', `There is no instrument ${text}.`);
    symbols.add(instrument.symbol);
  }
  return symbols;
}

/** Users asked about in one query. */
const BATCH = 500;

/** Finds the place; for thousands that come at once with a few queries. */
export function placeFinder({ store, clock }: Pick<ApiDeps, 'store' | 'clock'>) {
  const seqs = new Batch<UserId, number>(BATCH, (users) => store.triggers.lastSeqs(users));
  const changes = new Batch<UserId, number>(BATCH, (users) => store.deliveries.lastChanges(users));
  return async (userId: UserId, lastEventId: string | undefined): Promise<StartPlace> => {
    // Before anything is asked: what changes from here on is heard.
    const now = clock.now();
    const [seq, time] = lastEventId?.split('.') ?? [];
    // One who comes for the first time has missed no delivery.
    const [lastSeq, lastChange] = await Promise.all([seqs.get(userId), time === undefined ? 0 : changes.get(userId)]);
    // Never ahead of what there is, or a client of another database would wait for ever.
    const cursor = seq === undefined ? lastSeq : Math.min(Number(seq), lastSeq);
    const toldUntil = time === undefined ? now : Math.min(Number(time), now);
    return {
      ...{ cursor, toldUntil, missesTriggers: cursor < lastSeq },
      missesDeliveries: lastChange > toldUntil - OVERLAP_MS,
    };
  };
}
