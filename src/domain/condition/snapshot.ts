/**
 * A snapshot from nothing but the last price and volume: what can be said where no evaluator answers.
 */
import { calculate, type Recipe, recipeOfLeaf, sideRecipesOf } from '../signal/recipe.ts';
import type { Reading, Snapshot } from './judge.ts';

export type Series = 'price' | 'volume';

export type Latest = (series: Series) => Reading;

const UNKNOWN: Reading = { before: null, now: null };

export function snapshotOf(latest: Latest): Snapshot {
  return (leaf) => {
    const recipe = recipeOfLeaf(leaf);
    if (recipe === null) return UNKNOWN;
    const sides = sideRecipesOf(leaf).map((side) => read(side, latest).now);
    return { ...read(recipe, latest), ...(sides.length === 0 ? {} : { sides }) };
  };
}

function read(recipe: Recipe, latest: Latest): Reading {
  switch (recipe.kind) {
    case 'price':
    case 'volume':
      return latest(recipe.kind);
    case 'abs': {
      const { before, now } = read(recipe.of, latest);
      return { before: before === null ? null : Math.abs(before), now: now === null ? null : Math.abs(now) };
    }
    case 'number':
      return { before: recipe.value, now: recipe.value };
    case 'arithmetic': {
      const left = read(recipe.left, latest);
      const right = read(recipe.right, latest);
      const of = (a: number | null, b: number | null): number | null =>
        a === null || b === null ? null : known(calculate(recipe.op, a, b));
      return { before: of(left.before, right.before), now: of(left.now, right.now) };
    }
    default:
      return UNKNOWN;
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
