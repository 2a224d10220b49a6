/**
 * The values that a signal can have at all, whatever the market does.
 */
import { indicatorEntry } from '../signal/indicator/catalogue.ts';
import { ALL, above, atLeast, atMost, intersect, type NumberSet } from './intervals.ts';
import { isLevel } from './leaves.ts';
import { printSignal } from './printer.ts';
import type { Signal } from './tree.ts';
import { unitOfSignal } from './units.ts';

const POSITIVE = above(0);
const NOT_NEGATIVE = atLeast(0);
const RELATIVE = above(-100);

export function natureOf(signal: Signal): NumberSet {
  switch (signal.kind) {
    case 'price':
    case 'extreme':
      return POSITIVE;
    case 'volume':
    case 'bar-volume':
    case 'abs':
      return NOT_NEGATIVE;
    case 'change':
    case 'since':
      return RELATIVE;
    case 'day':
      return signal.of === 'gap' ? RELATIVE : POSITIVE;
    case 'indicator':
      return rangeOf(signal.name, signal.output);
    case 'average':
    case 'other':
      return natureOf(signal.of);
    case 'arithmetic':
      return ALL;
  }
}

/**
 * Of a price less a high of the same instrument, or a low: the price itself is in both, so it is never beyond. Anything
 * else may be anything.
 */
export function natureOfDifference({ op, left, right }: Extract<Signal, { kind: 'arithmetic' }>): NumberSet {
  if (op !== '-' || isLevel(left) || isLevel(right)) return ALL;
  const extreme = extremeOver(left, right);
  if (extreme !== null) return extreme === 'high' ? atMost(0) : NOT_NEGATIVE;
  const mirrored = extremeOver(right, left);
  return mirrored === null ? ALL : mirrored === 'high' ? NOT_NEGATIVE : atMost(0);
}

/** The extreme of prices that `signal` is, where `price` is one of these prices. */
function extremeOver(price: Signal, signal: Signal): 'high' | 'low' | null {
  if (price.kind === 'other' && signal.kind === 'other')
    return price.symbol === signal.symbol ? extremeOver(price.of, signal.of) : null;
  if (price.kind !== 'price') return null;
  if (signal.kind === 'extreme') return signal.of;
  if (signal.kind !== 'indicator' || signal.name !== 'donchian') return null;
  return signal.output === null ? 'high' : signal.output === 'lower' ? 'low' : null;
}

/** What makes it so that one of the two is never beyond the other. */
export function differenceWords(left: Signal, right: Signal): string {
  const [price, extreme] = extremeOver(left, right) === null ? [right, left] : [left, right];
  const isHigh = extremeOver(price, extreme) === 'high';
  const [one, other] = [printSignal(price), printSignal(extreme)];
  return `${other} has the newest price in it, so ${one} is never ${isHigh ? 'above' : 'below'} it; for a new one write ${one} ${isHigh ? '>=' : '<='} ${other}`;
}

function rangeOf(name: string, output: string | null): NumberSet {
  const outputs = indicatorEntry(name)?.outputs ?? [];
  const [low, high] = outputs.find((one) => one.name === (output ?? outputs[0]?.name))?.range ?? [null, null];
  return intersect(low === null ? ALL : atLeast(low), high === null ? ALL : atMost(high));
}

export function isAlwaysPositive(signal: Signal): boolean {
  return natureOf(signal) === POSITIVE;
}

export function isNeverNegative(signal: Signal): boolean {
  return natureOf(signal).every(({ low }) => low >= 0);
}

/** What makes it so, for a person: `a price is always above 0`. */
export function natureWords(signal: Signal): string {
  switch (signal.kind) {
    case 'price':
      return 'a price is always above 0';
    case 'volume':
      return 'a volume is never below 0';
    case 'change':
      return 'a change is always above -100%';
    default: {
      const [{ low, high, lowOpen } = { low: 0, high: Infinity, lowOpen: true }] = natureOf(signal);
      const text = printSignal(signal);
      const unit = unitOfSignal(signal) === 'percent' ? '%' : '';
      if (Number.isFinite(low) && Number.isFinite(high))
        return `${text} is always from ${low}${unit} to ${high}${unit}`;
      if (Number.isFinite(high)) return `${text} is never above ${high}${unit}`;
      return `${text} is ${lowOpen ? 'always above' : 'never below'} ${low}${unit}`;
    }
  }
}
