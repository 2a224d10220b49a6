/**
 * Candles made of ticks, and larger candles of smaller ones. A candle remembers the times of the ticks that gave its open
 * and close, so that parts can be put together in any order of time, later arrivals second.
 */
import { bucketStart, type Candle } from '#domain/market/candle.ts';

export interface PartialCandle extends Candle {
  readonly firstAt: number;
  readonly lastAt: number;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds one tick to the candles of one symbol and one interval, by the start of the bucket. */
export function addTick(
  candles: Map<number, Mutable<PartialCandle>>,
  intervalMs: number,
  at: number,
  price: number,
  volume: number,
): void {
  const start = bucketStart(at, intervalMs);
  const candle = candles.get(start);
  if (!candle) {
    candles.set(start, {
      at: start,
      open: price,
      high: price,
      low: price,
      close: price,
      volume,
      trades: 1,
      firstAt: at,
      lastAt: at,
    });
    return;
  }
  if (at < candle.firstAt) {
    candle.firstAt = at;
    candle.open = price;
  }
  if (at >= candle.lastAt) {
    candle.lastAt = at;
    candle.close = price;
  }
  if (price > candle.high) candle.high = price;
  if (price < candle.low) candle.low = price;
  candle.volume += volume;
  candle.trades += 1;
}

/** The same ticks in buckets of `intervalMs`, a multiple of the parts' own. */
export function rollUp(parts: Iterable<PartialCandle>, intervalMs: number): Map<number, PartialCandle> {
  const candles = new Map<number, Mutable<PartialCandle>>();
  for (const part of parts) {
    const start = bucketStart(part.at, intervalMs);
    const candle = candles.get(start);
    if (!candle) {
      candles.set(start, { ...part, at: start });
      continue;
    }
    if (part.firstAt < candle.firstAt) {
      candle.firstAt = part.firstAt;
      candle.open = part.open;
    }
    if (part.lastAt >= candle.lastAt) {
      candle.lastAt = part.lastAt;
      candle.close = part.close;
    }
    candle.high = Math.max(candle.high, part.high);
    candle.low = Math.min(candle.low, part.low);
    candle.volume += part.volume;
    candle.trades += part.trades;
  }
  return candles;
}
