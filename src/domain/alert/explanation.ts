/**
 * What an alert can always answer: armed since when, the last value seen, what each leaf of its condition is on it, and
 * what holds it back.
 */
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { BarSize } from '../signal/bar/bar.ts';
import type { AlertStatus } from './alert.ts';
import type { Gap, Observation } from './trigger.ts';
import type { Wait } from './wait.ts';

/** One leaf of the condition on the last values of the hours the alert watches. */
export interface LeafExplanation {
  /** Canonical text. */
  readonly text: string;
  /** The leaf's signal now; null while unknown. For a move: the change, in the unit of its amount. */
  readonly value: number | null;
  /** Null while unknown. An event (a crossing) is false between ticks, unless it waits to be confirmed. */
  readonly holds: boolean | null;
  /** The value nearest to `value` at which the leaf would come true; null where it holds or the value is unknown. */
  readonly needs: number | null;
  readonly unit: 'amount' | 'percent';
  /** Where it compares two signals, `value` is how far one is above the other, and these are both; else none. */
  readonly sides: readonly (number | null)[];
  /** Bars that must still come before the value is known; null where it does not wait for bars. */
  readonly missing: { readonly bars: number; readonly size: BarSize } | null;
  /** The window it looks back on and when that has filled; absent where it does not wait for one. */
  readonly filling?: Filling;
}

export interface Filling {
  readonly windowMs: number;
  readonly until: number;
}

export interface OtherExplanation {
  readonly symbol: InstrumentSymbol;
  readonly last: Observation | null;
  /** Its last value is too old to count. */
  readonly isStale: boolean;
}

/**
 * What holds it back, the first the most important one:
 * - `paused`, `done`, `expired`: it is not watched.
 * - `no-price`: no tick of its hours was seen yet. `session-closed`: its hours are closed now. `stale`: no tick for
 *   longer than the instrument allows, in open hours.
 * - `other-no-price`, `other-stale`: the same of another instrument it looks at.
 * - `cooling-down`: until `cooldownUntil`. `still-true`: it fired, and its condition has not been false since.
 *   `not-back`: it is false by now, but its value has not gone back as far as it must to arm again.
 * - `confirming`: its condition holds and has to go on so; `waits` says for how long.
 * - `following`: one thing has happened and another has to follow; `waits` says what and until when.
 * - `unknown`: a signal is not known yet (a window has not filled). `not-met`: the condition does not hold.
 */
export type HoldReason =
  | 'paused'
  | 'done'
  | 'expired'
  | 'no-price'
  | 'session-closed'
  | 'stale'
  | 'other-no-price'
  | 'other-stale'
  | 'cooling-down'
  | 'still-true'
  | 'not-back'
  | 'confirming'
  | 'following'
  | 'unknown'
  | 'not-met';

export interface Explanation {
  readonly version: number;
  readonly status: AlertStatus;
  readonly epoch: number;
  /** Start of the present arming, ms UTC; null where it is not armed. */
  readonly armedAt: number | null;
  /** While cooling, null once the time is over and only `still-true` holds it. */
  readonly cooldownUntil: number | null;
  /** The last tick within the hours the alert watches. */
  readonly last: Observation | null;
  /** The whole condition on the last values; null while unknown. */
  readonly holds: boolean | null;
  readonly leaves: readonly LeafExplanation[];
  readonly waits: readonly Wait[];
  /** The other instruments it looks at, with what was seen of them last. */
  readonly others: readonly OtherExplanation[];
  /** A gap the source has reported since the last tick. */
  readonly gap: Gap | null;
  readonly reasons: readonly HoldReason[];
}
