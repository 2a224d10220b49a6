/** Which forms of the language a condition uses. */
import { isLevel, partsOf, signalsOf } from '#domain/condition/leaves.ts';
import type { Condition, Leaf, Signal } from '#domain/condition/tree.ts';

/** What a part of a condition is. Indicators are named each by itself. */
export type Form =
  | 'arithmetic'
  | 'average'
  | 'bar-volume'
  | 'day'
  | 'extreme'
  | 'hold-close'
  | 'hold-ticks'
  | 'hold-time'
  | 'no-data'
  | 'other'
  | 'signal-to-signal'
  | 'since'
  | 'then'
  | 'trail'
  | `indicator ${string}`;

/** Tells of every part that is more than a plain price, volume or change, in the order of the text. */
export function eachForm(condition: Condition, found: (form: Form) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const part of condition.of) eachForm(part, found);
      return;
    case 'not':
      eachForm(condition.of, found);
      return;
    case 'then':
      found('then');
      eachForm(condition.first, found);
      eachForm(condition.second, found);
      return;
    case 'confirmed':
      eachForm(condition.of, found);
      found(`hold-${condition.by.kind}`);
      return;
    default:
      inLeaf(condition, found);
  }
}

function inLeaf(leaf: Leaf, found: (form: Form) => void): void {
  if (leaf.kind === 'no-data' || leaf.kind === 'trail') found(leaf.kind);
  for (const signal of signalsOf(leaf)) inSignal(signal, found);
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to)) found('signal-to-signal');
}

function inSignal(signal: Signal, found: (form: Form) => void): void {
  switch (signal.kind) {
    case 'price':
    case 'volume':
    case 'change':
    case 'abs':
      break;
    case 'indicator':
      found(`indicator ${signal.name}`);
      break;
    default:
      found(signal.kind);
  }
  for (const part of partsOf(signal)) inSignal(part, found);
}
