/** Which bars a condition's indicators need to be known at once, and how many of each size. */
import { leavesOf } from '../condition/leaves.ts';
import type { Condition } from '../condition/tree.ts';
import type { CalendarId } from '../market/instrument.ts';
import type { BarSize } from './bar/bar.ts';
import { barRecipesIn, recipeOfLeaf } from './recipe.ts';

export interface BarNeed {
  readonly key: string;
  readonly size: BarSize;
  /** Infinity where every bar there ever was counts. */
  readonly bars: number;
}

export function barNeedsOf(condition: Condition, calendar: CalendarId): readonly BarNeed[] {
  const recipes = leavesOf(condition).flatMap((leaf) => {
    const recipe = recipeOfLeaf(leaf);
    return recipe === null ? [] : barRecipesIn(recipe);
  });
  return recipes.map(({ key, size, make }) => ({ key, size, bars: make(calendar).wants }));
}
