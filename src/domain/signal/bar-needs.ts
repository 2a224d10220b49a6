/** Which bars a condition's indicators need to be known at once, and how many of each size. */
import { leavesOf } from '../condition/leaves.ts';
import type { Condition } from '../condition/tree.ts';
import type { CalendarId } from '../market/instrument.ts';
import type { BarSize } from './bar/bar.ts';
import { barRecipesIn, neededRecipeOf } from './recipe.ts';

export interface BarNeed {
  /** Of another instrument; null for the alert's own. */
  readonly symbol: string | null;
  readonly key: string;
  readonly size: BarSize;
  /** Infinity where every bar there ever was counts. */
  readonly bars: number;
}

/** `calendarOf`: whose days an instrument's bars follow. */
export function barNeedsOf(
  condition: Condition,
  calendarOf: (symbol: string | null) => CalendarId,
): readonly BarNeed[] {
  const recipes = leavesOf(condition).flatMap((leaf) => {
    const recipe = neededRecipeOf(leaf);
    return recipe === null ? [] : barRecipesIn(recipe);
  });
  return recipes.map(({ symbol, bars: { key, size, make } }) => ({
    ...{ symbol, key, size, bars: make(calendarOf(symbol)).wants },
  }));
}
