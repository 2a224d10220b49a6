/**
 * Which forms of the language a condition uses, each with the part of the tree that is of it.
 */

import type { Form } from './availability.ts';
import { isLevel, partsOf, signalsOf } from './leaves.ts';
import type { Condition, Leaf, Signal } from './tree.ts';

/** Tells of every part that is more than a plain price, volume or change, in the order of the text. */
export function eachForm(condition: Condition, found: (form: Form, part: object) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const part of condition.of) eachForm(part, found);
      return;
    case 'not':
      eachForm(condition.of, found);
      return;
    case 'then':
      found('then', condition);
      eachForm(condition.first, found);
      eachForm(condition.second, found);
      return;
    case 'confirmed':
      eachForm(condition.of, found);
      found(`hold-${condition.by.kind}`, condition.by);
      return;
    default:
      inLeaf(condition, found);
  }
}

function inLeaf(leaf: Leaf, found: (form: Form, part: object) => void): void {
  if (leaf.kind === 'no-data' || leaf.kind === 'trail') found(leaf.kind, leaf);
  for (const signal of signalsOf(leaf)) inSignal(signal, found);
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to)) found('signal-to-signal', leaf.to);
}

function inSignal(signal: Signal, found: (form: Form, part: object) => void): void {
  switch (signal.kind) {
    case 'price':
    case 'volume':
    case 'change':
    case 'abs':
      break;
    case 'indicator':
      found(`indicator ${signal.name}`, signal);
      break;
    default:
      found(signal.kind, signal);
  }
  for (const part of partsOf(signal)) inSignal(part, found);
}
