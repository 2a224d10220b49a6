/**
 * What was traded in one stretch of an instrument's hours. Bars of a series follow one another without overlapping; a
 * stretch without a tick has no bar.
 */
export const BAR_SIZES = ['1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w'] as const;
export type BarSize = (typeof BAR_SIZES)[number];

/** The length of a bar that nothing cuts short. */
export const BAR_MS: Readonly<Record<BarSize, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
  '1w': 604_800_000,
};

/** The size of this many milliseconds, or undefined where bars do not come in it. */
export function barSizeOf(ms: number): BarSize | undefined {
  return BAR_SIZES.find((size) => BAR_MS[size] === ms);
}

export interface BarSpan {
  /** Start, ms UTC. */
  readonly at: number;
  /** It is closed once time has come this far. */
  readonly until: number;
  /** The trading day of its start, counted in days since 1970-01-01 where the market is. */
  readonly day: number;
}

export interface Bar extends BarSpan {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** The sizes of its ticks; a tick without one adds nothing. */
  readonly volume: number;
  /** The number of its ticks. */
  readonly trades: number;
}
