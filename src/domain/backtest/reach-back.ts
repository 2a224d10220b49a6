/**
 * How far back a condition looks, and how finely: what a history must have before it can be tried on it.
 */
import { leavesOf, partsOf, signalsOf } from '../condition/leaves.ts';
import { needsOf } from '../condition/needs.ts';
import type { Condition, Signal } from '../condition/tree.ts';
import type { CalendarId } from '../market/instrument.ts';
import { BAR_MS } from '../signal/bar/bar.ts';

const DAY_MS = 86_400_000;
/** Bars: once to be known, once more so that what it began with is mostly forgotten. */
const ROUNDS = 2;
/** An exchange is open for longer than this on any day but a half one; over-long is only slow. */
const LEAST_OPEN_MS = 21_600_000;
/** Around New Year an exchange may be closed for this long. */
const LONGEST_REST_MS = 5 * DAY_MS;

/** How long before a moment bars are of use for what the condition is then; Infinity where all are. */
export function reachBackMs(condition: Condition, calendar: CalendarId): number {
  const windowOf = (ms: number): number => (calendar === '24/7' ? ms : ms + LONGEST_REST_MS);
  const reach = Math.max(
    0,
    ...needsOf(condition).map(({ bars, historyMs }) => {
      if (historyMs === null) return Number.POSITIVE_INFINITY;
      return bars === null ? windowOf(historyMs) : spanOf(historyMs * ROUNDS, BAR_MS[bars.size], calendar);
    }),
  );
  // What moves has to be known when its window begins.
  const moves = leavesOf(condition).filter((leaf) => leaf.kind === 'move' && leaf.signal.kind !== 'price');
  return reach + Math.max(0, ...moves.map((leaf) => (leaf.kind === 'move' ? windowOf(leaf.windowMs) : 0)));
}

/** The shortest window or bar it looks at; Infinity where it looks at prices alone. Longer bars cannot try it. */
export function finestMs(condition: Condition): number {
  const lengths = needsOf(condition).map(({ bars, historyMs }) => (bars === null ? historyMs : BAR_MS[bars.size]));
  const volumes = leavesOf(condition).flatMap(signalsOf).flatMap(barVolumesIn);
  return Math.min(
    ...lengths.map((length) => length ?? Number.POSITIVE_INFINITY),
    ...volumes,
    ...durationsIn(condition),
  );
}

/** How long something must last or may take. */
function durationsIn(condition: Condition): readonly number[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.flatMap(durationsIn);
    case 'not':
      return durationsIn(condition.of);
    case 'then':
      return [condition.withinMs, ...durationsIn(condition.first), ...durationsIn(condition.second)];
    case 'confirmed': {
      const { by } = condition;
      const own = by.kind === 'time' ? [by.ms] : by.kind === 'close' ? [by.barMs] : [];
      return [...own, ...durationsIn(condition.of)];
    }
    case 'no-data':
      return [condition.forMs];
    default:
      return [];
  }
}

function barVolumesIn(signal: Signal): readonly number[] {
  return signal.kind === 'bar-volume' ? [signal.barMs] : partsOf(signal).flatMap(barVolumesIn);
}

/** A stretch of time with so much trading in it, in bars of this length. */
function spanOf(openMs: number, barMs: number, calendar: CalendarId): number {
  if (calendar === '24/7') return openMs;
  const days = Math.ceil(openMs / (barMs < DAY_MS ? LEAST_OPEN_MS : DAY_MS));
  return Math.ceil((days * 7) / 5) * DAY_MS + LONGEST_REST_MS;
}
