/**
 * An alert: a condition with its policy, on an instrument or on each member of a watchlist. The store holds the truth; the engine runs a `Rule` made of it.
 *
 *   arming ──> armed ──> cooling ──> armed …          (repeat)
 *                 └────> done                         (once)
 *   armed | cooling ──> paused ──> arming             (the user)
 *   armed | cooling | paused ──> expired              (time)
 */
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { MemberCounts } from './member.ts';

export type AlertId = string & { readonly __brand: 'AlertId' };
export type UserId = string & { readonly __brand: 'UserId' };
export type ChannelId = string & { readonly __brand: 'ChannelId' };
export type WatchlistId = string & { readonly __brand: 'WatchlistId' };

export type AlertStatus = 'arming' | 'armed' | 'cooling' | 'paused' | 'done' | 'expired';
/** `once-per-bar`: at most once in each bar; it arms again at the next one, whether or not it has been false since. */
export type Frequency = 'once' | 'repeat' | 'once-per-bar';
export type SessionRule = 'regular' | 'all';
export type GapRule = 'fire' | 'skip';
export type Severity = 'normal' | 'critical';

/** How far back a value must go: in the unit of what is watched, or in percent of the level (points, of a percentage). */
export interface Hysteresis {
  readonly value: number;
  readonly unit: 'amount' | 'percent';
}

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
  /** For `repeat`: arms again only when the value has gone back this far beyond its level. Absent or null: to the level. */
  readonly rearm?: Hysteresis | null;
  /** For `repeat`: fires again after each such time in which the condition still holds. Absent or null: never. */
  readonly remindEveryMs?: number | null;
  /** For `once-per-bar`: the length of a bar. */
  readonly barMs?: number | null;
}

export const DEFAULT_COOLDOWN_MS = 3_600_000;
export const DEFAULT_BAR_MS = 300_000;

export interface Alert extends AlertPolicy {
  readonly id: AlertId;
  readonly userId: UserId;
  /** What it watches; null for an alert over a watchlist. */
  readonly symbol: InstrumentSymbol | null;
  /** Or the list whose members it watches, each by itself, with its present name; null for an alert on an instrument. */
  readonly watchlist: { readonly id: WatchlistId; readonly name: string } | null;
  /** How many members are in each state; null for an alert on an instrument. `status` is that of all together. */
  readonly members: MemberCounts | null;
  /** Canonical text. */
  readonly condition: string;
  readonly message: string | null;
  readonly severity: Severity;
  /** Where triggers go, in order of preference for the fallback; may be empty (the page always gets them). */
  readonly channelIds: readonly ChannelId[];
  /** Rises with every change by the user; the engine ignores what is not newer. */
  readonly version: number;
  readonly status: AlertStatus;
  /** The number of the current arming, from 1; 0 until first armed, and for an alert over a watchlist. */
  readonly epoch: number;
  readonly armedAt: number | null;
  readonly lastTriggeredAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
