/**
 * The clocks of the two time zones our exchanges keep, by their own rules, so that no answer depends on the machine's
 * time zone data. Exact for New York since 2007 and London since 1996, when today's rules began.
 */
import { civilDay, DAY_MS, MINUTE_MS, SUNDAY, weekdayFrom } from './civil-day.ts';

export interface Zone {
  readonly standardOffsetMs: number;
  /** UTC moments between which summer time (one hour more) is kept in this year. */
  readonly summer: (year: number) => { readonly from: number; readonly to: number };
}

const HOUR_MS = 3_600_000;

/** Second Sunday of March to first Sunday of November, each at 2:00 on the clock then in force. */
export const NEW_YORK: Zone = {
  standardOffsetMs: -5 * HOUR_MS,
  summer: (year) => ({
    from: weekdayFrom(civilDay(year, 3, 8), SUNDAY) * DAY_MS + 7 * HOUR_MS,
    to: weekdayFrom(civilDay(year, 11, 1), SUNDAY) * DAY_MS + 6 * HOUR_MS,
  }),
};

/** Last Sunday of March to last Sunday of October, each at 1:00 UTC. */
export const LONDON: Zone = {
  standardOffsetMs: 0,
  summer: (year) => ({
    from: weekdayFrom(civilDay(year, 3, 25), SUNDAY) * DAY_MS + HOUR_MS,
    to: weekdayFrom(civilDay(year, 10, 25), SUNDAY) * DAY_MS + HOUR_MS,
  }),
};

export function offsetAt(zone: Zone, at: number): number {
  const { from, to } = zone.summer(new Date(at).getUTCFullYear());
  return at >= from && at < to ? zone.standardOffsetMs + HOUR_MS : zone.standardOffsetMs;
}

/** The civil day it is in the zone. */
export function localDay(zone: Zone, at: number): number {
  return Math.floor((at + offsetAt(zone, at)) / DAY_MS);
}

/** The moment the zone's clock shows `minute` of `day`. Not for the hour a clock change skips or repeats. */
export function momentOf(zone: Zone, day: number, minute: number): number {
  const local = day * DAY_MS + minute * MINUTE_MS;
  return local - offsetAt(zone, local - zone.standardOffsetMs);
}
