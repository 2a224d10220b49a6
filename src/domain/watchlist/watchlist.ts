/**
 * A watchlist: instruments that a user keeps under one name, each once, in the user's order. Changes are pure: they give
 * the symbols as they are afterwards.
 */
import type { UserId, WatchlistId } from '../alert/alert.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';

export interface Watchlist {
  readonly id: WatchlistId;
  readonly userId: UserId;
  /** Unique among the user's lists, whatever the case. */
  readonly name: string;
  /** Canonical symbols. */
  readonly symbols: readonly InstrumentSymbol[];
  /** Rises with every change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What two names have in common that a person takes for the same. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}

export function eachOnce(symbols: readonly InstrumentSymbol[]): readonly InstrumentSymbol[] {
  return [...new Set(symbols)];
}

/** New ones come in at `place` (the end where it is absent), in their order; those there already stay where they are. */
export function withAdded(
  symbols: readonly InstrumentSymbol[],
  added: readonly InstrumentSymbol[],
  place = symbols.length,
): readonly InstrumentSymbol[] {
  const known = new Set(symbols);
  return symbols.toSpliced(place, 0, ...eachOnce(added).filter((symbol) => !known.has(symbol)));
}
