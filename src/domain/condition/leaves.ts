/**
 * The leaves and signals of a condition, in the order of its text, and what can be said of one by itself.
 */
import type { Condition, Leaf, Level, Operand, Signal } from './tree.ts';

export function leavesOf(condition: Condition): readonly Leaf[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.flatMap(leavesOf);
    case 'not':
    case 'confirmed':
      return leavesOf(condition.of);
    case 'then':
      return [...leavesOf(condition.first), ...leavesOf(condition.second)];
    default:
      return [condition];
  }
}

/** An event is true only at the tick at which it happens; everything else is a state. */
export function isEvent(leaf: Leaf): boolean {
  return leaf.kind === 'cross' || leaf.kind === 'channel';
}

/** One thing after another happens as a whole, also where both are states. */
export function hasEvent(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.some(hasEvent);
    case 'not':
    case 'confirmed':
      return hasEvent(condition.of);
    case 'then':
      return true;
    default:
      return isEvent(condition);
  }
}

export function isLevel(operand: Operand): operand is Level {
  return operand.kind === 'number';
}

/**
 * What a comparison or crossing is judged against. Between two signals it is their difference that is judged, against 0.
 */
export function numberOf(to: Operand): number {
  return isLevel(to) ? to.value : 0;
}

/** The signals that a leaf names: one, two, or none where it watches the ticks themselves. */
export function signalsOf(leaf: Leaf): readonly Signal[] {
  if (leaf.kind === 'no-data') return [];
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to)) return [leaf.signal, leaf.to];
  return [leaf.signal];
}

/** The signals that a signal is computed from. */
export function partsOf(signal: Signal): readonly Signal[] {
  switch (signal.kind) {
    case 'abs':
    case 'average':
    case 'other':
      return [signal.of];
    case 'arithmetic':
      return [signal.left, signal.right].filter((side) => !isLevel(side));
    default:
      return [];
  }
}

/** Every window that must be filled before all leaves are known, in ms, each once, rising. */
export function windowsOf(condition: Condition): readonly number[] {
  const windows = new Set<number>();
  const walk = (signal: Signal): void => {
    if (signal.kind === 'change') windows.add(signal.windowMs);
    for (const part of partsOf(signal)) walk(part);
  };
  for (const leaf of leavesOf(condition)) {
    if (leaf.kind === 'move') windows.add(leaf.windowMs);
    for (const signal of signalsOf(leaf)) walk(signal);
  }
  return [...windows].sort((a, b) => a - b);
}
