/**
 * What is traded in the demo market. Every symbol begins with `DEMO-` and every name is made up, so that nothing here
 * can be mistaken for a real one. No aliases: `GOLD` must never find a demo price.
 */
import type { CalendarId, Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';

export interface Listing {
  readonly instrument: Instrument;
  /** What the price swings around. */
  readonly base: number;
  /** Standard deviation of a day's change. */
  readonly dailyVolatility: number;
  /** Typical size traded in a second; 0 where nothing is traded (indices, exchange rates). */
  readonly size: number;
  readonly sizeDecimals: number;
}

type Row = readonly [id: string, name: string, base: number, decimals: number, dailyVolatility: number, size: number];

const STOCKS: readonly Row[] = [
  ['ACME', 'Acme Anvils', 184.2, 2, 0.021, 900],
  ['OAK', 'Oakheart Timber', 62.4, 2, 0.016, 1400],
  ['LUMEN', 'Lantern & Lumen', 41.75, 2, 0.024, 2100],
  ['KITE', 'Kitefield Aviation', 212.9, 2, 0.026, 700],
  ['FJORD', 'Fjordline Shipping', 96.3, 2, 0.019, 800],
  ['MINT', 'Peppermint Foods', 58.1, 2, 0.012, 1100],
  ['QUARK', 'Quarkworks Chips', 486.5, 2, 0.034, 1900],
  ['ROBIN', 'Robin Robotics', 131.6, 2, 0.031, 1600],
  ['ZEPPO', 'Zeppo Games', 27.85, 2, 0.038, 3200],
  ['PLUM', 'Plumfield Farms', 18.4, 2, 0.014, 1300],
];
const COINS: readonly Row[] = [
  ['BITE', 'Bitecoin', 61_800, 2, 0.036, 0.42],
  ['NEON', 'Neon', 2_684, 2, 0.042, 6.5],
  ['COMET', 'Comet', 142.6, 2, 0.055, 80],
  ['ONYX', 'Onyx', 27.31, 3, 0.05, 310],
  ['PEBBLE', 'Pebble', 0.5812, 4, 0.058, 9_000],
  ['WAFFLE', 'Wafflecoin', 0.08317, 5, 0.075, 64_000],
];
const INDICES: readonly Row[] = [
  ['TOP100', 'Demo Top 100', 5_420, 2, 0.011, 0],
  ['TECH', 'Demo Tech', 18_930, 2, 0.016, 0],
  ['SEAS', 'Seven Seas Composite', 7_815, 2, 0.01, 0],
];
const RATES: readonly Row[] = [
  ['AURFLO', 'Auran / Florin', 1.0862, 5, 0.0055, 0],
  ['AURSEN', 'Auran / Sen', 156.42, 3, 0.0065, 0],
  ['FLOKRO', 'Florin / Kroon', 10.547, 4, 0.006, 0],
];
const GOODS: readonly Row[] = [
  ['GOLD', 'Dragon gold', 2_342, 2, 0.012, 14],
  ['OIL', 'Lamp oil', 78.4, 2, 0.022, 260],
  ['WHEAT', 'Summer wheat', 591.25, 2, 0.018, 40],
  ['CACAO', 'Moon cacao', 7_840, 0, 0.03, 9],
];

/** A second without a tick is not normal here. */
const STALE_AFTER_MS = 15_000;
const BLIND_AFTER_MS = 60_000;

function list(
  rows: readonly Row[],
  what: string,
  currency: string,
  sizeDecimals = 0,
  calendar: CalendarId = '24/7',
): Listing[] {
  return rows.map(([id, name, base, decimals, dailyVolatility, size]) => ({
    instrument: {
      symbol: `DEMO-${id}` as InstrumentSymbol,
      name: `${name} (demo ${what})`,
      kind: 'demo',
      currency,
      calendar,
      aliases: [],
      providers: { demo: id },
      decimals,
      staleAfterMs: STALE_AFTER_MS,
      blindAfterMs: BLIND_AFTER_MS,
      ownerId: null,
    },
    base,
    dailyVolatility,
    size,
    sizeDecimals,
  }));
}

export const LISTINGS: readonly Listing[] = [
  ...list(STOCKS, 'stock', 'USD'),
  ...list(COINS, 'coin', 'USD', 4),
  ...list(INDICES, 'index', ''),
  ...list(RATES, 'exchange rate', ''),
  ...list(GOODS, 'commodity', 'USD'),
  // Two that keep an exchange's hours, so that a closed market can be seen too.
  ...list([['BELL', 'Bellwether Bank', 74.6, 2, 0.017, 1500]], 'stock in New York hours', 'USD', 0, 'XNYS'),
  ...list([['TIDE', 'Tidewater Mills', 33.2, 2, 0.015, 1200]], 'stock in London hours', 'GBP', 0, 'XLON'),
];
