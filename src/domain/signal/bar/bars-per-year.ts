/**
 * How many bars a year has, to scale a bar's volatility to a year: by the regular hours, on a usual number of trading
 * days.
 */
import type { CalendarId } from '../../market/instrument.ts';
import { BAR_MS, type BarSize } from './bar.ts';

const HOUR_MS = BAR_MS['1h'];

/** Days of the year with a session, and how long one is. */
const SESSIONS: Readonly<Record<CalendarId, { readonly days: number; readonly ms: number }>> = {
  '24/7': { days: 365, ms: 24 * HOUR_MS },
  FX: { days: 260, ms: 24 * HOUR_MS },
  XNYS: { days: 252, ms: 6.5 * HOUR_MS },
  XLON: { days: 253, ms: 8.5 * HOUR_MS },
};
const WEEKS = 52;

export function barsPerYear(size: BarSize, calendar: CalendarId): number {
  if (size === '1w') return WEEKS;
  const { days, ms } = SESSIONS[calendar];
  return size === '1d' ? days : days * Math.ceil(ms / BAR_MS[size]);
}
