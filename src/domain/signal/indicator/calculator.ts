/**
 * What an indicator is inside: it takes one closed input after another, in a time that does not depend on how many came
 * before, and says what its value would be if one more closed now. NaN stands for "not known".
 */
import type { Bar } from '../bar/bar.ts';
import type { Loading, Saving } from './saving.ts';

/**
 * How a live value goes with the close of the open bar, for those whose way is so plain that values at two closes say
 * something of all between. `still`: not at all; `one way`: it only rises, or only falls; `valley` and `hill`: its slope
 * only rises, or only falls. `still`, `one way in range` and `with volume` hold while high and low of the bar stay what
 * they are, the others whatever these are. `with volume` goes one way with the close, as long as that stays on one side of
 * its `turn`, and at each close one way with the volume; no other looks at the volume.
 */
export type Course = 'still' | 'one way' | 'one way in range' | 'valley' | 'hill' | 'with volume';

export interface Calculator<Input> {
  /** How many inputs it takes until its value is known. */
  readonly warmUp: number;
  /** How many are still to come at most, where that is not the warm-up less what has come. */
  readonly missing?: number;
  /** Where every input there ever was counts. */
  readonly wantsAll?: boolean;
  /** Of calculators of numbers: with the number. */
  readonly course?: Course;
  /** Of one that goes with the volume: the close on whose sides it goes different ways; NaN where there is none. */
  turn?(open: Bar): number;
  /** At the last input. */
  readonly value: number;
  push(input: Input): void;
  /** The value if this input came now; changes nothing. */
  live(input: Input): number;
  save(to: Saving): void;
  /** What `save` has written, into one that is new. */
  load(from: Loading): void;
}

/** A calculator of numbers at work on the close of each bar. */
export function overCloses(series: Calculator<number>): Calculator<Bar> {
  return {
    warmUp: series.warmUp,
    ...(series.course === undefined ? {} : { course: series.course }),
    get value() {
      return series.value;
    },
    push: (bar) => series.push(bar.close),
    live: (bar) => series.live(bar.close),
    save: (to) => series.save(to),
    load: (from) => series.load(from),
  };
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
