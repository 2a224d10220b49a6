/**
 * The regular hours of the London Stock Exchange (MIC `XLON`): closed on the bank holidays of England, by their rules
 * from 2007 on. Holidays that were moved or given once are the tables at the end.
 */
import { type CivilDate, civilDate, civilDay, easterSunday, FRIDAY, MONDAY, SATURDAY, SUNDAY } from './civil-day.ts';
import type { TradingHours } from './trading-hours.ts';

const REGULAR: TradingHours = { openMinute: 8 * 60, closeMinute: 16 * 60 + 30 };
const HALF_DAY: TradingHours = { openMinute: 8 * 60, closeMinute: 12 * 60 + 30 };

function isBankHoliday(number: number, day: CivilDate): boolean {
  const easter = easterSunday(day.year);
  return (
    // New Year's Day, or the Monday after the weekend it falls on.
    (day.month === 1 && (day.date === 1 || (day.weekday === MONDAY && day.date <= 3))) ||
    number === easter - 2 ||
    number === easter + 1 ||
    (day.month === 5 && day.weekday === MONDAY && (day.date <= 7 || day.date > 24)) ||
    (day.month === 8 && day.weekday === MONDAY && day.date > 24) ||
    isChristmas(number, day)
  );
}

/** Christmas and Boxing Day with their substitutes: the first two weekdays from December 25 on. */
function isChristmas(number: number, day: CivilDate): boolean {
  if (day.month !== 12 || day.date < 25) return false;
  let weekdays = 0;
  for (let other = civilDay(day.year, 12, 25); other <= number; other += 1) {
    const { weekday } = civilDate(other);
    if (weekday !== SATURDAY && weekday !== SUNDAY) weekdays += 1;
  }
  return weekdays <= 2;
}

/** The last weekday before Christmas and before New Year. */
function isHalfDay(day: CivilDate): boolean {
  if (day.month !== 12) return false;
  const isLastBefore = (eve: number): boolean =>
    day.date === eve || (day.weekday === FRIDAY && day.date < eve && day.date >= eve - 2);
  return isLastBefore(24) || isLastBefore(31);
}

/** The hours of a civil day in London, or null where the exchange stays closed. */
export function londonHours(day: number): TradingHours | null {
  const date = civilDate(day);
  if (date.weekday === SATURDAY || date.weekday === SUNDAY) return null;
  const key = `${date.year}-${date.month}-${date.date}`;
  if (GIVEN.has(key) || (isBankHoliday(day, date) && !MOVED_AWAY.has(key))) return null;
  return isHalfDay(date) ? HALF_DAY : REGULAR;
}

const GIVEN: ReadonlyMap<string, string> = new Map([
  ['2011-4-29', 'wedding of Prince William'],
  ['2012-6-4', 'spring holiday, moved'],
  ['2012-6-5', 'Diamond Jubilee'],
  ['2020-5-8', 'early May holiday, moved to the 75th anniversary of VE Day'],
  ['2022-6-2', 'spring holiday, moved'],
  ['2022-6-3', 'Platinum Jubilee'],
  ['2022-9-19', 'funeral of Queen Elizabeth II'],
  ['2023-5-8', 'coronation of King Charles III'],
]);

const MOVED_AWAY: ReadonlySet<string> = new Set(['2012-5-28', '2020-5-4', '2022-5-30']);
