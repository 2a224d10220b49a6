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
  const triggers = { all: 0, confirmed: 0, sequences: 0, confirmedElsewhere: 0, sequencesElsewhere: 0 };
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
    const fired = compare(steps);
    triggers.all += fired.length;
    const count = (isOne: (text: string) => boolean): number => (fired.some((one) => isOne(one.condition)) ? 1 : 0);
    triggers.confirmed += count(isConfirmed);
    triggers.sequences += count(isSequence);
    triggers.confirmedElsewhere += count((text) => isConfirmed(text) && isElsewhere(text));
    triggers.sequencesElsewhere += count((text) => isSequence(text) && isElsewhere(text));
  });
  const numRuns = Number(process.env['TOCSIN_RUNS'] ?? 1500);
  fc.assert(property, { numRuns });
  const tame = `${JSON.stringify(triggers)} triggers in ${numRuns} histories: too tame to prove anything`;
  const { all, confirmed, sequences, ...elsewhere } = triggers;
  const isLively = confirmed > numRuns / 20 && sequences > numRuns / 60;
  const isLivelyElsewhere = Object.values(elsewhere).every((count) => count > numRuns / 300);
  assert.ok(all > numRuns && isLively && isLivelyElsewhere, tame);
});

const isConfirmed = (text: string): boolean => /(?<!no data) (for|at close of) \S+( ticks)?$/.test(text);
const isSequence = (text: string): boolean => text.includes(' then ');
const isElsewhere = (text: string): boolean => /\b(ONE|TWO|THREE)\b/.test(text);
