/**
 * What instrument a recording's symbol means. Recordings name currencies and coins without a dash (`EURUSD`, `BTCUSD`,
 * `BTCUSDT`); anything else is taken for a share traded in New York.
 */
import { STALE_AFTER_BARS } from '#domain/market/bar-path.ts';
import { type CalendarId, type Instrument, type InstrumentSymbol, parseSymbol } from '#domain/market/instrument.ts';

const CURRENCIES = new Set(
  'AUD BRL CAD CHF CNH CNY CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NOK NZD PHP PLN RON RUB SEK SGD THB TRY TWD USD ZAR'.split(
    ' ',
  ),
);
const METALS: Readonly<Record<string, string>> = { XAU: 'Gold', XAG: 'Silver', XPT: 'Platinum', XPD: 'Palladium' };
const COINS = new Set(
  'ADA ATOM AVAX BCH BNB BTC DOGE DOT ETC ETH LINK LTC MATIC SHIB SOL TRX UNI XBT XLM XMR XRP'.split(' '),
);
const STABLE_COINS = ['FDUSD', 'USDT', 'USDC', 'BUSD', 'TUSD'];

interface Pair {
  readonly base: string;
  readonly quote: string;
  readonly kind: 'fx' | 'commodity' | 'crypto';
}

function pairOf(symbol: string): Pair | undefined {
  const plain = symbol.replace('-', '');
  const stable = STABLE_COINS.find((coin) => plain.endsWith(coin) && plain.length > coin.length);
  const quote = stable ?? plain.slice(-3);
  const base = plain.slice(0, -quote.length);
  if (stable !== undefined || (COINS.has(base) && (CURRENCIES.has(quote) || COINS.has(quote))))
    return { base, quote, kind: 'crypto' };
  if (!CURRENCIES.has(quote)) return undefined;
  if (CURRENCIES.has(base)) return { base, quote, kind: 'fx' };
  return base in METALS ? { base, quote, kind: 'commodity' } : undefined;
}

/** `BTC-USD` for `BTCUSD`, `EUR-USD` for `EURUSD`; a share's symbol is its own. */
export function canonicalSymbol(symbol: InstrumentSymbol): InstrumentSymbol | undefined {
  const pair = pairOf(symbol);
  return pair === undefined ? symbol : parseSymbol(`${pair.base}-${pair.quote}`);
}

export function calendarOf(symbol: InstrumentSymbol): CalendarId {
  const kind = pairOf(symbol)?.kind;
  if (kind === 'crypto') return '24/7';
  return kind === undefined ? 'XNYS' : 'FX';
}

/** Trades of a share may be minutes apart before the opening; a minute without a currency's tick is a silence. */
const STALE_AFTER_MS: Readonly<Record<CalendarId, number>> = {
  '24/7': 60_000,
  FX: 60_000,
  XNYS: 300_000,
  XLON: 300_000,
};
const BLIND_FACTOR = 5;

/** `decimals`: digits seen behind the point in the recording. */
export function recordedInstrument(symbol: InstrumentSymbol, decimals: number, intervalMs: number | null): Instrument {
  const pair = pairOf(symbol);
  const calendar = calendarOf(symbol);
  const staleAfterMs = Math.max(STALE_AFTER_MS[calendar], (intervalMs ?? 0) * STALE_AFTER_BARS);
  const plain = pair === undefined ? symbol : `${pair.base}${pair.quote}`;
  return {
    symbol,
    name: pair === undefined ? `${symbol} (recorded)` : `${METALS[pair.base] ?? pair.base} / ${pair.quote} (recorded)`,
    kind: pair?.kind ?? 'stock',
    currency: pair?.quote ?? 'USD',
    calendar,
    aliases: plain === symbol ? [] : [plain],
    providers: {},
    decimals: Math.min(8, Math.max(2, decimals)),
    staleAfterMs,
    blindAfterMs: staleAfterMs * BLIND_FACTOR,
    ownerId: null,
  };
}
