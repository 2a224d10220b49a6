/**
 * Open, high, low, close, volume and number of trades of one time bucket. Buckets are aligned to the UTC epoch;
 * a bucket without a tick has no candle.
 */
export interface Candle {
  /** Start of the bucket, ms UTC. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
}

/** The start of the bucket of `intervalMs` that `at` falls into. */
export function bucketStart(at: number, intervalMs: number): number {
  return Math.floor(at / intervalMs) * intervalMs;
}
