import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Part, partFor } from './tick-parts.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12);
const WEEK = 7 * DAY;

test('every time has one partition, of a day of late, and decades have few', () => {
  const time = fc.oneof(fc.integer({ min: NOW - 60 * DAY, max: NOW }), fc.integer({ min: 0, max: NOW + 400 * DAY }));
  fc.assert(
    fc.property(
      fc.array(time, { minLength: 1, maxLength: 400 }),
      fc.constantFrom(DAY, WEEK, 90 * DAY, 3650 * DAY),
      fc.array(fc.nat(400 * DAY), { minLength: 400, maxLength: 400 }),
      (times, retentionMs, later) => {
        const parts: Part[] = [];
        times.forEach((at, i) => {
          if (parts.some(({ from, to }) => from <= at && at < to)) return;
          const part = partFor(at, { now: NOW + (later[i] as number), retentionMs }, parts);
          assert.ok(part.from <= at && at < part.to);
          assert.ok(parts.every(({ from, to, name }) => (to <= part.from || part.to <= from) && name !== part.name));
          assert.ok(part.from % DAY === 0 && part.to % DAY === 0);
          parts.push(part);
        });
      },
    ),
  );
  const made = (retentionMs: number, times: readonly number[]): number => {
    const parts: Part[] = [];
    for (const at of times)
      if (!parts.some(({ from, to }) => from <= at && at < to))
        parts.push(partFor(at, { now: NOW, retentionMs }, parts));
    return parts.length;
  };
  const everyDay = Array.from({ length: 20_000 }, (_, i) => NOW - i * DAY);
  assert.equal(made(WEEK, everyDay.slice(0, 30)), 30);
  assert.ok(made(WEEK, everyDay) < 260, 'fifty years of days');
  assert.ok(made(3650 * DAY, everyDay.slice(0, 3650)) <= 65, 'ten years that are kept');
});
