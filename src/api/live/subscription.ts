/**
 * What a new stream starts from: its symbols as this user may see them, and the trigger the client knows last.
 */
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import type { ApiDeps } from '../deps.ts';

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

/** Never ahead of what there is, or a client of another database would wait for ever. */
export async function startCursor(
  { store }: ApiDeps,
  userId: UserId,
  lastEventId: string | undefined,
): Promise<number> {
  const lastSeq = await store.triggers.lastSeq(userId);
  return lastEventId === undefined ? lastSeq : Math.min(Number(lastEventId), lastSeq);
}
