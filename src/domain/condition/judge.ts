/**
 * Whether a leaf holds between two values, straight from the meaning of each form and independent of the engine's
 * indexes: for how far an alert is from firing.
 */
import { numberOf } from './leaves.ts';
import type { Comparison, Leaf } from './tree.ts';

/** A value before and now; null where it is unknown. */
export interface Reading {
  readonly before: number | null;
  readonly now: number | null;
  /** Where two signals are compared, and it is known: both. */
  readonly sides?: readonly (number | null)[];
}

/**
 * What a leaf looks at: its signal; where it compares two, their difference; for a move the change over its window and
 * for a trail the change since the extreme, in the unit of its amount; for missing data the silence in ms. `index` is
 * the leaf's place in `leavesOf`.
 */
export type Snapshot = (leaf: Leaf, index: number) => Reading;

/** Null where it is unknown. */
export type Truth = boolean | null;

/** Does the leaf hold between these two values? */
export function leafTruth(leaf: Leaf, { before, now }: Reading): Truth {
  if (now === null) return null;
  switch (leaf.kind) {
    case 'compare':
      return compares(now, leaf.op, numberOf(leaf.to));
    case 'range':
      return isInside(leaf, now) === (leaf.op === 'inside');
    case 'no-data':
      return now >= leaf.forMs;
    case 'trail':
    case 'move': {
      const isRise = now >= leaf.by.value;
      const isFall = now <= -leaf.by.value;
      return leaf.direction === 'rise' ? isRise : leaf.direction === 'fall' ? isFall : isRise || isFall;
    }
    case 'cross': {
      if (before === null) return null;
      const level = numberOf(leaf.to);
      const isUp = before < level && level <= now;
      const isDown = before > level && level >= now;
      return leaf.direction === 'above' ? isUp : leaf.direction === 'below' ? isDown : isUp || isDown;
    }
    case 'channel': {
      if (before === null) return null;
      const isEntering = leaf.op === 'enters';
      return isInside(leaf, before) !== isEntering && isInside(leaf, now) === isEntering;
    }
  }
}

export function compares(value: number, op: Comparison, level: number): boolean {
  switch (op) {
    case '>':
      return value > level;
    case '>=':
      return value >= level;
    case '<':
      return value < level;
    case '<=':
      return value <= level;
  }
}

export function isInside(range: Extract<Leaf, { kind: 'range' | 'channel' }>, value: number): boolean {
  return range.low.value <= value && value <= range.high.value;
}
