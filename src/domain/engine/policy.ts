/**
 * What alerts of one instrument mostly have in common, kept once for all of them.
 */
import { DEFAULT_BAR_MS, type Frequency, type GapRule, type Hysteresis, type SessionRule } from '../alert/alert.ts';
import type { CalendarId } from '../market/instrument.ts';
import { barSizeOf } from '../signal/bar/bar.ts';
import { barSpanAt } from '../signal/bar/bar-span.ts';
import type { Rule } from './event.ts';

export interface Policy {
  readonly frequency: Frequency;
  readonly cooldownMs: number;
  readonly session: SessionRule;
  readonly gap: GapRule;
  readonly calendar: CalendarId;
  readonly staleAfterMs: number;
  readonly rearm: Hysteresis | null;
  readonly remindEveryMs: number | null;
  readonly barMs: number | null;
}

export type Said = Pick<Rule, Exclude<keyof Policy, Later>> & { readonly [Field in Later]?: Policy[Field] | undefined };
/** Rules and checkpoints of before know nothing of these. */
type Later = 'rearm' | 'remindEveryMs' | 'barMs';

/** What does not apply is left out, so that it makes no difference. */
export function policyOf(said: Said): Policy {
  const { frequency, cooldownMs, session, gap, calendar, staleAfterMs } = said;
  const repeats = frequency === 'repeat';
  return {
    frequency,
    cooldownMs,
    session,
    gap,
    calendar,
    staleAfterMs,
    rearm: repeats ? (said.rearm ?? null) : null,
    remindEveryMs: repeats ? (said.remindEveryMs ?? null) : null,
    barMs: frequency === 'once-per-bar' ? (said.barMs ?? DEFAULT_BAR_MS) : null,
  };
}

export function policyKey({ rearm, remindEveryMs, barMs, ...rest }: Policy): string {
  const { frequency, cooldownMs, session, gap, calendar, staleAfterMs } = rest;
  const back = rearm === null ? '' : `${rearm.value}${rearm.unit}`;
  return `${frequency} ${cooldownMs} ${session} ${gap} ${calendar} ${staleAfterMs} ${back} ${remindEveryMs} ${barMs}`;
}

/** Whether `policyOf` would come to this one, where it is easily told: not so for a hysteresis. */
export function isPolicyOf(policy: Policy, said: Said): boolean {
  const { frequency } = said;
  const repeats = frequency === 'repeat';
  return (
    policy.frequency === frequency &&
    policy.cooldownMs === said.cooldownMs &&
    policy.session === said.session &&
    policy.gap === said.gap &&
    policy.calendar === said.calendar &&
    policy.staleAfterMs === said.staleAfterMs &&
    policy.rearm === (repeats ? (said.rearm ?? null) : null) &&
    policy.remindEveryMs === (repeats ? (said.remindEveryMs ?? null) : null) &&
    policy.barMs === (frequency === 'once-per-bar' ? (said.barMs ?? DEFAULT_BAR_MS) : null)
  );
}

/** The end of the bar that a moment of open hours falls into. */
export function barEnd({ calendar, session }: Policy, barMs: number, at: number): number {
  return barSpanAt(barSizeOf(barMs) ?? '5m', { calendar, hours: session }, at).until;
}

/** Whose hours the alert watches. */
export function tapeOf({ session, calendar }: Pick<Policy, 'session' | 'calendar'>): CalendarId {
  return session === 'all' ? '24/7' : calendar;
}
