/** The prices at which a condition changes, read from its text: what a chart draws and what a distance is measured to. */
import { distanceOf } from '#domain/condition/distance.ts';
import { isLevel, leavesOf } from '#domain/condition/leaves.ts';
import { parseCondition } from '#domain/condition/parser.ts';
import type { Leaf } from '#domain/condition/tree.ts';

function levelsOfLeaf(leaf: Leaf): readonly number[] {
  if (leaf.kind === 'no-data' || leaf.signal.kind !== 'price') return [];
  if (leaf.kind === 'compare' || leaf.kind === 'cross') return isLevel(leaf.to) ? [leaf.to.value] : [];
  if (leaf.kind === 'range' || leaf.kind === 'channel') return [leaf.low.value, leaf.high.value];
  return [];
}

/** Without repeats; empty where the condition is about something else than the price, or cannot be read. */
export function priceLevels(text: string): readonly number[] {
  const parsed = parseCondition(text);
  return parsed.ok ? [...new Set(leavesOf(parsed.condition).flatMap(levelsOfLeaf))] : [];
}

/** Whether it is at this price as it has to be; false where that hangs on more than the price. */
export function isMetAt(text: string, price: number): boolean {
  const parsed = parseCondition(text);
  if (!parsed.ok || leavesOf(parsed.condition).some((leaf) => levelsOfLeaf(leaf).length === 0)) return false;
  return distanceOf(parsed.condition, () => ({ before: null, now: price })).nearest.isMet;
}

interface Distance {
  readonly level: number;
  readonly amount: number;
  readonly percent: number;
}

/** To the nearest of the levels; undefined where there is none. */
export function nearest(levels: readonly number[], price: number): Distance | undefined {
  let best: Distance | undefined;
  for (const level of levels) {
    const amount = level - price;
    if (!best || Math.abs(amount) < Math.abs(best.amount)) best = { level, amount, percent: (100 * amount) / price };
  }
  return best;
}
