/**
 * The other instruments that a condition looks at: which, and the same condition with other names for them.
 */
import { isLevel, leavesOf, partsOf, signalsOf } from './leaves.ts';
import type { Condition, Leaf, Operand, Signal } from './tree.ts';

/** Every signal of another instrument, in the order of the text. */
export function otherSignalsOf(condition: Condition): readonly Extract<Signal, { readonly kind: 'other' }>[] {
  const within = (signal: Signal): readonly Extract<Signal, { readonly kind: 'other' }>[] =>
    signal.kind === 'other' ? [signal] : partsOf(signal).flatMap(within);
  return leavesOf(condition).flatMap(signalsOf).flatMap(within);
}

/** `named`: the symbol in place of one, or null where it is that of the alert's own instrument. */
export function withSymbols(condition: Condition, named: (symbol: string) => string | null): Condition {
  const inSignal = (signal: Signal): Signal => {
    switch (signal.kind) {
      case 'other': {
        const symbol = named(signal.symbol);
        return symbol === null ? signal.of : { ...signal, symbol };
      }
      case 'abs':
      case 'average':
        return { ...signal, of: inSignal(signal.of) };
      case 'arithmetic':
        return { ...signal, left: inOperand(signal.left), right: inOperand(signal.right) };
      default:
        return signal;
    }
  };
  const inOperand = (operand: Operand): Operand => (isLevel(operand) ? operand : inSignal(operand));
  const inLeaf = (leaf: Leaf): Leaf => {
    if (leaf.kind === 'no-data') return leaf;
    if (leaf.kind === 'compare' || leaf.kind === 'cross')
      return { ...leaf, signal: inSignal(leaf.signal), to: inOperand(leaf.to) };
    return { ...leaf, signal: inSignal(leaf.signal) };
  };
  const within = (part: Condition): Condition => {
    switch (part.kind) {
      case 'and':
      case 'or':
        return { ...part, of: part.of.map(within) };
      case 'not':
      case 'confirmed':
        return { ...part, of: within(part.of) };
      case 'then':
        return { ...part, first: within(part.first), second: within(part.second) };
      default:
        return inLeaf(part);
    }
  };
  return within(condition);
}
