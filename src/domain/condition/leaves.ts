/**
 * The leaves of a condition, in the order of its text, and what can be said of one by itself.
 */
import type { Condition, Leaf, Signal } from './tree.ts';

export function leavesOf(condition: Condition): readonly Leaf[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.flatMap(leavesOf);
    case 'not':
      return leavesOf(condition.of);
    default:
      return [condition];
  }
}

/** An event is true only at the tick at which it happens; everything else is a state. */
export function isEvent(leaf: Leaf): boolean {
  return leaf.kind === 'cross' || leaf.kind === 'channel';
}

export function hasEvent(condition: Condition): boolean {
  return leavesOf(condition).some(isEvent);
}

/** Every window that must be filled before all leaves are known, in ms, each once, rising. */
export function windowsOf(condition: Condition): readonly number[] {
  const windows = new Set<number>();
  for (const leaf of leavesOf(condition)) {
    if (leaf.kind === 'move') windows.add(leaf.windowMs);
    const windowMs = windowOf(leaf.signal);
    if (windowMs !== null) windows.add(windowMs);
  }
  return [...windows].sort((a, b) => a - b);
}

function windowOf(signal: Signal): number | null {
  if (signal.kind === 'abs') return windowOf(signal.of);
  return signal.kind === 'change' ? signal.windowMs : null;
}
