/**
 * What a new stream starts from: its symbols as this user may see them, and the trigger the client knows last.
 */
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import type { ApiDeps } from '../deps.ts';

export interface StartPlace {
  /** The last trigger the client knows. */
  readonly cursor: number;
  /** Deliveries were told up to this time. */
  readonly toldUntil: number;
  /** It was here before and has missed deliveries, perhaps. */
  readonly isBack: boolean;
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

/** Never ahead of what there is, or a client of another database would wait for ever. */
export async function startPlace(
  { store, clock }: Pick<ApiDeps, 'store' | 'clock'>,
  userId: UserId,
  lastEventId: string | undefined,
): Promise<StartPlace> {
  // Before anything is asked: what changes from here on is heard.
  const now = clock.now();
  const lastSeq = await store.triggers.lastSeq(userId);
  if (lastEventId === undefined) return { cursor: lastSeq, toldUntil: now, isBack: false };
  const [seq = '', time] = lastEventId.split('.');
  return {
    cursor: Math.min(Number(seq), lastSeq),
    toldUntil: time === undefined ? now : Math.min(Number(time), now),
    isBack: time !== undefined,
  };
}
