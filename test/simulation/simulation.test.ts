/**
 * The roles of the real program under a seeded simulation of everything around them. Whatever crashes, at whatever
 * await, and however often: what the log says is what users get, once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenSeed, Random } from '../support/random.ts';
import { breachesOf } from './verdict.ts';
import { anywhere, type Run, type RunOptions, simulate } from './world.ts';

const RANDOM_RUNS = 25;
const CRASHES = 8;
/** Three ways to come to a place, in three runs of different seeds. */
const ATTEMPTS = 9;
/** Calls that only a program which has run for a long time makes. */
const RARE = /deliveries\.requeue|busLog\.trim/;

async function play(options: RunOptions): Promise<Run> {
  const run = await simulate(options);
  assert.deepEqual(await breachesOf(run), [], `seed ${options.seed}, crashes: ${run.crashes.join(', ')}`);
  await run.store.close();
  return run;
}

test('a run without a crash keeps every promise, and something happens in it', async () => {
  const run = await simulate({ seed: 2, deaths: () => [] });
  assert.deepEqual(await breachesOf(run), []);
  assert.ok(run.calls.length >= 10, `${run.calls.length} calls of the far end`);
  await run.store.close();
});

test(`${RANDOM_RUNS} runs with crashes anywhere and a store that fails now and then`, async (t) => {
  const seed = chosenSeed();
  t.diagnostic(`seeds ${seed} to ${seed + RANDOM_RUNS - 1}`);
  for (let next = seed; next < seed + RANDOM_RUNS; next += 1) await play({ seed: next, deaths: anywhere(CRASHES) });
});

test('a crash at every await there is, before and after its effect', async (t) => {
  const seed = chosenSeed();
  const { visits } = await play({ seed, deaths: anywhere(1) });
  const places = [...visits.keys()].filter((place) => !RARE.test(place));
  t.diagnostic(`seed ${seed}, ${places.length} places`);
  assert.ok(places.length >= 40, places.join(', '));
  const random = new Random(seed);
  for (const place of places) {
    // Some are come to at once, some only late in a life, some only in the life after a crash (reading the log again).
    const late = { place, occurrence: random.whole(1, visits.get(place) as number) };
    const first = { place, occurrence: 1 };
    const ways: readonly RunOptions['deaths'][] = [
      () => [late],
      () => [first],
      (chance) => [...anywhere(1)(chance), first],
    ];
    let crashed = false;
    for (let attempt = 0; attempt < ATTEMPTS && !crashed; attempt += 1) {
      const { crashes } = await play({
        seed: seed + Math.floor(attempt / ways.length),
        deaths: ways[attempt % ways.length] as RunOptions['deaths'],
      });
      crashed = crashes.includes(place);
    }
    assert.ok(crashed, `no crash ${place}`);
  }
});
