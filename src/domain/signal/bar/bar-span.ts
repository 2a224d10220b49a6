/**
 * Which bar a moment falls into.
 *
 * Markets that never close and currencies: intraday bars are aligned to UTC. Exchanges: to the opening of the session
 * and cut off at its closing, or, for all hours, to midnight where the exchange is. A day is the trading day: from the
 * opening to the closing, for all hours from midnight to midnight; currencies turn at 17:00 in New York. A week goes
 * from the trading day of Monday to that of Sunday.
 */
import { DAY_MS, MONDAY, weekdayOf } from '../../calendar/civil-day.ts';
import { dayAt, dayStart, sessionAt, sessionOn } from '../../calendar/session.ts';
import type { CalendarId } from '../../market/instrument.ts';
import { BAR_MS, type BarSize, type BarSpan } from './bar.ts';

/** Whose ticks a series of bars is made of. */
export interface BarHours {
  readonly calendar: CalendarId;
  /** `regular`: ticks of open sessions only. */
  readonly hours: 'regular' | 'all';
}

const WEEK_DAYS = 7;

/** For regular hours, `at` is within an open session. */
export function barSpanAt(size: BarSize, { calendar, hours }: BarHours, at: number): BarSpan {
  const isContinuous = calendar === '24/7' || calendar === 'FX';
  const day = dayAt(calendar, at);
  if (size === '1w') {
    const monday = day - ((weekdayOf(day) - MONDAY + WEEK_DAYS) % WEEK_DAYS);
    const days = Array.from({ length: WEEK_DAYS }, (_, index) => spanOfDay({ calendar, hours }, monday + index));
    const first = days.find((span) => span !== null) as BarSpan;
    return { at: first.at, until: (days.findLast((span) => span !== null) as BarSpan).until, day: first.day };
  }
  const whole = spanOfDay({ calendar, hours }, day) as BarSpan;
  if (size === '1d') return whole;
  const ms = BAR_MS[size];
  if (isContinuous) {
    const start = Math.floor(at / ms) * ms;
    const closing = hours === 'regular' ? sessionAt(calendar, at).until : Number.POSITIVE_INFINITY;
    return { at: start, until: Math.min(start + ms, closing), day: dayAt(calendar, start) };
  }
  const start = whole.at + Math.floor((at - whole.at) / ms) * ms;
  return { at: start, until: Math.min(start + ms, whole.until), day };
}

/** A trading day, or null where there is none. */
function spanOfDay({ calendar, hours }: BarHours, day: number): BarSpan | null {
  if (calendar === '24/7') return { at: day * DAY_MS, until: (day + 1) * DAY_MS, day };
  if (hours === 'all') return { at: dayStart(calendar, day), until: dayStart(calendar, day + 1), day };
  const session = sessionOn(calendar, day);
  return session && { ...session, day };
}
