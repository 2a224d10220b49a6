/**
 * An alert: a condition on an instrument with its policy. The store holds the truth; the engine runs a `Rule` made of it.
 *
 *   arming ──> armed ──> cooling ──> armed …          (repeat)
 *                 └────> done                         (once)
 *   armed | cooling ──> paused ──> arming             (the user)
 *   armed | cooling | paused ──> expired              (time)
 */
import type { InstrumentSymbol } from '../market/instrument.ts';

export type AlertId = string & { readonly __brand: 'AlertId' };
export type UserId = string & { readonly __brand: 'UserId' };
export type ChannelId = string & { readonly __brand: 'ChannelId' };

export type AlertStatus = 'arming' | 'armed' | 'cooling' | 'paused' | 'done' | 'expired';
export type Frequency = 'once' | 'repeat';
export type SessionRule = 'regular' | 'all';
export type GapRule = 'fire' | 'skip';
export type Severity = 'normal' | 'critical';

/** What a user says of an alert; every field has a default but symbol and condition. */
export interface AlertPolicy {
  readonly frequency: Frequency;
  /** For `repeat`: not again before this long after a firing, on tick time. Default one hour. */
  readonly cooldownMs: number;
  /** ms UTC, or null for never. */
  readonly expiresAt: number | null;
  /** Which hours are watched; `regular` on an instrument with calendar `24/7` is the same as `all`. */
  readonly session: SessionRule;
  /** What a crossing that happened while nothing was seen does. */
  readonly gap: GapRule;
}

export const DEFAULT_COOLDOWN_MS = 3_600_000;

export interface Alert extends AlertPolicy {
  readonly id: AlertId;
  readonly userId: UserId;
  readonly symbol: InstrumentSymbol;
  /** Canonical text. */
  readonly condition: string;
  readonly message: string | null;
  readonly severity: Severity;
  /** Where triggers go, in order of preference for the fallback; may be empty (the page always gets them). */
  readonly channelIds: readonly ChannelId[];
  /** Rises with every change by the user; the engine ignores what is not newer. */
  readonly version: number;
  readonly status: AlertStatus;
  /** The number of the current arming, from 1; 0 until first armed. */
  readonly epoch: number;
  readonly armedAt: number | null;
  readonly lastTriggeredAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
