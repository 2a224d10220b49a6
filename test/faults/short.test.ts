/**
 * The short form of `npm run faults`: fewer alerts and prices, the worst of the faults, the same proofs. And what proves
 * the proof: mistakes planted in the program, each of which it must notice.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROLES, type RoleName } from '#config.ts';
import { PLANTED_BUGS } from '../simulation/planted-bugs.ts';
import { ROOT } from '../support/need.ts';
import { postgresMissing } from '../support/postgres.ts';
import { redisMissing } from '../support/redis.ts';
import { FAULTS } from './faults.ts';
import { runFaults, wrongs } from './run.ts';

const LOAD = { bus: 'redis', ticksPerSecond: 200, alerts: 1_000, seed: 1 };
const PLANT = join(ROOT, 'test/simulation/plant.ts');
const skip = postgresMissing() ?? redisMissing() ?? false;
/** A run ends long before, with a report; this is for what it does not see. */
const timeout = 300_000;

test('faults of every kind under load: nothing lost, nothing doubled', { skip, timeout }, async (t) => {
  const faults = FAULTS.filter(({ isShort }) => isShort);
  const results = await runFaults({ ...LOAD, faults, say: (line) => t.diagnostic(line) });
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

const PLANTED = [
  {
    bug: 'every attempt has an idempotency key of its own',
    role: 'notify',
    fault: 'the far end hears, and every second answer gets lost',
    found: 'badDeliveries',
  },
  {
    bug: 'triggers are let go when the store does not answer at once',
    role: 'evaluate',
    fault: 'no evaluator reaches the store for 10 s',
    found: 'lost',
  },
] as const;

test('mistakes planted in the program are noticed, each by its fault', { skip, timeout }, async (t) => {
  const envOf = (role: RoleName): Record<string, string> => {
    const planted = PLANTED.find((one) => one.role === role);
    const number = PLANTED_BUGS.findIndex(({ name }) => name === planted?.bug);
    return planted ? { NODE_OPTIONS: `--import=${PLANT}`, TOCSIN_BUG: String(number) } : {};
  };
  const faults = FAULTS.filter(({ name }) => PLANTED.some(({ fault }) => fault === name));
  const results = await runFaults({ ...LOAD, envOf, staff: ROLES, faults, say: (line) => t.diagnostic(line) });
  for (const { fault, found } of PLANTED)
    assert.ok((results.find(({ name }) => name === fault)?.[found] ?? 0) > 0, JSON.stringify(results));
});
