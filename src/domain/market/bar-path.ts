/**
 * The way a bar is taken to have gone, where only its open, high, low and close are known: four ticks inside its time.
 *
 *   rising or flat:  open, low, high, close       falling:  open, high, low, close
 *   at:              start, one third, two thirds, last millisecond
 *
 * A replay of bars and a back-test over bars both walk this way, so they fire alike.
 */
import { sessionAt } from '../calendar/session.ts';
import type { CalendarId } from './instrument.ts';

export const TICKS_A_BAR = 4;
/** History of bars is silent when bars are missing, not between two of them. */
export const STALE_AFTER_BARS = 3;

const MINUTE_MS = 60_000;

export interface BarSpan {
  readonly from: number;
  readonly to: number;
}

/** The price at one of the four places (0 to 3). */
export function priceInBar(place: number, open: number, high: number, low: number, close: number): number {
  if (place === 0) return open;
  if (place === 3) return close;
  return (place === 1) === close >= open ? low : high;
}

/** The time of one of the four places. */
export function timeInBar(place: number, { from, to }: BarSpan): number {
  return place === 3 ? to - 1 : from + place * Math.floor((to - from) / 3);
}

/**
 * When the bar went its way: its own time, or the part of it in which its exchange is open, so that a bar of a day or an
 * hour lies in its session. A bar with no session keeps its time. Bars of a minute or less never straddle an edge.
 */
export function barSpan(calendar: CalendarId, start: number, intervalMs: number): BarSpan {
  const whole = { from: start, to: start + intervalMs };
  if (intervalMs <= MINUTE_MS || calendar === '24/7' || calendar === 'FX') return whole;
  const session = sessionAt(calendar, start);
  if (session.open) return { from: start, to: Math.min(whole.to, session.until) };
  if (session.until >= whole.to) return whole;
  return { from: session.until, to: Math.min(whole.to, sessionAt(calendar, session.until).until) };
}
