/**
 * What an alert that is judged at the closes of bars remembers of the close before: its events compare with that one.
 */
import type { Gap } from '../alert/trigger.ts';
import { openTime } from '../calendar/session.ts';
import { BAR_MS, barSizeOf } from '../signal/bar/bar.ts';
import { barSpanAt } from '../signal/bar/bar-span.ts';
import type { Policy } from './policy.ts';
import type { Shape } from './shape.ts';
import type { Tape } from './tape.ts';

export interface Close {
  /** The end of its bar; before the first one the arming. */
  readonly until: number;
  /** Its last tick; null where none was seen yet. */
  readonly seenAt: number | null;
  /** By leaf the last value of what its event looks at; null where none was known, or the leaf is no event. */
  readonly values: readonly (number | null)[];
}

/** The length of the bars at whose closes it is judged; null for every tick. */
export function closesOf({ confirmation }: Shape): number | null {
  return confirmation?.kind === 'close' ? confirmation.barMs : null;
}

/**
 * The gap between the close before and that of the bar at hand: bars that are missing for longer than the alert allows,
 * closed hours included. Those are part of bars of a day or more.
 */
export function gapAtClose(close: Close, barMs: number, tape: Tape, policy: Policy): Gap | null {
  const { calendar, session, staleAfterMs } = policy;
  const { at } = barSpanAt(barSizeOf(barMs) ?? '5m', { calendar, hours: session }, tape.seenAt);
  const missing = barMs < BAR_MS['1d'] ? at - close.until : openTime(tape.calendar, close.until, at, staleAfterMs + 1);
  return missing > staleAfterMs && close.seenAt !== null ? { from: close.seenAt, to: tape.seenAt } : null;
}
