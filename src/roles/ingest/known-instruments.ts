/**
 * What the role needs to know of an instrument to judge its ticks: whether it exists, and when a price of it is stale.
 * Asked of the store once and remembered; one that is not there is asked for again, since it may have been made.
 */
import type { InstrumentStore } from '#contracts/store/instruments.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';

/** Remembered at most; beyond it everything is asked for anew. A number each: some ten megabytes. */
const MAX_KNOWN = 200_000;

export class KnownInstruments {
  private readonly store: InstrumentStore;
  private readonly staleAfter = new Map<InstrumentSymbol, number>();

  constructor(store: InstrumentStore) {
    this.store = store;
  }

  add(instruments: readonly Instrument[]): void {
    if (this.staleAfter.size + instruments.length > MAX_KNOWN) this.staleAfter.clear();
    for (const { symbol, staleAfterMs } of instruments) this.staleAfter.set(symbol, staleAfterMs);
  }

  get size(): number {
    return this.staleAfter.size;
  }

  /** Those of the symbols that have to be looked up first. */
  missing(symbols: Iterable<InstrumentSymbol>): InstrumentSymbol[] {
    const found = new Set<InstrumentSymbol>();
    for (const symbol of symbols) if (!this.staleAfter.has(symbol)) found.add(symbol);
    return [...found];
  }

  async learn(symbols: readonly InstrumentSymbol[]): Promise<void> {
    this.add(await this.store.getMany(symbols));
  }

  /** Undefined where there is no such instrument. */
  staleAfterMs(symbol: InstrumentSymbol): number | undefined {
    return this.staleAfter.get(symbol);
  }
}
