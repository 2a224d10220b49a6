/**
 * One frame of Binance's combined stream, as words of ours. Live and recorded frames are read by this same function.
 * Prices and sizes come as decimal text and become the double that prints back to it; a frame that does not say
 * exactly one trade is never turned into one.
 */
export interface Trade {
  /** Binance's own name of the pair, upper case: `BTCUSDT`. */
  readonly pair: string;
  /** Rises by one with each trade of the pair. */
  readonly id: number;
  readonly price: number;
  readonly volume: number;
  /** Trade time, ms UTC, by the exchange's clock. */
  readonly at: number;
}

export type Frame =
  | { readonly kind: 'trade'; readonly trade: Trade }
  /** The server is about to close this connection. */
  | { readonly kind: 'shutdown' }
  /** Another stream, or the answer to a request. */
  | { readonly kind: 'other' }
  | { readonly kind: 'rubbish'; readonly problem: string };

const OTHER: Frame = { kind: 'other' };
const SHUTDOWN: Frame = { kind: 'shutdown' };
const DECIMAL = /^\d{1,15}(\.\d{1,18})?$/;

const rubbish = (problem: string): Frame => ({ kind: 'rubbish', problem });

export function readFrame(text: string): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return rubbish('not JSON');
  }
  if (typeof frame !== 'object' || frame === null) return rubbish('not an object');
  const data: unknown = 'data' in frame ? frame.data : frame;
  if (typeof data !== 'object' || data === null) return rubbish('no data');
  const event = 'e' in data ? data.e : undefined;
  if (event === 'trade') return readTrade(data as Record<string, unknown>);
  return event === 'serverShutdown' ? SHUTDOWN : OTHER;
}

function readTrade(data: Record<string, unknown>): Frame {
  const { s: pair, t: id, p: price, q: volume, T: at } = data;
  if (typeof pair !== 'string' || pair === '') return rubbish('a trade without a pair');
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return rubbish('a trade without an id');
  if (typeof at !== 'number' || !Number.isSafeInteger(at) || at <= 0) return rubbish('a trade without a time');
  const priceNumber = readDecimal(price);
  const volumeNumber = readDecimal(volume);
  if (priceNumber === undefined || priceNumber === 0) return rubbish('a trade without a price');
  if (volumeNumber === undefined) return rubbish('a trade without a size');
  return { kind: 'trade', trade: { pair, id, price: priceNumber, volume: volumeNumber, at } };
}

/** The number a decimal text says, or undefined where it says none. */
export function readDecimal(text: unknown): number | undefined {
  return typeof text === 'string' && DECIMAL.test(text) ? Number(text) : undefined;
}
