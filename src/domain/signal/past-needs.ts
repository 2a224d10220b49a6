/**
 * Which prices of before a condition's windows need to be known at once, and how they are made of candles: each is the
 * last price of a candle, at its end. Between two of them the one before is taken, so a change may be measured from a
 * price that is too old by one candle at most: a second in windows of up to an hour, else a minute and more.
 */
import { sessionAt } from '../calendar/session.ts';
import { leavesOf } from '../condition/leaves.ts';
import type { Condition } from '../condition/tree.ts';
import type { PastPrices } from '../engine/event.ts';
import type { Candle } from '../market/candle.ts';
import type { CalendarId } from '../market/instrument.ts';
import { neededRecipeOf, priceWindowOf } from './recipe.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Candles of a second are made of single prices, which the busiest coin has by the hundred thousand an hour. */
const SECONDS_UP_TO_MS = HOUR_MS;
/** Sessions begin and end on whole half hours: no longer candle lies within one. */
const [ALL_HOURS, SESSION_HOURS] = [
  [MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, DAY_MS],
  [MINUTE_MS, 30 * MINUTE_MS],
];
/** The price before a window may be from before the longest holidays. */
const LONGEST_REST_MS = 9 * DAY_MS;
/** An exchange is open on five days of seven at most. */
const OPEN_SHARE = 5 / 7;

export interface PastSpan {
  readonly from: number;
  readonly intervalMs: number;
}

/** The longest window on the price of its own instrument (null) or another one; 0 where it has none. */
export function priceWindowIn(condition: Condition, symbol: string | null): number {
  const recipes = leavesOf(condition).flatMap((leaf) => neededRecipeOf(leaf) ?? []);
  return Math.max(0, ...recipes.map((recipe) => priceWindowOf(recipe, symbol)));
}

/** The candles for a window that ends at `at`, at most about `limit` of them; what they cannot reach stays unknown. */
export function pastFor(windowMs: number, hours: CalendarId, at: number, limit: number): PastSpan {
  const always = hours === '24/7';
  const reachMs = windowMs + (always ? 0 : LONGEST_REST_MS);
  const choices = always ? ALL_HOURS : SESSION_HOURS;
  // So many candles of open and closed hours hold `limit` of open ones.
  const most = always ? limit : Math.floor(limit / OPEN_SHARE);
  const intervalMs =
    windowMs <= SECONDS_UP_TO_MS
      ? 1000
      : (choices.find((choice) => reachMs / choice <= most) ?? (choices.at(-1) as number));
  const reached = Math.min(reachMs + intervalMs, most * intervalMs);
  return { from: Math.max(0, Math.floor((at - reached) / intervalMs) * intervalMs), intervalMs };
}

/** Only those within the hours; whether one is late enough to be news is for who takes them in. */
export function pastOf(candles: readonly Candle[], intervalMs: number, hours: CalendarId): PastPrices {
  return candles
    .filter(({ at }) => hours === '24/7' || sessionAt(hours, at).open)
    .map(({ at, close }) => [at + intervalMs - 1, close]);
}
