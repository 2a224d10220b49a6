/**
 * A snapshot from plain facts: the last two values of price and volume, and what they were a window ago.
 */
import { calculate, changeFrom, type Recipe, recipeOfLeaf, sideRecipesOf } from '../signal/recipe.ts';
import type { Reading, Snapshot } from './judge.ts';

export type Series = 'price' | 'volume';

/** The values a condition is judged on; `past` is the last value at or before its moment minus `windowMs`. */
export interface Facts {
  readonly latest: (series: Series) => Reading;
  readonly past: (series: Series, windowMs: number) => Reading;
  /** The same of another instrument. */
  readonly other?: (symbol: string) => Facts | undefined;
}

const UNKNOWN: Reading = { before: null, now: null };

export function snapshotOf(facts: Facts): Snapshot {
  return (leaf) => {
    const recipe = recipeOfLeaf(leaf);
    if (recipe === null) return UNKNOWN;
    const sides = sideRecipesOf(leaf).map((side) => read(side, facts).now);
    return { ...read(recipe, facts), ...(sides.length === 0 ? {} : { sides }) };
  };
}

function read(recipe: Recipe, facts: Facts): Reading {
  switch (recipe.kind) {
    case 'price':
    case 'volume':
      return facts.latest(recipe.kind);
    case 'silence':
      return UNKNOWN;
    case 'abs': {
      const { before, now } = read(recipe.of, facts);
      return { before: before === null ? null : Math.abs(before), now: now === null ? null : Math.abs(now) };
    }
    case 'relative': {
      const { of, windowMs, percent } = recipe;
      // A change of anything else has no facts to stand on; the checker refuses it.
      if (of.kind !== 'price' && of.kind !== 'volume') return UNKNOWN;
      const latest = facts.latest(of.kind);
      const past = facts.past(of.kind, windowMs);
      return { before: change(past.before, latest.before, percent), now: change(past.now, latest.now, percent) };
    }
    case 'number':
      return { before: recipe.value, now: recipe.value };
    case 'arithmetic': {
      const left = read(recipe.left, facts);
      const right = read(recipe.right, facts);
      const of = (a: number | null, b: number | null): number | null =>
        a === null || b === null ? null : known(calculate(recipe.op, a, b));
      return { before: of(left.before, right.before), now: of(left.now, right.now) };
    }
    case 'other': {
      const other = facts.other?.(recipe.symbol);
      return other === undefined ? UNKNOWN : read(recipe.of, other);
    }
    case 'since':
    case 'bars':
      return UNKNOWN;
  }
}

function change(then: number | null, now: number | null, percent: boolean): number | null {
  const value = then === null || now === null ? Number.NaN : changeFrom(then, now, percent);
  return known(value);
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
