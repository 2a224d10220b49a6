import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_DURATION_MS, parseDuration, printDuration } from './duration.ts';

test('durations as people write them, and their canonical text', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['1ms', 1, '1ms'],
    ['500ms', 500, '500ms'],
    ['1000ms', 1000, '1s'],
    ['30s', 30_000, '30s'],
    ['60s', 60_000, '1m'],
    ['15m', 900_000, '15m'],
    ['60m', 3_600_000, '1h'],
    ['90m', 5_400_000, '90m'],
    ['24h', 86_400_000, '1d'],
    ['7d', 604_800_000, '1w'],
    ['10d', 864_000_000, '10d'],
    ['52w', 31_449_600_000, '52w'],
    ['0015m', 900_000, '15m'],
    ['3650d', MAX_DURATION_MS, '3650d'],
  ];
  for (const [text, ms, canonical] of cases) {
    assert.equal(parseDuration(text), ms, text);
    assert.equal(printDuration(ms), canonical, text);
  }
});

test('what is no duration, or one that is too short or too long, is undefined', () => {
  for (const text of [
    ...['', 'm', '15', '15 m', ' 15m', '15m ', '1.5h', '-5m', '+5m', '1h30m', '5M', '5y', '1e3s', '٣m', '5m\n'],
    ...['0s', '0ms', '3651d', '522w', '999999999999w', '9999999999999ms'],
  ])
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
});

test('property: the canonical text is the shortest way back to the same time', () => {
  const ms = fc.oneof(
    fc.integer({ min: 1, max: MAX_DURATION_MS }),
    fc
      .tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000, 604_800_000))
      .map(([count, unit]) => count * unit),
  );
  fc.assert(
    fc.property(ms, (time) => {
      const text = printDuration(time);
      assert.equal(parseDuration(text), time);
      const count = Number.parseInt(text, 10);
      for (const unit of ['ms', 's', 'm', 'h', 'd', 'w'])
        for (let fewer = 1; fewer < Math.min(count, 400); fewer++)
          assert.notEqual(parseDuration(`${fewer}${unit}`), time, `${fewer}${unit} is shorter than ${text}`);
    }),
    { numRuns: 50 },
  );
});

test('property: any text is a whole number of ms within the limits, or undefined', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,14}[a-z]{0,2}$/)), (text) => {
      const ms = parseDuration(text);
      assert.ok(ms === undefined || (Number.isInteger(ms) && ms >= 1 && ms <= MAX_DURATION_MS));
    }),
  );
});
