/**
 * An instrument: anything with a price stream. Its canonical symbol is unique in the whole system.
 */
export type InstrumentSymbol = string & { readonly __brand: 'InstrumentSymbol' };

/** What a canonical symbol looks like: `AAPL`, `BTC-USDT`, `RELIANCE.NS`, `^GSPC`, `GC=F`, `DEMO-OAK`. */
export const SYMBOL_PATTERN = /^[A-Z0-9^][A-Z0-9.\-^=_]{0,31}$/;

/** What the program watches by itself begins so: nobody can write such a symbol, since the pattern has no `~`. */
const INTERNAL = '~';

export function internalSymbol(name: string): InstrumentSymbol {
  return `${INTERNAL}${name}` as InstrumentSymbol;
}

export function isInternal(symbol: InstrumentSymbol): boolean {
  return symbol.startsWith(INTERNAL);
}

/** The symbol in `text` after trimming and upper-casing, or undefined where it cannot be one. */
export function parseSymbol(text: string): InstrumentSymbol | undefined {
  const symbol = text.trim().toUpperCase();
  return SYMBOL_PATTERN.test(symbol) ? (symbol as InstrumentSymbol) : undefined;
}

/** Which hours an exchange keeps; the rules are in `domain/calendar`. */
export type CalendarId = '24/7' | 'XNYS' | 'XLON' | 'FX';

export type InstrumentKind = 'stock' | 'etf' | 'crypto' | 'fx' | 'index' | 'commodity' | 'custom' | 'demo';

export interface Instrument {
  readonly symbol: InstrumentSymbol;
  readonly name: string;
  readonly kind: InstrumentKind;
  /** ISO 4217 code, or a coin's ticker for a crypto cross; `''` where the series has none. */
  readonly currency: string;
  readonly calendar: CalendarId;
  /** Other spellings that find it, upper case: `BTCUSDT`, `GOLD`. */
  readonly aliases: readonly string[];
  /** Its id at each provider: `{ binance: 'btcusdt' }`. */
  readonly providers: Readonly<Record<string, string>>;
  /** Digits after the decimal point that a price of it is shown with at least. */
  readonly decimals: number;
  /** No tick for this long in an open session: coverage is `stale`, and a jump over it is a gap. */
  readonly staleAfterMs: number;
  /** No tick for this long in an open session: coverage is `blind`. */
  readonly blindAfterMs: number;
  /** The user who pushes it and alone may see it; null for an instrument everyone shares. */
  readonly ownerId: string | null;
}

/** How well an instrument is watched right now. */
export type Coverage = 'live' | 'stale' | 'blind' | 'closed' | 'none';
