/**
 * The one level a price has to touch for a condition to come true: of a single comparison, crossing or range of the
 * price. None where there are several ways, or where the condition is not about the price alone.
 */
import { isLevel, leavesOf } from '../condition/leaves.ts';
import type { Condition } from '../condition/tree.ts';

export function touchLevel(condition: Condition, price: number): number | undefined {
  const [leaf, ...more] = leavesOf(condition);
  if (leaf === undefined || leaf !== condition || more.length > 0) return undefined;
  if (leaf.kind === 'no-data' || leaf.signal.kind !== 'price') return undefined;
  switch (leaf.kind) {
    case 'compare': {
      if (!isLevel(leaf.to)) return undefined;
      const { value } = leaf.to;
      // What holds already has no level to touch.
      const isAhead = leaf.op === '>' || leaf.op === '>=' ? price < value : price > value;
      return isAhead ? value : undefined;
    }
    case 'cross':
      return isLevel(leaf.to) ? leaf.to.value : undefined;
    case 'range':
    case 'channel':
      if (leaf.op !== 'inside' && leaf.op !== 'enters') return undefined;
      if (price < leaf.low.value) return leaf.low.value;
      return price > leaf.high.value ? leaf.high.value : undefined;
    default:
      return undefined;
  }
}
