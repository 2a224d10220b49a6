/**
 * How far back a condition looks, and how finely: what a history must have before it can be tried on it.
 */
import { leavesOf, partsOf, signalsOf } from '../condition/leaves.ts';
import type { Condition, Signal } from '../condition/tree.ts';
import type { CalendarId } from '../market/instrument.ts';
import { BAR_MS, barSizeOf } from '../signal/bar/bar.ts';
import { indicatorEntry } from '../signal/indicator/catalogue.ts';

const DAY_MS = 86_400_000;
/** Once to be known, once more so that what it began with is mostly forgotten (averages that never forget all). */
const ROUNDS = 2;
/** An exchange is open for less than this in no day that has bars; over-long is only slow. */
const LEAST_OPEN_MS = 21_600_000;
/** Around New Year an exchange may be closed for this long. */
const LONGEST_REST_MS = 5 * DAY_MS;

/** How long before a moment bars are of use for what the condition is then. */
export function reachBackMs(condition: Condition, calendar: CalendarId): number {
  return Math.max(0, ...looksOf(condition, calendar).map(({ backMs }) => backMs));
}

/** The shortest window or bar it looks at; Infinity where it looks at prices alone. Longer bars cannot try it. */
export function finestMs(condition: Condition): number {
  return Math.min(Number.POSITIVE_INFINITY, ...looksOf(condition, '24/7').map(({ finestMs: finest }) => finest));
}

interface Look {
  readonly backMs: number;
  readonly finestMs: number;
}

function looksOf(condition: Condition, calendar: CalendarId): readonly Look[] {
  return leavesOf(condition).flatMap((leaf) => [
    ...(leaf.kind === 'move' ? [{ backMs: leaf.windowMs, finestMs: leaf.windowMs }] : []),
    ...signalsOf(leaf).flatMap((signal) => looksOfSignal(signal, calendar)),
  ]);
}

function looksOfSignal(signal: Signal, calendar: CalendarId): readonly Look[] {
  switch (signal.kind) {
    case 'change':
      return [{ backMs: signal.windowMs, finestMs: signal.windowMs }];
    case 'extreme':
      return signal.windowMs === null ? [] : [{ backMs: signal.windowMs, finestMs: signal.windowMs }];
    case 'day':
      return [{ backMs: spanOf(2, DAY_MS, calendar), finestMs: DAY_MS }];
    case 'bar-volume':
      return [{ backMs: signal.barMs, finestMs: signal.barMs }];
    case 'average': {
      const barMs = Math.max(0, ...looksOfSignal(signal.of, calendar).map(({ finestMs: finest }) => finest));
      return [
        ...looksOfSignal(signal.of, calendar),
        { backMs: spanOf(signal.count, barMs, calendar), finestMs: barMs },
      ];
    }
    case 'indicator': {
      const entry = indicatorEntry(signal.name);
      const size = signal.barMs === null ? entry?.bar : barSizeOf(signal.barMs);
      if (entry === undefined || size === undefined) return [];
      const output = signal.output ?? entry.outputs[0].name;
      const { warmUp } = entry.make(signal.parameters, output, { size, calendar });
      return [{ backMs: spanOf(warmUp * ROUNDS, BAR_MS[size], calendar), finestMs: BAR_MS[size] }];
    }
    default:
      return partsOf(signal).flatMap((part) => looksOfSignal(part, calendar));
  }
}

/** A stretch of time that has so many bars in it, closed hours included. */
function spanOf(bars: number, barMs: number, calendar: CalendarId): number {
  if (calendar === '24/7') return bars * barMs;
  const days = barMs < DAY_MS ? Math.ceil((bars * barMs) / LEAST_OPEN_MS) : Math.ceil((bars * barMs) / DAY_MS);
  return Math.ceil((days * 7) / 5) * DAY_MS + LONGEST_REST_MS;
}
