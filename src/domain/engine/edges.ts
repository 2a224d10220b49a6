/**
 * Where on its signal a leaf turns: the levels that must be watched so that no turn is missed. A level `key` has two
 * sides, below it and at or above it; "more than L" begins at the next double after L.
 */
import { firstDouble, nextUp } from '../signal/double.ts';
import type { ShapeLeaf } from './shape.ts';

/** One level to watch: `rising` where the turn comes from below. */
export type FoundEdge = (rising: boolean, key: number) => void;

/**
 * The edges over which the leaf may turn true (or false), on its own signal. An event turns false by itself, without
 * an edge.
 */
export function edgesOf(leaf: ShapeLeaf, toTrue: boolean, first: number, second: number, found: FoundEdge): void {
  const shape = leaf.leaf;
  if (leaf.isEvent && !toTrue) return;
  switch (shape.kind) {
    case 'compare': {
      // `>` and `<=` turn just after their level, `>` and `>=` come true on the way up.
      const turnsAfter = shape.op === '>' || shape.op === '<=';
      const isUpward = shape.op === '>' || shape.op === '>=';
      found(isUpward === toTrue, turnsAfter ? nextUp(first) : first);
      return;
    }
    case 'cross':
      if (shape.direction !== 'below') found(true, first);
      if (shape.direction !== 'above') found(false, nextUp(first));
      return;
    case 'range':
    case 'channel': {
      const inward = toTrue === (shape.op === 'inside' || shape.op === 'enters');
      found(inward, first);
      found(!inward, nextUp(second));
      return;
    }
    case 'no-data':
      found(toTrue, first);
      return;
    case 'trail':
      if (leaf.leaf.kind === 'trail' && leaf.leaf.direction === 'rise') found(toTrue, first);
      else found(!toTrue, nextUp(-first));
      return;
    case 'move':
      if (shape.direction !== 'fall') found(toTrue, first);
      if (shape.direction !== 'rise') found(!toTrue, nextUp(-first));
  }
}

/**
 * The same for a move that is measured from `anchor`, on the signal that moves. Found by search, so that it agrees to
 * the last bit with the formula of the change.
 */
export function anchoredEdgesOf(leaf: ShapeLeaf, toTrue: boolean, by: number, anchor: number, found: FoundEdge): void {
  const shape = leaf.leaf;
  if (shape.kind !== 'move') throw new Error('only a move has an anchor');
  const percent = shape.by.unit === 'percent';
  if (percent && !(anchor > 0)) return;
  const change = (value: number): number => (percent ? 100 * (value / anchor - 1) : value - anchor);
  if (shape.direction !== 'fall') {
    const key = firstDouble((value) => change(value) >= by);
    if (Number.isFinite(key)) found(toTrue, key);
  }
  if (shape.direction !== 'rise')
    found(
      !toTrue,
      firstDouble((value) => change(value) > -by),
    );
}
