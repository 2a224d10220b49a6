/**
 * Writes a condition in its one canonical text. `parseCondition` of it gives the same tree back.
 */
import { printDuration } from '../time/duration.ts';
import { printNumber } from './number-text.ts';
import type { Condition, Leaf, Level, Signal } from './tree.ts';

export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'or':
      return condition.of.map(printCondition).join(' or ');
    case 'and':
      return condition.of.map((part) => within(part, part.kind === 'or')).join(' and ');
    case 'not':
      return `not ${within(condition.of, condition.of.kind === 'or' || condition.of.kind === 'and')}`;
    default:
      return printLeaf(condition);
  }
}

function within(part: Condition, isLooser: boolean): string {
  return isLooser ? `(${printCondition(part)})` : printCondition(part);
}

export function printLeaf(leaf: Leaf): string {
  const signal = printSignal(leaf.signal);
  switch (leaf.kind) {
    case 'compare':
      return `${signal} ${leaf.op} ${printLevel(leaf.to)}`;
    case 'range':
    case 'channel':
      return `${signal} ${leaf.op} ${printLevel(leaf.low)}..${printLevel(leaf.high)}`;
    case 'cross':
      return `${signal} crosses ${leaf.direction === 'either' ? '' : `${leaf.direction} `}${printLevel(leaf.to)}`;
    case 'move': {
      const verb = { any: 'moves', rise: 'rises', fall: 'falls' }[leaf.direction];
      return `${signal} ${verb} ${printLevel(leaf.by)} in ${printDuration(leaf.windowMs)}`;
    }
  }
}

export function printSignal(signal: Signal): string {
  switch (signal.kind) {
    case 'change':
      return `change(${printDuration(signal.windowMs)})`;
    case 'abs':
      return `abs(${printSignal(signal.of)})`;
    default:
      return signal.kind;
  }
}

export function printLevel(level: Level): string {
  return `${printNumber(level.value)}${level.unit === 'percent' ? '%' : ''}`;
}
