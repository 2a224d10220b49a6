import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sessionAt } from '../../calendar/session.ts';
import { BAR_MS, BAR_SIZES } from './bar.ts';
import { candlesFor } from './bar-history.ts';
import { type BarHours, barSpanAt } from './bar-span.ts';

const HOURS: readonly BarHours[] = [
  { calendar: '24/7', hours: 'all' },
  { calendar: 'FX', hours: 'regular' },
  { calendar: 'XNYS', hours: 'regular' },
  { calendar: 'XNYS', hours: 'all' },
  { calendar: 'XLON', hours: 'regular' },
];

test('candles of history lie each within one bar, and make as many bars as were asked for', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BAR_SIZES),
      fc.constantFrom(...HOURS),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2030, 0, 1) }),
      (size, hours, bars, at) => {
        const isOpen = (time: number): boolean => hours.hours === 'all' || sessionAt(hours.calendar, time).open;
        const { from, intervalMs } = candlesFor(size, hours, bars, at, Number.POSITIVE_INFINITY);
        assert.equal(from % intervalMs, 0);
        const starts = new Set<number>();
        for (let time = from; time < at; time += intervalMs) {
          if (!isOpen(time)) continue;
          const span = barSpanAt(size, hours, time);
          assert.ok(span.at <= time && time + intervalMs <= span.until, `${size} ${new Date(time).toISOString()}`);
          starts.add(span.at);
        }
        // The first may be cut off.
        assert.ok(starts.size > bars, `${starts.size} of ${bars}`);
      },
    ),
    { numRuns: 200 },
  );
});

test('a limit keeps what is newest', () => {
  const at = Date.UTC(2024, 0, 5, 12);
  const always = candlesFor('1d', { calendar: '24/7', hours: 'all' }, Number.POSITIVE_INFINITY, at, 100);
  assert.equal(always.from, Math.floor((at - 100 * BAR_MS['1d']) / BAR_MS['1d']) * BAR_MS['1d']);
  const exchange = candlesFor('1d', { calendar: 'XNYS', hours: 'regular' }, 10_000, at, 1300);
  // Thirteen half hours a day: about a hundred trading days.
  const days = (at - exchange.from) / BAR_MS['1d'];
  assert.ok(days > 135 && days < 150, `${days} days`);
});
