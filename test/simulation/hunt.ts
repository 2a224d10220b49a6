/**
 * Plays runs until one breaks a promise: the planted bug is caught. Prints what was broken and leaves with 0, or with 3
 * where nothing was found in all of them.
 */
import { breachesOf } from './verdict.ts';
import { anywhere, simulate } from './world.ts';

const RUNS = 80;
const CRASHES = 8;
const FOUND = 0;
const NOT_FOUND = 3;

const first = Number(process.env['TOCSIN_SEED'] ?? 1);
for (let seed = first; seed < first + RUNS; seed += 1) {
  const run = await simulate({ seed, deaths: anywhere(CRASHES) });
  const [breach] = await breachesOf(run);
  if (breach !== undefined) {
    console.log(`seed ${seed}: ${breach.slice(0, 300)}`);
    process.exit(FOUND);
  }
  await run.store.close();
}
process.exit(NOT_FOUND);
