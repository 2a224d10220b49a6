import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MarkSet } from './mark-set.ts';

test('marks are a set of numbers, taken from the lowest', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.integer({ min: 0, max: 200 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const marks = new MarkSet();
      const model = new Set<number>();
      for (const number of steps) {
        if (number === 'take') {
          const lowest = model.size === 0 ? -1 : Math.min(...model);
          model.delete(lowest);
          assert.equal(marks.take(), lowest);
        } else {
          assert.equal(marks.add(number), !model.has(number));
          model.add(number);
        }
        assert.equal(marks.isEmpty, model.size === 0);
      }
    }),
  );
});
