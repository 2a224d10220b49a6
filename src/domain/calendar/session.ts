/**
 * When a market is open. Computed from each exchange's own rules, so it knows holidays, half days and clock changes of
 * any year; it never reads a clock. Times are ms UTC; a session includes its opening and not its closing moment.
 */
import type { CalendarId } from '../market/instrument.ts';
import { civilDate, DAY_MS, FRIDAY, MINUTE_MS, SATURDAY, SUNDAY } from './civil-day.ts';
import { londonHours } from './london-stock-exchange.ts';
import { newYorkHours } from './new-york-stock-exchange.ts';
import type { TradingHours } from './trading-hours.ts';
import { LONDON, localDay, momentOf, NEW_YORK, type Zone } from './zone.ts';

export interface Session {
  readonly open: boolean;
  /** When that changes, ms UTC; Infinity where it never does. */
  readonly until: number;
}

interface Exchange {
  readonly zone: Zone;
  readonly hours: (day: number) => TradingHours | null;
}

const FX_TURN_MINUTE = 17 * 60;
const DAY_MINUTES = 1440;
/** A trading day of currencies begins this long before the civil day it is named by. */
const FX_EARLY_MS = DAY_MS - FX_TURN_MINUTE * MINUTE_MS;

/** Currencies trade from Sunday 17:00 to Friday 17:00 in New York without a pause. */
function fxHours(day: number): TradingHours | null {
  const { weekday } = civilDate(day);
  if (weekday === SATURDAY) return null;
  return {
    openMinute: weekday === SUNDAY ? FX_TURN_MINUTE : 0,
    closeMinute: weekday === FRIDAY ? FX_TURN_MINUTE : DAY_MINUTES,
  };
}

const EXCHANGES: Readonly<Record<Exclude<CalendarId, '24/7'>, Exchange>> = {
  XNYS: { zone: NEW_YORK, hours: newYorkHours },
  XLON: { zone: LONDON, hours: londonHours },
  FX: { zone: NEW_YORK, hours: fxHours },
};

/** No exchange stays closed this long; a longer search means a broken rule. */
const LONGEST_CLOSURE_DAYS = 14;

/** Whether the market is open at a moment, and until when that holds. */
export function sessionAt(calendar: CalendarId, at: number): Session {
  if (calendar === '24/7') return { open: true, until: Number.POSITIVE_INFINITY };
  const { zone, hours } = EXCHANGES[calendar];
  const today = localDay(zone, at);
  for (let day = today; day <= today + LONGEST_CLOSURE_DAYS; day += 1) {
    const found = hours(day);
    if (found === null) continue;
    const opening = momentOf(zone, day, found.openMinute);
    if (at < opening) return { open: false, until: opening };
    let closing = momentOf(zone, day, found.closeMinute);
    if (at >= closing) continue;
    // Days that meet at midnight are one session (currencies).
    for (let next = day + 1; ; next += 1) {
      const after = hours(next);
      if (after === null || momentOf(zone, next, after.openMinute) !== closing) break;
      closing = momentOf(zone, next, after.closeMinute);
    }
    return { open: true, until: closing };
  }
  throw new Error(`${calendar} has no session within ${LONGEST_CLOSURE_DAYS} days of ${at}`);
}

/** The civil day (days since 1970-01-01) it is where the market is; UTC for a market that never closes. */
export function tradingDay(calendar: CalendarId, at: number): number {
  return calendar === '24/7' ? Math.floor(at / DAY_MS) : localDay(EXCHANGES[calendar].zone, at);
}

/**
 * The trading day of a moment: the civil day where the exchange is. Currencies turn at 17:00 in New York, where the day
 * after begins.
 */
export function dayAt(calendar: CalendarId, at: number): number {
  return calendar === 'FX' ? localDay(NEW_YORK, at + FX_EARLY_MS) : tradingDay(calendar, at);
}

/** When a trading day begins, hours or not. */
export function dayStart(calendar: CalendarId, day: number): number {
  if (calendar === '24/7') return day * DAY_MS;
  if (calendar === 'FX') return momentOf(NEW_YORK, day - 1, FX_TURN_MINUTE);
  return momentOf(EXCHANGES[calendar].zone, day, 0);
}

/** The session of a trading day, or null where there is none. Not for a market that never closes. */
export function sessionOn(
  calendar: Exclude<CalendarId, '24/7'>,
  day: number,
): { readonly at: number; readonly until: number } | null {
  const { zone, hours } = EXCHANGES[calendar];
  if (calendar === 'FX')
    return fxHours(day) === null || civilDate(day).weekday === SUNDAY
      ? null
      : { at: dayStart(calendar, day), until: dayStart(calendar, day + 1) };
  const found = hours(day);
  return found && { at: momentOf(zone, day, found.openMinute), until: momentOf(zone, day, found.closeMinute) };
}

/** How long the market was open between two moments, counted up to `limitMs` at most. */
export function openTime(calendar: CalendarId, from: number, to: number, limitMs: number): number {
  let open = 0;
  for (let at = from; at < to && open < limitMs; ) {
    const session = sessionAt(calendar, at);
    const end = Math.min(session.until, to);
    if (session.open) open += end - at;
    at = end;
  }
  return Math.min(open, limitMs);
}

/** When the market will have been open for `ms` since a moment. */
export function afterOpenTime(calendar: CalendarId, from: number, ms: number): number {
  let left = ms;
  for (let at = from; ; ) {
    const { open, until } = sessionAt(calendar, at);
    if (open && until - at >= left) return at + left;
    if (open) left -= until - at;
    at = until;
  }
}
