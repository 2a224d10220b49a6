/**
 * What signals count in, so that a price is never compared with a volume, and when a bare number means percent.
 */
import { indicatorEntry } from '../signal/indicator/catalogue.ts';
import { isLevel } from './leaves.ts';
import type { Operand, Signal, Unit } from './tree.ts';

/** `plain` are pure numbers: an index such as the RSI, a ratio of two prices. `mixed` is a product of two others. */
export type Dimension = 'price' | 'volume' | 'percent' | 'plain' | 'mixed';

export function dimensionOf(signal: Signal): Dimension {
  switch (signal.kind) {
    case 'price':
    case 'extreme':
      return 'price';
    case 'volume':
    case 'bar-volume':
      return 'volume';
    case 'change':
    case 'since':
      return 'percent';
    case 'day':
      return signal.of === 'gap' ? 'percent' : 'price';
    case 'indicator': {
      const outputs = indicatorEntry(signal.name)?.outputs ?? [];
      const unit = outputs.find(({ name }) => name === (signal.output ?? outputs[0]?.name))?.unit ?? 'none';
      return unit === 'none' ? 'plain' : unit;
    }
    case 'abs':
    case 'average':
    case 'other':
      return dimensionOf(signal.of);
    case 'arithmetic':
      return calculated(signal.op, sideOf(signal.left), sideOf(signal.right));
  }
}

/** Null for a bare number, which counts in whatever it meets. */
function sideOf(side: Operand): Dimension | null {
  return isLevel(side) ? (side.unit === 'percent' ? 'percent' : null) : dimensionOf(side);
}

function calculated(op: '+' | '-' | '*' | '/', left: Dimension | null, right: Dimension | null): Dimension {
  if (op === '+' || op === '-') return left ?? right ?? 'plain';
  if (op === '/' && left === right) return 'plain';
  if (right === null || right === 'plain') return left ?? 'mixed';
  if (op === '*' && (left === null || left === 'plain')) return right;
  return 'mixed';
}

/** What a bare number beside the signal is: percent beside a change, else an amount in the signal's own unit. */
export function unitOfSignal(signal: Signal): Unit {
  return dimensionOf(signal) === 'percent' ? 'percent' : 'amount';
}
