/**
 * Can the condition ever hold, and can it ever not? Sound, not complete: `unreachable` and `always` are proofs (for
 * prices above zero, once every signal is known), `possible` only means that none was found.
 *
 * For every signal it keeps the set of values that a part of the condition leaves open: `and` narrows it, `or` widens
 * it. A part that leaves a signal no value can never hold; one whose opposite can never hold always does.
 */
import {
  ALL,
  above,
  atLeast,
  atMost,
  below,
  between,
  intersect,
  mirrored,
  type NumberSet,
  outside,
  union,
} from './intervals.ts';
import { hasEvent, isLevel, numberOf } from './leaves.ts';
import { differenceWords, isAlwaysPositive, natureOf, natureOfDifference, natureWords } from './nature.ts';
import { printCondition, printSignal } from './printer.ts';
import type { Comparison, Condition, Leaf, Level, Signal } from './tree.ts';

export type Reach =
  | { readonly verdict: 'possible'; readonly reason: null }
  | { readonly verdict: 'unreachable' | 'always'; readonly reason: string };

export function reachOf(condition: Condition): Reach {
  if (openTo(condition, true) === null)
    return { verdict: 'unreachable', reason: `This can never happen: ${causeOf(condition)}.` };
  if (!hasEvent(condition) && openTo(condition, false) === null)
    return { verdict: 'always', reason: `This is always true: ${alwaysCause(condition)}.` };
  return { verdict: 'possible', reason: null };
}

/** Values by what is measured (`now price`); a signal that is not in it may be anything. Null: nothing is left. */
type Open = ReadonlyMap<string, NumberSet> | null;

const FREE: Open = new Map();

/** What is open where `condition` is `wanted`. */
function openTo(condition: Condition, wanted: boolean): Open {
  switch (condition.kind) {
    case 'not':
      return openTo(condition.of, !wanted);
    case 'confirmed':
      return openTo(condition.of, wanted);
    case 'then': {
      // The two need not hold at one moment, but each at some.
      const isPossible = openTo(condition.first, true) !== null && openTo(condition.second, true) !== null;
      return isPossible || !wanted ? FREE : null;
    }
    case 'and':
    case 'or': {
      const parts = condition.of.map((part) => openTo(part, wanted));
      return (condition.kind === 'and') === wanted ? parts.reduce(both) : parts.reduce(either);
    }
    default:
      return openToLeaf(condition, wanted);
  }
}

function both(a: Open, b: Open): Open {
  if (a === null || b === null) return null;
  const open = new Map(a);
  for (const [measure, set] of b) {
    const met = intersect(open.get(measure) ?? ALL, set);
    if (met.length === 0) return null;
    open.set(measure, met);
  }
  return open;
}

function either(a: Open, b: Open): Open {
  if (a === null) return b;
  if (b === null) return a;
  const open = new Map<string, NumberSet>();
  for (const [measure, set] of a) {
    const other = b.get(measure);
    if (other) open.set(measure, union(set, other));
  }
  return open;
}

function openToLeaf(leaf: Leaf, wanted: boolean): Open {
  if (leaf.kind === 'no-data') return FREE;
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to))
    return openToLeaf({ ...leaf, signal: differenceOf(leaf.signal, leaf.to), to: ZERO }, wanted);
  const now = (set: NumberSet): Open => only('now', leaf.signal, set);
  const step = (before: NumberSet, after: NumberSet): Open => both(only('before', leaf.signal, before), now(after));
  switch (leaf.kind) {
    case 'compare':
      return now(compared(wanted ? leaf.op : OPPOSITE[leaf.op], numberOf(leaf.to)));
    case 'range': {
      const inside = (leaf.op === 'inside') === wanted;
      return now((inside ? between : outside)(leaf.low.value, leaf.high.value));
    }
    case 'move': {
      if (!isAlwaysPositive(leaf.signal)) return FREE;
      const { value, unit } = leaf.by;
      const rise = (wanted ? atLeast : below)(value);
      const fall = (wanted ? atMost : above)(-value);
      const set = leaf.direction === 'rise' ? rise : leaf.direction === 'fall' ? fall : null;
      const limits = unit === 'percent' ? above(-100) : ALL;
      const any = wanted ? [...rise, ...fall] : intersect(rise, fall);
      const open = intersect(set ?? any, limits);
      return open.length === 0 ? null : new Map([[`${printSignal(leaf.signal)} ${unit} in ${leaf.windowMs}`, open]]);
    }
    case 'trail': {
      if (leaf.by.unit !== 'percent' || leaf.direction === 'rise' || !isAlwaysPositive(leaf.signal)) return FREE;
      return wanted && leaf.by.value >= 100 ? null : FREE;
    }
    case 'cross': {
      if (!wanted) return FREE;
      const level = numberOf(leaf.to);
      const up = (): Open => step(below(level), atLeast(level));
      const down = (): Open => step(above(level), atMost(level));
      return leaf.direction === 'above' ? up() : leaf.direction === 'below' ? down() : either(up(), down());
    }
    case 'channel': {
      if (!wanted) return FREE;
      const inside = between(leaf.low.value, leaf.high.value);
      const out = outside(leaf.low.value, leaf.high.value);
      return leaf.op === 'enters' ? step(out, inside) : step(inside, out);
    }
  }
}

const ZERO: Level = { kind: 'number', value: 0, unit: 'amount' };

/** Of two signals their difference is judged. */
function differenceOf(left: Signal, right: Signal): Signal {
  return { kind: 'arithmetic', op: '-', left, right };
}

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = { '>': '<=', '>=': '<', '<': '>=', '<=': '>' };

function compared(op: Comparison, level: number): NumberSet {
  return { '>': above, '>=': atLeast, '<': below, '<=': atMost }[op](level);
}

/** `signal` in `set`, as far as its nature allows; an absolute value is a statement about the signal inside. */
function only(when: 'before' | 'now', signal: Signal, set: NumberSet): Open {
  if (signal.kind === 'abs') return only(when, signal.of, mirrored(intersect(set, atLeast(0))));
  const open = intersect(set, signal.kind === 'arithmetic' ? natureOfDifference(signal) : natureOf(signal));
  return open.length === 0 ? null : new Map([[`${when} ${printSignal(signal)}`, open]]);
}

/** The smallest part of the condition that alone makes it impossible, in words. */
function causeOf(condition: Condition): string {
  if (condition.kind === 'or') return condition.of.map(causeOf).join(', and ');
  if (condition.kind === 'not') return `"${printCondition(condition)}" fails for every value`;
  if (condition.kind === 'confirmed') return causeOf(condition.of);
  if (condition.kind === 'then')
    return causeOf(openTo(condition.first, true) === null ? condition.first : condition.second);
  if (condition.kind !== 'and') return natureText(condition);
  const alone = condition.of.find((part) => openTo(part, true) === null);
  if (alone) return causeOf(alone);
  for (const [index, one] of condition.of.entries()) {
    const other = condition.of.slice(0, index).find((part) => both(openTo(part, true), openTo(one, true)) === null);
    if (other) return `"${printCondition(other)}" and "${printCondition(one)}" exclude each other`;
  }
  return 'its parts exclude each other';
}

function alwaysCause(condition: Condition): string {
  switch (condition.kind) {
    case 'confirmed':
      return alwaysCause(condition.of);
    case 'and':
    case 'or':
    case 'not':
    case 'then':
      return 'every value satisfies it';
    default:
      return natureText(condition);
  }
}

function natureText(leaf: Leaf): string {
  if (leaf.kind === 'move' || leaf.kind === 'trail' || leaf.kind === 'no-data') return 'nothing falls by 100% or more';
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to))
    return differenceWords(leaf.signal, leaf.to);
  return natureWords(leaf.signal);
}
