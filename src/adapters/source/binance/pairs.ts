/**
 * Binance's pairs as instruments. The well-known ones are a table, so that listing them needs no network; any other
 * pair can be named by its canonical symbol (`BTC-USDT`).
 */
import { type Instrument, type InstrumentSymbol, parseSymbol } from '#domain/market/instrument.ts';

/** What is watched where nothing else is asked for: base, full name, digits shown. All against USDT. */
const WELL_KNOWN: readonly (readonly [base: string, name: string, decimals: number])[] = [
  ['BTC', 'Bitcoin', 2],
  ['ETH', 'Ether', 2],
  ['BNB', 'BNB', 2],
  ['SOL', 'Solana', 2],
  ['XRP', 'XRP', 4],
  ['DOGE', 'Dogecoin', 5],
  ['ADA', 'Cardano', 4],
  ['TRX', 'TRON', 4],
  ['AVAX', 'Avalanche', 2],
  ['LINK', 'Chainlink', 2],
  ['LTC', 'Litecoin', 2],
  ['DOT', 'Polkadot', 3],
];
export const DEFAULT_PAIRS: readonly InstrumentSymbol[] = WELL_KNOWN.map(
  ([base]) => `${base}-USDT` as InstrumentSymbol,
);

/** Where a pair's name is cut: the longest of these it ends with. */
const QUOTES = [
  'FDUSD',
  'USDT',
  'USDC',
  'BUSD',
  'TUSD',
  'BTC',
  'ETH',
  'BNB',
  'DAI',
  'EUR',
  'GBP',
  'TRY',
  'BRL',
  'AUD',
  'JPY',
  'USD',
];

/** A busy pair trades many times a second; a minute without a trade is not normal for what people watch. */
const STALE_AFTER_MS = 60_000;
const BLIND_AFTER_MS = 300_000;

/** `BTC-USDT` for `BTCUSDT`; undefined where it ends with no quote currency known here. */
export function symbolOfPair(pair: string): InstrumentSymbol | undefined {
  const quote = QUOTES.find((candidate) => pair.endsWith(candidate) && pair.length > candidate.length);
  return quote === undefined ? undefined : parseSymbol(`${pair.slice(0, -quote.length)}-${quote}`);
}

/** The instrument of a canonical symbol, or undefined where it is not `BASE-QUOTE`. */
export function instrumentOfPair(symbol: InstrumentSymbol): Instrument | undefined {
  const match = /^([A-Z0-9]{1,12})-([A-Z0-9]{2,8})$/.exec(symbol);
  if (match === null) return undefined;
  const [base, quote] = [match[1] as string, match[2] as string];
  const known = WELL_KNOWN.find(([candidate]) => candidate === base);
  return {
    symbol,
    name: `${known?.[1] ?? base} / ${quote === 'USDT' ? 'Tether' : quote}`,
    kind: 'crypto',
    currency: quote,
    calendar: '24/7',
    aliases: [`${base}${quote}`],
    providers: { binance: `${base}${quote}`.toLowerCase() },
    decimals: known?.[2] ?? 2,
    staleAfterMs: STALE_AFTER_MS,
    blindAfterMs: BLIND_AFTER_MS,
    ownerId: null,
  };
}
