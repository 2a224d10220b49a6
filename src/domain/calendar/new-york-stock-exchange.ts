/**
 * The regular hours of the New York Stock Exchange (MIC `XNYS`), by its rules: right from 2007 on.
 * Closures no rule foretells are the table at the end.
 */

import { type CivilDate, civilDate, easterSunday, FRIDAY, MONDAY, SATURDAY, SUNDAY, THURSDAY } from './civil-day.ts';
import type { TradingHours } from './trading-hours.ts';

const REGULAR: TradingHours = { openMinute: 9 * 60 + 30, closeMinute: 16 * 60 };
const HALF_DAY: TradingHours = { openMinute: 9 * 60 + 30, closeMinute: 13 * 60 };

const JUNETEENTH_SINCE = 2022;

/** A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after. */
function observed(day: CivilDate, month: number, date: number): boolean {
  if (day.month !== month) return false;
  return (
    day.date === date ||
    (day.date === date - 1 && day.weekday === FRIDAY) ||
    (day.date === date + 1 && day.weekday === MONDAY)
  );
}

/** The `nth` such weekday of the month. */
function nth(day: CivilDate, month: number, weekday: number, n: number): boolean {
  return day.month === month && day.weekday === weekday && Math.ceil(day.date / 7) === n;
}

function isHoliday(number: number, day: CivilDate): boolean {
  return (
    // New Year's Day on a Saturday is not kept: the year's books close on that Friday.
    (day.month === 1 && (day.date === 1 || (day.date === 2 && day.weekday === MONDAY))) ||
    nth(day, 1, MONDAY, 3) || // Martin Luther King, Jr. Day
    nth(day, 2, MONDAY, 3) || // Washington's Birthday
    number === easterSunday(day.year) - 2 || // Good Friday
    (day.month === 5 && day.weekday === MONDAY && day.date > 24) || // Memorial Day
    (day.year >= JUNETEENTH_SINCE && observed(day, 6, 19)) ||
    observed(day, 7, 4) || // Independence Day
    nth(day, 9, MONDAY, 1) || // Labor Day
    nth(day, 11, THURSDAY, 4) || // Thanksgiving
    observed(day, 12, 25)
  );
}

function isHalfDay(day: CivilDate): boolean {
  return (
    (day.month === 7 && day.date === 3) ||
    (day.month === 11 && day.weekday === FRIDAY && day.date >= 23 && day.date <= 29) || // after Thanksgiving
    (day.month === 12 && day.date === 24)
  );
}

/** The hours of a civil day in New York, or null where the exchange stays closed. */
export function newYorkHours(day: number): TradingHours | null {
  const date = civilDate(day);
  if (date.weekday === SATURDAY || date.weekday === SUNDAY) return null;
  if (isHoliday(day, date) || SPECIAL_CLOSURES.has(`${date.year}-${date.month}-${date.date}`)) return null;
  return isHalfDay(date) ? HALF_DAY : REGULAR;
}

const SPECIAL_CLOSURES: ReadonlyMap<string, string> = new Map([
  ['2007-1-2', 'mourning for President Ford'],
  ['2012-10-29', 'hurricane Sandy'],
  ['2012-10-30', 'hurricane Sandy'],
  ['2018-12-5', 'mourning for President G. H. W. Bush'],
  ['2025-1-9', 'mourning for President Carter'],
]);
