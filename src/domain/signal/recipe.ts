/**
 * How a signal is computed from an instrument's ticks. Two signals with the same key are the same signal, computed
 * once however many alerts use it.
 */
import { isLevel } from '../condition/leaves.ts';
import type { Leaf, Operand, Signal } from '../condition/tree.ts';
import { type BarRecipe, barRecipeOf } from './bar-recipe.ts';

export type ArithmeticOp = '+' | '-' | '*' | '/';

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
  /** Zero, or `forMs` once nothing was seen in open hours for that long. */
  | { readonly kind: 'silence'; readonly key: string; readonly forMs: number }
  /** What `of` is against `from`, in percent. */
  | { readonly kind: 'since'; readonly key: string; readonly of: Recipe; readonly from: Recipe }
  | { readonly kind: 'abs'; readonly key: string; readonly of: Recipe }
  | { readonly kind: 'number'; readonly key: string; readonly value: number }
  | {
      readonly kind: 'arithmetic';
      readonly key: string;
      readonly op: ArithmeticOp;
      readonly left: Recipe;
      readonly right: Recipe;
    }
  /** `of` as it is on the ticks of another instrument. */
  | { readonly kind: 'other'; readonly key: string; readonly symbol: string; readonly of: Recipe }
  | BarRecipe;

const PRICE: Recipe = { kind: 'price', key: 'price' };
const NO_PARTS: readonly Recipe[] = [];
const VOLUME: Recipe = { kind: 'volume', key: 'volume' };

/** Null for an indicator that the catalogue does not have; the checker lets none through to an alert. */
export function recipeOf(signal: Signal): Recipe | null {
  switch (signal.kind) {
    case 'price':
      return PRICE;
    case 'volume':
      return VOLUME;
    case 'change':
      return relative(PRICE, signal.windowMs, true);
    case 'abs': {
      const inner = recipeOf(signal.of);
      return inner && made([inner], ([of = inner]) => ({ kind: 'abs', key: `abs(${of.key})`, of }));
    }
    case 'since': {
      const from = barRecipeOf({ kind: 'day', of: signal.of });
      return from && { kind: 'since', key: `since(${signal.of})`, of: PRICE, from };
    }
    case 'arithmetic':
      return arithmetic(signal.op, operandRecipe(signal.left), operandRecipe(signal.right));
    case 'other': {
      const of = recipeOf(signal.of);
      return of && other(signal.symbol, of);
    }
    case 'average':
      if (signal.of.kind !== 'other') return barRecipeOf(signal);
      return recipeOf({ ...signal.of, of: { ...signal, of: signal.of.of } });
    default:
      return barRecipeOf(signal);
  }
}

/** What the leaf looks at: two signals by their difference; a move, while it has no firing value to start from. */
export function recipeOfLeaf(leaf: Leaf): Recipe | null {
  switch (leaf.kind) {
    case 'compare':
    case 'cross':
      return isLevel(leaf.to) ? recipeOf(leaf.signal) : arithmetic('-', recipeOf(leaf.signal), recipeOf(leaf.to));
    case 'range':
    case 'channel':
      return recipeOf(leaf.signal);
    case 'move': {
      const of = recipeOf(leaf.signal);
      return of && made([of], ([one = of]) => relative(one, leaf.windowMs, leaf.by.unit === 'percent'));
    }
    case 'no-data':
      return { kind: 'silence', key: `silence(${leaf.forMs})`, forMs: leaf.forMs };
    default:
      return null;
  }
}

/** The signal that a leaf needs: for a trail, the one whose extreme it follows. */
export function neededRecipeOf(leaf: Leaf): Recipe | null {
  return leaf.kind === 'trail' ? recipeOf(leaf.signal) : recipeOfLeaf(leaf);
}

/** Where a leaf compares two signals: both; else none. */
export function sideRecipesOf(leaf: Leaf): readonly Recipe[] {
  if ((leaf.kind !== 'compare' && leaf.kind !== 'cross') || isLevel(leaf.to)) return [];
  return [leaf.signal, leaf.to].flatMap((side) => recipeOf(side) ?? []);
}

/** The recipes that must be computed before this one. */
export function partsOfRecipe(recipe: Recipe): readonly Recipe[] {
  if (recipe.kind === 'arithmetic') return [recipe.left, recipe.right];
  if (recipe.kind === 'since') return [recipe.of, recipe.from];
  if (recipe.kind === 'other')
    return partsOfRecipe(recipe.of).map((part) => (part.kind === 'number' ? part : other(recipe.symbol, part)));
  return 'of' in recipe ? [recipe.of] : NO_PARTS;
}

/** The longest window on the price of one instrument (null: its own) that a recipe needs; 0 where it has none. */
export function priceWindowOf(recipe: Recipe, symbol: string | null = null): number {
  if (recipe.kind === 'other') return recipe.symbol === symbol ? priceWindowOf(recipe.of) : 0;
  const own = symbol === null && recipe.kind === 'relative' && recipe.of.kind === 'price' ? recipe.windowMs : 0;
  return Math.max(own, ...partsOfRecipe(recipe).map((part) => priceWindowOf(part, symbol)));
}

/** Every indicator of bars in a recipe, as it stands there: of the instrument itself, or of another one. */
export function barRecipesIn(recipe: Recipe): readonly BarUse[] {
  if (recipe.kind === 'bars') return [{ recipe, symbol: null, bars: recipe }];
  if (recipe.kind === 'other' && recipe.of.kind === 'bars') return [{ recipe, symbol: recipe.symbol, bars: recipe.of }];
  return partsOfRecipe(recipe).flatMap(barRecipesIn);
}

export interface BarUse {
  readonly recipe: Recipe;
  /** Null for the instrument itself. */
  readonly symbol: string | null;
  readonly bars: BarRecipe;
}

/** The instruments whose ticks a recipe is made of; null is the alert's own. */
export function instrumentsIn(recipe: Recipe): ReadonlySet<string | null> {
  switch (recipe.kind) {
    case 'number':
      return new Set();
    case 'other':
      return new Set([recipe.symbol]);
    default: {
      const parts = partsOfRecipe(recipe);
      return parts.length === 0 ? new Set([null]) : new Set(parts.flatMap((part) => [...instrumentsIn(part)]));
    }
  }
}

function operandRecipe(operand: Operand): Recipe | null {
  if (!isLevel(operand)) return recipeOf(operand);
  return { kind: 'number', key: String(operand.value), value: operand.value };
}

function arithmetic(op: ArithmeticOp, one: Recipe | null, two: Recipe | null): Recipe | null {
  if (one === null || two === null) return null;
  return made([one, two], ([left = one, right = two]) => ({
    ...{ kind: 'arithmetic', key: `(${left.key}${op}${right.key})`, op, left, right },
  }));
}

function other(symbol: string, of: Recipe): Recipe {
  return { kind: 'other', key: `${symbol}:${of.key}`, symbol, of };
}

/** What is made of one other instrument alone is a signal of that instrument. */
function made(parts: readonly Recipe[], make: (parts: readonly Recipe[]) => Recipe): Recipe {
  const signals = parts.filter(({ kind }) => kind !== 'number');
  const [first] = signals;
  if (first?.kind !== 'other' || !signals.every((part) => part.kind === 'other' && part.symbol === first.symbol))
    return make(parts);
  return other(first.symbol, make(parts.map((part) => (part.kind === 'other' ? part.of : part))));
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

/** NaN where the result is no number, as after a division by nothing. */
export function calculate(op: ArithmeticOp, left: number, right: number): number {
  const result = op === '+' ? left + right : op === '-' ? left - right : op === '*' ? left * right : left / right;
  return Number.isFinite(result) ? result : Number.NaN;
}
