/**
 * Candles of every length kept alike.
 */
import { CANDLE_SIZES, type CandleSize } from '#contracts/store/prices.ts';

export function everySize(ms: number): Readonly<Record<CandleSize, number>> {
  return Object.fromEntries(CANDLE_SIZES.map((size) => [size, ms])) as Record<CandleSize, number>;
}
