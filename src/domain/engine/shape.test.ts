import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition } from '../../../test/support/conditions.ts';
import { compileCondition } from '../condition/checker.ts';
import { printCondition } from '../condition/printer.ts';
import { conditionWith, shapeKey, shapeOf } from './shape.ts';

test('property: what the checker lets through has a shape, which gives it back with its numbers', () => {
  let passed = 0;
  fc.assert(
    fc.property(anyCondition({ sensible: true, maxLeaves: 4 }), (condition) => {
      const result = compileCondition(printCondition(condition));
      if (!result.ok) return;
      passed += 1;
      const numbers: number[] = [];
      shapeKey(result.condition, numbers);
      const shape = shapeOf(result.condition);
      assert.deepEqual(
        conditionWith(shape, (index) => numbers[index] as number),
        condition,
      );
    }),
    { numRuns: 2000 },
  );
  assert.ok(passed > 200, `${passed}`);
});
