/**
 * What an indicator is inside: it takes one closed input after another, in a time that does not depend on how many came
 * before, and says what its value would be if one more closed now. NaN stands for "not known".
 */
import type { Bar } from '../bar/bar.ts';
import type { Loading, Saving } from './saving.ts';

export interface Calculator<Input> {
  /** How many inputs it takes until its value is known. */
  readonly warmUp: number;
  /** How many are still to come at most, where that is not the warm-up less what has come. */
  readonly missing?: number;
  /** Where every input there ever was counts. */
  readonly wantsAll?: boolean;
  /** At the last input. */
  readonly value: number;
  push(input: Input): void;
  /** The value if this input came now; changes nothing. */
  live(input: Input): number;
  save(to: Saving): void;
  /** What `save` has written, into one that is new. */
  load(from: Loading): void;
}

/** A calculator of numbers at work on one number of each bar. */
export function overBars(series: Calculator<number>, pick: (bar: Bar) => number): Calculator<Bar> {
  return {
    warmUp: series.warmUp,
    get value() {
      return series.value;
    },
    push: (bar) => series.push(pick(bar)),
    live: (bar) => series.live(pick(bar)),
    save: (to) => series.save(to),
    load: (from) => series.load(from),
  };
}

export function closeOf(bar: Bar): number {
  return bar.close;
}

/** The typical price of a bar: the mean of high, low and close. */
export function typicalOf({ high, low, close }: Bar): number {
  return (high + low + close) / 3;
}

/** The share of `up` in both, in percent: exactly 100 where nothing is down, 50 where there is nothing at all. */
export function shareOf(up: number, down: number): number {
  if (down === 0) return up === 0 ? 50 : 100;
  return (100 * up) / (up + down);
}

/** The part of the range between low and high at which a value stands; the middle where there is no range. */
export function placeIn(low: number, high: number, value: number): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}
