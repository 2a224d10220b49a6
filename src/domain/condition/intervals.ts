/**
 * Sets of numbers made of intervals with open or closed ends: what a signal may be where a condition holds.
 */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
}

/** A union of intervals; the empty list is the empty set. What is made here has them rising and apart. */
export type NumberSet = readonly Interval[];

export const ALL: NumberSet = [{ low: -Infinity, high: Infinity, lowOpen: true, highOpen: true }];
export const above = (low: number): NumberSet => [{ low, high: Infinity, lowOpen: true, highOpen: true }];
export const atLeast = (low: number): NumberSet => [{ low, high: Infinity, lowOpen: false, highOpen: true }];
export const below = (high: number): NumberSet => [{ low: -Infinity, high, lowOpen: true, highOpen: true }];
export const atMost = (high: number): NumberSet => [{ low: -Infinity, high, lowOpen: true, highOpen: false }];
export const between = (low: number, high: number): NumberSet => [{ low, high, lowOpen: false, highOpen: false }];
export const outside = (low: number, high: number): NumberSet => [...below(low), ...above(high)];

export function intersect(a: NumberSet, b: NumberSet): NumberSet {
  return united(a.flatMap((one) => b.map((other) => meet(one, other))).filter(isSome));
}

export function union(a: NumberSet, b: NumberSet): NumberSet {
  return united([...a, ...b]);
}

/** Intervals that overlap become one: else an `and` of many `or`s would double them with each. */
function united(set: NumberSet): NumberSet {
  const rising = set.toSorted((a, b) => a.low - b.low || Number(a.lowOpen) - Number(b.lowOpen));
  const apart: Interval[] = [];
  for (const next of rising) {
    const last = apart.at(-1);
    const touches = last && (next.low < last.high || (next.low === last.high && !(next.lowOpen && last.highOpen)));
    if (!last || !touches) apart.push(next);
    else apart[apart.length - 1] = joined(last, next);
  }
  return apart;
}

/** Two that touch, the one that begins first before the other. */
function joined(a: Interval, b: Interval): Interval {
  const high = Math.max(a.high, b.high);
  const highOpen = (a.high < high || a.highOpen) && (b.high < high || b.highOpen);
  return { low: a.low, high, lowOpen: a.lowOpen, highOpen };
}

/** The set and its mirror image: the numbers whose absolute value is in it. */
export function mirrored(set: NumberSet): NumberSet {
  const mirror = ({ low, high, lowOpen, highOpen }: Interval): Interval => ({
    low: -high,
    high: -low,
    lowOpen: highOpen,
    highOpen: lowOpen,
  });
  return union(set, set.map(mirror));
}

function meet(a: Interval, b: Interval): Interval {
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  return {
    low,
    high,
    lowOpen: (a.low === low && a.lowOpen) || (b.low === low && b.lowOpen),
    highOpen: (a.high === high && a.highOpen) || (b.high === high && b.highOpen),
  };
}

function isSome({ low, high, lowOpen, highOpen }: Interval): boolean {
  return low < high || (low === high && !lowOpen && !highOpen);
}
