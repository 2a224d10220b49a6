/**
 * When a condition is true, straight from the text: part of the evaluator by brute force.
 */
import type { Hysteresis } from '#domain/alert/alert.ts';
import type { Condition, Leaf, Operand } from '#domain/condition/tree.ts';
import { unitOfSignal } from '#domain/condition/units.ts';

export type Known = number | null;

/** The values a condition is judged on: those of the last tick, and those before it where a tick has just come. */
export interface Sight {
  readonly now: (leaf: Leaf) => Known;
  readonly before: ((leaf: Leaf) => Known) | null;
  readonly eventsCount: boolean;
  /** While it is being confirmed: events that have happened, with the value before. */
  readonly happened?: ReadonlyMap<Condition, number>;
  /** One thing after another, of which the second has come now. */
  readonly follows?: ReadonlySet<Condition>;
}

/** True, false, or null for unknown. */
export function truth(condition: Condition, sight: Sight): boolean | null {
  switch (condition.kind) {
    case 'and': {
      const parts = condition.of.map((part) => truth(part, sight));
      return parts.includes(false) ? false : parts.includes(null) ? null : true;
    }
    case 'or': {
      const parts = condition.of.map((part) => truth(part, sight));
      return parts.includes(true) ? true : parts.includes(null) ? null : false;
    }
    case 'not': {
      const inner = truth(condition.of, sight);
      return inner === null ? null : !inner;
    }
    case 'confirmed':
      return truth(condition.of, sight);
    case 'then':
      if (sight.happened === undefined) return sight.follows?.has(condition) === true;
      return sight.happened.has(condition) && truth(condition.second, sight);
    case 'cross':
    case 'channel':
      if (sight.happened !== undefined) {
        const from = sight.happened.get(condition);
        return from === undefined ? false : isKept(condition, from, sight.now(condition));
      }
      return sight.eventsCount ? happens(condition, sight.before?.(condition) ?? null, sight.now(condition)) : false;
    default:
      return holds(condition, sight.now(condition));
  }
}

/** An event that happened on the way from `from` has not been undone. */
function isKept(leaf: Extract<Leaf, { kind: 'cross' | 'channel' }>, from: number, now: Known): boolean | null {
  if (now === null) return null;
  if (leaf.kind === 'cross') return from < levelOf(leaf.to) ? now >= levelOf(leaf.to) : now <= levelOf(leaf.to);
  return (leaf.low.value <= now && now <= leaf.high.value) === (leaf.op === 'enters');
}

function happens(leaf: Extract<Leaf, { kind: 'cross' | 'channel' }>, before: Known, now: Known): boolean | null {
  if (before === null || now === null) return null;
  if (leaf.kind === 'cross') {
    const level = levelOf(leaf.to);
    const up = before < level && level <= now;
    const down = before > level && level >= now;
    return leaf.direction === 'above' ? up : leaf.direction === 'below' ? down : up || down;
  }
  const inside = (value: number): boolean => leaf.low.value <= value && value <= leaf.high.value;
  return leaf.op === 'enters' ? !inside(before) && inside(now) : inside(before) && !inside(now);
}

function holds(leaf: Exclude<Leaf, { kind: 'cross' | 'channel' }>, now: Known): boolean | null {
  if (now === null) return null;
  if (leaf.kind === 'compare') {
    const level = levelOf(leaf.to);
    return { '>': now > level, '>=': now >= level, '<': now < level, '<=': now <= level }[leaf.op];
  }
  if (leaf.kind === 'range') return (leaf.low.value <= now && now <= leaf.high.value) === (leaf.op === 'inside');
  if (leaf.kind === 'no-data') return now >= leaf.forMs;
  const by = leaf.by.value;
  return { any: Math.abs(now) >= by, rise: now >= by, fall: now <= -by }[leaf.direction];
}

/** Two signals are judged by how far one is above the other. */
function levelOf(to: Operand): number {
  return to.kind === 'number' ? to.value : 0;
}

/** Whether it still counts as true (under an odd number of `not`s: as false) until it has gone back by `rearm`. */
export function lingers(condition: Condition, sight: Sight, rearm: Hysteresis, wanted: boolean): boolean | null {
  if (condition.kind === 'confirmed') return lingers(condition.of, sight, rearm, wanted);
  if (condition.kind === 'then') return false;
  if (condition.kind === 'not') return lingers(condition.of, sight, rearm, !wanted);
  if (condition.kind === 'and' || condition.kind === 'or') {
    const parts = condition.of.map((part) => lingers(part, sight, rearm, wanted));
    const decides = (condition.kind === 'or') === wanted;
    return parts.includes(decides) ? decides : parts.includes(null) ? null : !decides;
  }
  if (condition.kind !== 'compare' && condition.kind !== 'range' && !isEvent(condition)) {
    const now = truth(condition, sight);
    return now === null ? null : now === wanted;
  }
  const value = sight.now(condition);
  if (value === null) return null;
  const { signal } = condition;
  const inPercent = unitOfSignal(signal) === 'percent';
  const by = (level: number): number =>
    rearm.unit === 'percent' && !inPercent ? (Math.abs(level) * rearm.value) / 100 : rearm.value;
  if (condition.kind === 'range' || condition.kind === 'channel') {
    const { low, high } = { low: condition.low.value, high: condition.high.value };
    if ((condition.op === 'inside' || condition.op === 'enters') === wanted)
      return (low <= value || low - by(low) < value) && (value <= high || value < high + by(high));
    const quarter = (high - low) / 4;
    return value < low + Math.min(by(low), quarter) || value > high - Math.min(by(high), quarter);
  }
  const level = levelOf(condition.to);
  const isAboveBack = value >= level || value > level - by(level);
  const isBelowBack = value <= level || value < level + by(level);
  if (condition.kind === 'compare') return condition.op.startsWith('>') === wanted ? isAboveBack : isBelowBack;
  return { above: isAboveBack, below: isBelowBack, either: isAboveBack && isBelowBack }[condition.direction];
}

export function isEvent(leaf: Condition): leaf is Extract<Leaf, { kind: 'cross' | 'channel' }> {
  return leaf.kind === 'cross' || leaf.kind === 'channel';
}

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

/** Every one thing after another in a condition, those within another one before it. */
export function thensOf(condition: Condition): readonly Extract<Condition, { kind: 'then' }>[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.flatMap(thensOf);
    case 'not':
    case 'confirmed':
      return thensOf(condition.of);
    case 'then':
      return [...thensOf(condition.first), ...thensOf(condition.second), condition];
    default:
      return [];
  }
}
