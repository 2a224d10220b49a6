/** What was it then: exact while it is asked within bounds, bounded in memory and error beyond. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstDouble, nextUp } from './double.ts';
import { History } from './history.ts';
import type { SegmentState } from './history-tier.ts';

const steps = fc.array(fc.tuple(fc.constantFrom(0, 1, 400, 1000, 7000), fc.integer({ min: 1, max: 99 })), {
  minLength: 1,
  maxLength: 2500,
  size: 'max',
});

test('within the limit the answer is the last value at or before the time', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(1000, 60_000, 600_000), (given, keepMs) => {
      const history = new History();
      const all: { at: number; value: number }[] = [];
      let now = 1e12;
      for (const [after, value] of given) {
        now += after;
        history.add(now, value, keepMs);
        all.push({ at: now, value });
      }
      for (const back of [0, 1, keepMs / 2, keepMs]) {
        const expected = all.findLast(({ at }) => at <= now - back)?.value ?? Number.NaN;
        assert.equal(history.valueAt(now - back), expected);
      }
    }),
    { numRuns: 200 },
  );
});

test('beyond the limit it keeps within bounds, and the answer is at most a stretch of its tier too old', () => {
  const limit = 64;
  const keepMs = 400_000;
  const history = new History(limit);
  for (let now = 0; now <= 2_000_000; now += 250) {
    history.add(now, now, keepMs);
    assert.ok(history.size <= 3 * limit);
    // The first value of a stretch may have made room for its last.
    if (now < keepMs + 8000) continue;
    for (const back of [10_000, 60_000, keepMs]) {
      const error = now - back - history.valueAt(now - back);
      // 16 s fit into 64 values, 64 s into a second each, 512 s into eight seconds each.
      const allowed = back <= 15_000 ? 0 : back <= 60_000 ? 1000 : 8000;
      assert.ok(error >= 0 && error <= allowed, `${error} ms too old, ${back} ms back`);
    }
  }
});

test('saved piece by piece and restored it is the same', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (given, seed) => {
      let history = new History();
      const saved = new Map<string, SegmentState>();
      let now = 1e12;
      for (const [index, [after, value]] of given.entries()) {
        now += after;
        history.add(now, value, 60_000);
        if ((index + seed) % 700 === 0) history.clear();
        if ((index + seed) % 300 !== 0) continue;
        history.takeChanges((tier, segment, state) => {
          if (state === undefined) saved.delete(`${tier} ${segment}`);
          else saved.set(`${tier} ${segment}`, state);
        });
        const before = history;
        history = History.restore(before.state(), (tier, segment) => saved.get(`${tier} ${segment}`) as SegmentState);
        assert.deepEqual(history.state(), before.state());
        for (const back of [0, 1000, 60_000]) assert.equal(history.valueAt(now - back), before.valueAt(now - back));
      }
    }),
    { numRuns: 100 },
  );
});

test('the next double is the smallest above', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const next = nextUp(value);
      assert.ok(next > value);
      const middle = value / 2 + next / 2;
      assert.ok(middle === value || middle === next || Math.abs(value) < 1e-300);
    }),
  );
  assert.equal(nextUp(0), Number.MIN_VALUE);
  assert.equal(nextUp(1), 1 + Number.EPSILON);
  assert.equal(nextUp(-Number.MIN_VALUE), -0);
});

test('the first double that passes is found by search', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 0, max: 1e300 }), (level) => {
      assert.equal(
        firstDouble((value) => value >= level),
        Math.abs(level),
      );
    }),
  );
  assert.equal(
    firstDouble(() => false),
    Number.POSITIVE_INFINITY,
  );
});
