/**
 * The values that a signal can have at all, whatever the market does.
 */
import { indicatorEntry } from '../signal/indicator/catalogue.ts';
import { ALL, above, atLeast, atMost, intersect, type NumberSet } from './intervals.ts';
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
