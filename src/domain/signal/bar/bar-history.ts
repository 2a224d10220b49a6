/**
 * Which candles of the store make so many bars: how far back, and how long they may be so that each lies within one bar.
 */
import { DAY_MS } from '../../calendar/civil-day.ts';
import { BAR_MS, type BarSize } from './bar.ts';
import type { BarHours } from './bar-span.ts';
import { barsPerYear } from './bars-per-year.ts';

const YEAR_DAYS = 366;
/** Weekends, holidays and half days in a row, as around Christmas, so that a short stretch is not all closed. */
const CLOSED_DAYS = 9;

export interface CandleSpan {
  readonly from: number;
  readonly intervalMs: number;
}

/** For the bar of `at` and `bars` before it, with at most `limit` candles. */
export function candlesFor(size: BarSize, hours: BarHours, bars: number, at: number, limit: number): CandleSpan {
  const intervalMs = candleMs(size, hours);
  const always = hours.calendar === '24/7';
  const days = ((bars + 2) * YEAR_DAYS) / barsPerYear(size, hours.calendar) + (always ? 0 : CLOSED_DAYS);
  const most = always ? limit * intervalMs : limit * intervalMs * (YEAR_DAYS / sessionShare(intervalMs, hours));
  const from = Math.max(0, at - Math.min(days * DAY_MS, most));
  return { from: Math.floor(from / intervalMs) * intervalMs, intervalMs };
}

/** Days' worth of candles in a year: in regular hours, closed times have none. */
function sessionShare(intervalMs: number, { calendar, hours }: BarHours): number {
  if (hours === 'all') return YEAR_DAYS;
  const half = barsPerYear('30m', calendar);
  return Math.min(YEAR_DAYS, (half * (BAR_MS['30m'] / intervalMs) * intervalMs) / DAY_MS);
}

/** The store's candles begin at whole times of UTC. Sessions open and close on whole half hours, days turn on whole hours. */
function candleMs(size: BarSize, { calendar, hours }: BarHours): number {
  const ms = BAR_MS[size];
  if (calendar === '24/7') return Math.min(ms, BAR_MS['1d']);
  return Math.min(ms, calendar === 'FX' || hours === 'all' ? BAR_MS['1h'] : BAR_MS['30m']);
}
