/**
 * How a signal is computed from an instrument's ticks. Two signals with the same key are the same signal, computed
 * once however many alerts use it.
 */
import type { Leaf, Signal } from '../condition/tree.ts';

export type Recipe =
  | { readonly kind: 'price' | 'volume'; readonly key: string }
  /** What `of` is now against its last value at or before now - windowMs: in percent of it, or the difference. */
  | {
      readonly kind: 'relative';
      readonly key: string;
      readonly of: Recipe;
      readonly windowMs: number;
      readonly percent: boolean;
    }
  | { readonly kind: 'abs'; readonly key: string; readonly of: Recipe };

const PRICE: Recipe = { kind: 'price', key: 'price' };
const VOLUME: Recipe = { kind: 'volume', key: 'volume' };

/** Null for a form that is not available yet; the checker lets none of them through to an alert. */
export function recipeOf(signal: Signal): Recipe | null {
  switch (signal.kind) {
    case 'price':
      return PRICE;
    case 'volume':
      return VOLUME;
    case 'change':
      return relative(PRICE, signal.windowMs, true);
    case 'abs': {
      const of = recipeOf(signal.of);
      return of && { kind: 'abs', key: `abs(${of.key})`, of };
    }
    default:
      return null;
  }
}

/** What the leaf looks at; for a move, while it has no firing value to start from. */
export function recipeOfLeaf(leaf: Leaf): Recipe | null {
  switch (leaf.kind) {
    case 'compare':
    case 'cross':
      return leaf.to.kind === 'number' ? recipeOf(leaf.signal) : null;
    case 'range':
    case 'channel':
      return recipeOf(leaf.signal);
    case 'move': {
      const of = recipeOf(leaf.signal);
      return of && relative(of, leaf.windowMs, leaf.by.unit === 'percent');
    }
    default:
      return null;
  }
}

function relative(of: Recipe, windowMs: number, percent: boolean): Recipe {
  return {
    kind: 'relative',
    key: `${percent ? 'percent' : 'difference'}(${of.key},${windowMs})`,
    of,
    windowMs,
    percent,
  };
}

/** The one formula of every change and move. NaN (unknown) where `then` is unknown, or a percentage of nothing. */
export function changeFrom(then: number, now: number, percent: boolean): number {
  if (!percent) return now - then;
  return then > 0 ? 100 * (now / then - 1) : Number.NaN;
}
