/**
 * Bars in columns: a million of them are six arrays of numbers and no objects.
 */
import type { Candle } from '../market/candle.ts';

export interface Bars {
  readonly length: number;
  /** Start of each, ms UTC, rising. */
  readonly at: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** NaN where the source has none. */
  readonly volume: Float64Array;
}

/** A candle of a source without volumes has the sum 0; a sum of nothing is not a volume. */
export function barsOf(candles: readonly Omit<Candle, 'trades'>[]): Bars {
  const column = (value: (candle: Omit<Candle, 'trades'>) => number): Float64Array => Float64Array.from(candles, value);
  return {
    length: candles.length,
    at: column(({ at }) => at),
    open: column(({ open }) => open),
    high: column(({ high }) => high),
    low: column(({ low }) => low),
    close: column(({ close }) => close),
    volume: column(({ volume }) => (volume > 0 ? volume : Number.NaN)),
  };
}
