/**
 * The engine against the evaluator by brute force, on random histories. Those that once disagreed are kept in
 * kept-histories.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare } from './comparison.ts';
import { step } from './histories.ts';

test('the engine and brute force agree on random histories, with restarts at any event', () => {
  const triggers = { all: 0, confirmed: 0, sequences: 0 };
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
    const fired = compare(steps);
    triggers.all += fired.length;
    triggers.confirmed += fired.some(({ condition: text }) => /(?<!no data) (for|at close of) \S+( ticks)?$/.test(text))
      ? 1
      : 0;
    triggers.sequences += fired.some(({ condition: text }) => text.includes(' then ')) ? 1 : 0;
  });
  const numRuns = Number(process.env['TOCSIN_RUNS'] ?? 1500);
  fc.assert(property, { numRuns });
  const tame = `${JSON.stringify(triggers)} triggers in ${numRuns} histories: too tame to prove anything`;
  const isLively = triggers.confirmed > numRuns / 20 && triggers.sequences > numRuns / 60;
  assert.ok(triggers.all > numRuns && isLively, tame);
});
