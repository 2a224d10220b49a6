/**
 * What alerts of one instrument mostly have in common, kept once for all of them.
 */
import type { Frequency, GapRule, SessionRule } from '../alert/alert.ts';
import type { CalendarId } from '../market/instrument.ts';
import type { Rule } from './event.ts';

export interface Policy {
  readonly frequency: Frequency;
  readonly cooldownMs: number;
  readonly session: SessionRule;
  readonly gap: GapRule;
  readonly calendar: CalendarId;
  readonly staleAfterMs: number;
}

export function policyOf({ frequency, cooldownMs, session, gap, calendar, staleAfterMs }: Rule): Policy {
  return { frequency, cooldownMs, session, gap, calendar, staleAfterMs };
}

export function policyKey({ frequency, cooldownMs, session, gap, calendar, staleAfterMs }: Policy): string {
  return `${frequency} ${cooldownMs} ${session} ${gap} ${calendar} ${staleAfterMs}`;
}

/** Whose hours the alert watches. */
export function tapeOf({ session, calendar }: Policy): CalendarId {
  return session === 'all' ? '24/7' : calendar;
}
