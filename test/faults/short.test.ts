/**
 * The short form of `npm run faults`: fewer alerts and prices, the worst of the faults, the same proofs. And what proves
 * the proof: mistakes planted in the program, each of which it must notice.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROLES } from '#config.ts';
import { PLANTED_BUGS } from '../simulation/planted-bugs.ts';
import { ROOT } from '../support/need.ts';
import { postgresMissing } from '../support/postgres.ts';
import { redisMissing } from '../support/redis.ts';
import { FAULTS } from './faults.ts';
import { runFaults, wrongs } from './run.ts';

const LOAD = { bus: 'redis', ticksPerSecond: 200, alerts: 1_000, seed: 1 };
const PLANT = join(ROOT, 'test/simulation/plant.ts');
const skip = postgresMissing() ?? redisMissing() ?? false;

test('faults of every kind under load: nothing lost, nothing doubled', { skip }, async (t) => {
  const faults = FAULTS.filter(({ isShort }) => isShort);
  const results = await runFaults(t, { ...LOAD, faults, say: (line) => t.diagnostic(line) });
  assert.deepEqual(results.flatMap(wrongs), []);
  assert.equal(results.length, faults.length);
  assert.ok(
    results.every(({ due }) => due > 0),
    'triggers were due in every fault',
  );
  assert.ok(
    results.some(({ toldTwice }) => toldTwice > 0),
    'answers of the far end got lost',
  );
});

for (const [bug, fault, found] of [
  [
    'every attempt has an idempotency key of its own',
    'the far end hears, and every second answer gets lost',
    'badDeliveries',
  ],
  ['triggers are let go when the store does not answer at once', 'no evaluator reaches the store for 10 s', 'lost'],
] as const)
  test(`it is noticed when ${bug}`, { skip }, async (t) => {
    const number = PLANTED_BUGS.findIndex(({ name }) => name === bug);
    const env = { NODE_OPTIONS: `--import=${PLANT}`, TOCSIN_BUG: String(number) };
    const faults = FAULTS.filter(({ name }) => name === fault);
    const results = await runFaults(t, { ...LOAD, env, staff: ROLES, faults, say: (line) => t.diagnostic(line) });
    assert.ok(
      results.some((result) => result[found] > 0),
      JSON.stringify(results),
    );
  });
