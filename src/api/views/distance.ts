/**
 * How far a condition is from firing, as answers show it.
 */
import type { Explanation } from '#contracts/explain.ts';
import { type Distance, distanceOf, type LeafDistance } from '#domain/condition/distance.ts';
import type { Reading, Snapshot } from '#domain/condition/judge.ts';
import { printLeaf } from '#domain/condition/printer.ts';
import { snapshotOf } from '#domain/condition/snapshot.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { DistanceView } from '../contract/condition.ts';

/** Between ticks the value before is the value now. */
export const resting = (value: number | null | undefined): Reading => ({ before: value ?? null, now: value ?? null });

/** The values an alert is judged on now: what the evaluator says, or else what the newest price alone can tell. */
export function snapshotNow(tick: Tick | undefined, explanation: Explanation | undefined): Snapshot {
  // Of one that is not watched the evaluator keeps no values.
  if (explanation !== undefined && explanation.leaves.length > 0) {
    const known = new Map(explanation.leaves.map((leaf) => [leaf.text, leaf]));
    return (leaf) => {
      const { value, sides = [] } = known.get(printLeaf(leaf)) ?? {};
      return { ...resting(value), sides };
    };
  }
  return snapshotOf((series) => resting(tick?.[series]));
}

export function leafDistanceView({ text, now, isMet, absolute, percent, words, brief }: LeafDistance): DistanceView {
  return { text, value: now, isMet, amount: absolute, percent, words, brief };
}

export interface DistanceViews {
  readonly distance: DistanceView | null;
  readonly distances: DistanceView[];
}

export function distanceViews(condition: Condition, snapshot: Snapshot, decimals: number): DistanceViews {
  const { leaves, nearest }: Distance = distanceOf(condition, snapshot, decimals);
  return {
    distance: nearest.now === null ? null : leafDistanceView(nearest),
    distances: leaves.map(leafDistanceView),
  };
}
