/**
 * Writes a condition in its one canonical text. `parseCondition` of it gives the same tree back.
 */
import { printDuration } from '../time/duration.ts';
import { isLevel } from './leaves.ts';
import { printNumber } from './number-text.ts';
import type { Condition, Confirmation, Leaf, Level, Operand, Signal } from './tree.ts';

export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'confirmed':
      return `${printCondition(condition.of)} ${printConfirmation(condition.by)}`;
    case 'then': {
      const second = within(condition.second, condition.second.kind === 'then');
      return `${printCondition(condition.first)} then ${second} within ${printDuration(condition.withinMs)}`;
    }
    case 'or':
      return condition.of.map((part) => within(part, part.kind === 'then')).join(' or ');
    case 'and':
      return condition.of.map((part) => within(part, part.kind === 'then' || part.kind === 'or')).join(' and ');
    case 'not':
      return `not ${within(condition.of, ['then', 'or', 'and'].includes(condition.of.kind))}`;
    default:
      return printLeaf(condition);
  }
}

function within(part: Condition, isLooser: boolean): string {
  return isLooser ? `(${printCondition(part)})` : printCondition(part);
}

export function printConfirmation(by: Confirmation): string {
  switch (by.kind) {
    case 'time':
      return `for ${printDuration(by.ms)}`;
    case 'ticks':
      return `for ${by.count} ticks`;
    case 'close':
      return `at close of ${printDuration(by.barMs)}`;
  }
}

export function printLeaf(leaf: Leaf): string {
  if (leaf.kind === 'no-data') return `no data for ${printDuration(leaf.forMs)}`;
  const signal = printSignal(leaf.signal);
  switch (leaf.kind) {
    case 'compare':
    case 'cross':
      return `${printOpening(leaf)} ${printOperand(leaf.to)}`;
    case 'range':
    case 'channel':
      return `${signal} ${leaf.op} ${printLevel(leaf.low)}..${printLevel(leaf.high)}`;
    case 'move': {
      const verb = { any: 'moves', rise: 'rises', fall: 'falls' }[leaf.direction];
      return `${signal} ${verb} ${printLevel(leaf.by)} in ${printDuration(leaf.windowMs)}`;
    }
    case 'trail': {
      const how = leaf.direction === 'fall' ? ['falls', 'high'] : ['rises', 'low'];
      return `${signal} ${how[0]} ${printLevel(leaf.by)} from ${how[1]}`;
    }
  }
}

/** All but what it is compared with. */
export function printOpening(leaf: Extract<Leaf, { readonly kind: 'compare' | 'cross' }>): string {
  const signal = printSignal(leaf.signal);
  if (leaf.kind === 'compare') return `${signal} ${leaf.op}`;
  return leaf.direction === 'either' ? `${signal} crosses` : `${signal} crosses ${leaf.direction}`;
}

export function printOperand(operand: Operand): string {
  return isLevel(operand) ? printLevel(operand) : printSignal(operand);
}

export function printSignal(signal: Signal): string {
  return printOf(signal, []);
}

/** `first`: the arguments that come before the signal's own, an instrument's symbol. */
function printOf(signal: Signal, first: readonly string[]): string {
  const call = (name: string, ...own: readonly (string | number)[]): string => {
    const all = [...first, ...own];
    return all.length === 0 ? name : `${name}(${all.join(', ')})`;
  };
  switch (signal.kind) {
    case 'price':
    case 'volume':
      return call(signal.kind);
    case 'change':
      return call('change', printDuration(signal.windowMs));
    case 'bar-volume':
      return call('volume', printDuration(signal.barMs));
    case 'extreme':
      return call(signal.of, signal.windowMs === null ? 'all' : printDuration(signal.windowMs));
    case 'day':
      return call(signal.of);
    case 'since':
      return call('change', signal.of);
    case 'indicator': {
      const output = signal.output === null ? '' : `.${signal.output}`;
      return `${call(signal.name, ...signal.parameters.map(printNumber), printDuration(signal.barMs))}${output}`;
    }
    case 'average':
      return `average(${printSignal(signal.of)}, ${signal.count})`;
    case 'other':
      return printOf(signal.of, [signal.symbol]);
    case 'abs':
      return `abs(${printSignal(signal.of)})`;
    case 'arithmetic': {
      const left = printSide(signal.left, BINDING[signal.op]);
      return `${left} ${signal.op} ${printSide(signal.right, BINDING[signal.op] + 1)}`;
    }
  }
}

const BINDING = { '+': 1, '-': 1, '*': 2, '/': 2 } as const;

/** In parentheses where it binds less than `atLeast`. */
function printSide(side: Operand, atLeast: number): string {
  const text = printOperand(side);
  return side.kind === 'arithmetic' && BINDING[side.op] < atLeast ? `(${text})` : text;
}

export function printLevel(level: Level): string {
  return `${printNumber(level.value)}${level.unit === 'percent' ? '%' : ''}`;
}
