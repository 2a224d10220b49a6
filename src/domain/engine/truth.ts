/**
 * Three-valued truth: a condition on something unknown is neither true nor false.
 */
import type { RunLeaf, ShapeLeaf, ShapeNode, ThenNode } from './shape.ts';

/** In this order, so that `and` is the smallest, `or` the largest. */
export const FALSE = 0;
export const UNKNOWN = 1;
export const TRUE = 2;
export type Truth = typeof FALSE | typeof UNKNOWN | typeof TRUE;

/** One thing after another happens, or it does not: by itself it never holds. */
const HAPPENS_NOT = (): Truth => FALSE;

export function truthOf(
  node: ShapeNode,
  ofLeaf: (leaf: ShapeLeaf) => Truth,
  ofThen: (then: ThenNode) => Truth = HAPPENS_NOT,
): Truth {
  switch (node.kind) {
    case 'leaf':
      return ofLeaf(node.leaf);
    case 'then':
      return ofThen(node);
    case 'not':
      return (TRUE - truthOf(node.of, ofLeaf, ofThen)) as Truth;
    case 'and': {
      let truth: Truth = TRUE;
      for (const part of node.of) truth = Math.min(truth, truthOf(part, ofLeaf, ofThen)) as Truth;
      return truth;
    }
    case 'or': {
      let truth: Truth = FALSE;
      for (const part of node.of) truth = Math.max(truth, truthOf(part, ofLeaf, ofThen)) as Truth;
      return truth;
    }
  }
}

/** Whether the leaf holds on the step from `before` to `now`; `first` and `second` are its numbers. */
export function truthOfLeaf(leaf: RunLeaf, before: number, now: number, first: number, second: number): Truth {
  if (Number.isNaN(now)) return UNKNOWN;
  switch (leaf.kind) {
    case 'compare':
      switch (leaf.op) {
        case '>':
          return asTruth(now > first);
        case '>=':
          return asTruth(now >= first);
        case '<':
          return asTruth(now < first);
        case '<=':
          return asTruth(now <= first);
      }
      break;
    case 'range':
      return asTruth(isInside(now, first, second) === (leaf.op === 'inside'));
    case 'cross': {
      if (Number.isNaN(before)) return UNKNOWN;
      const up = before < first && now >= first;
      const down = before > first && now <= first;
      return asTruth((up && leaf.direction !== 'below') || (down && leaf.direction !== 'above'));
    }
    case 'channel': {
      if (Number.isNaN(before)) return UNKNOWN;
      const entered = isInside(now, first, second);
      return asTruth(entered !== isInside(before, first, second) && entered === (leaf.op === 'enters'));
    }
    case 'no-data':
      return asTruth(now >= first);
    case 'trail':
      return asTruth(leaf.direction === 'rise' ? now >= first : now <= -first);
    case 'move':
      return asTruth((now >= first && leaf.direction !== 'fall') || (now <= -first && leaf.direction !== 'rise'));
  }
}

function isInside(value: number, low: number, high: number): boolean {
  return low <= value && value <= high;
}

function asTruth(holds: boolean): Truth {
  return holds ? TRUE : FALSE;
}
