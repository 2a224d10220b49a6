import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverageOf } from './coverage.ts';
import type { CalendarId, Coverage } from './instrument.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Friday, 5 January 2024, 21:00 UTC: New York closes. */
const CLOSE = Date.UTC(2024, 0, 5, 21);
const MONDAY_OPEN = Date.UTC(2024, 0, 8, 14, 30);

const CASES: readonly (readonly [string, CalendarId, number | null, number, Coverage])[] = [
  ['nothing was ever seen', '24/7', null, CLOSE, 'none'],
  ['a fresh price', '24/7', CLOSE - MINUTE_MS, CLOSE, 'live'],
  ['a price just ahead of our clock', '24/7', CLOSE + 1000, CLOSE, 'live'],
  ['silence a little too long', '24/7', CLOSE - MINUTE_MS - 1, CLOSE, 'stale'],
  ['silence to the very end of stale', '24/7', CLOSE - 5 * MINUTE_MS, CLOSE, 'stale'],
  ['silence beyond it', '24/7', CLOSE - 5 * MINUTE_MS - 1, CLOSE, 'blind'],
  ['a week-old price', '24/7', CLOSE - 7 * DAY_MS, CLOSE, 'blind'],
  ['the exchange is closed', 'XNYS', CLOSE - 1000, CLOSE + DAY_MS, 'closed'],
  ['closed, and the feed was lost long before', 'XNYS', CLOSE - DAY_MS, CLOSE + DAY_MS, 'closed'],
  ['a price after hours is watched all the same', 'XNYS', CLOSE + 2 * MINUTE_MS, CLOSE + 3 * MINUTE_MS, 'live'],
  ['the first minute of Monday: nothing is missing yet', 'XNYS', CLOSE - 1000, MONDAY_OPEN + 58_000, 'live'],
  ['two minutes into Monday without a price', 'XNYS', CLOSE - 1000, MONDAY_OPEN + 2 * MINUTE_MS, 'stale'],
  ['an hour into Monday without a price', 'XNYS', CLOSE - 1000, MONDAY_OPEN + 60 * MINUTE_MS, 'blind'],
];

for (const [what, calendar, lastTickAt, now, expected] of CASES)
  test(`coverage is ${expected}: ${what}`, () => {
    const instrument = { calendar, staleAfterMs: MINUTE_MS, blindAfterMs: 5 * MINUTE_MS };
    assert.equal(coverageOf(instrument, lastTickAt, now), expected);
  });
