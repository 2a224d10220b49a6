/**
 * Which forms of the language a condition uses, each with the part of the tree that is of it.
 */
import type { Form } from './availability.ts';
import { otherSignalsOf } from './elsewhere.ts';
import { isLevel, partsOf, signalsOf } from './leaves.ts';
import type { Condition, Leaf, Signal } from './tree.ts';

/** Tells of every part that is more than a plain price, volume or change, in the order of the text. */
export function eachForm(condition: Condition, found: (form: Form, part: object) => void): void {
  inCondition(condition, found);
  if (hasThen(condition) && otherSignalsOf(condition).length > 0) found('then-other', condition);
}

function hasThen(condition: Condition): boolean {
  if (condition.kind === 'and' || condition.kind === 'or') return condition.of.some(hasThen);
  if (condition.kind === 'not' || condition.kind === 'confirmed') return hasThen(condition.of);
  return condition.kind === 'then';
}

function inCondition(condition: Condition, found: (form: Form, part: object) => void): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const part of condition.of) inCondition(part, found);
      return;
    case 'not':
      inCondition(condition.of, found);
      return;
    case 'then':
      found('then', condition);
      inCondition(condition.first, found);
      inCondition(condition.second, found);
      return;
    case 'confirmed':
      inCondition(condition.of, found);
      found(`hold-${condition.by.kind}`, condition.by);
      if (otherSignalsOf(condition).length > 0) found('hold-other', condition.by);
      return;
    default:
      inLeaf(condition, found);
  }
}

function inLeaf(leaf: Leaf, found: (form: Form, part: object) => void): void {
  if (leaf.kind === 'no-data' || leaf.kind === 'trail') found(leaf.kind, leaf);
  for (const signal of signalsOf(leaf)) inSignal(signal, found);
  if (leaf.kind === 'move' && leaf.signal.kind !== 'price' && leaf.signal.kind !== 'volume') found('move-of', leaf);
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
