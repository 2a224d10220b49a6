/**
 * Runs the tests: `npm test` all of them, `npm run test:quick` those that need no browser and no long replay, or only
 * the files whose path contains one of the words given. Says what was skipped and why, and closes with the plain line
 * `N passed, N failed`. What is tried with chance is tried anew each time, or with the chance of TOCSIN_SEED.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';

const ROOT = resolve(import.meta.dirname, '..');
/**
 * Long: they start the whole program, a browser or a fuzzer, kill and wait, or read a week of trades. Left out of the
 * quick run; in the whole they come first, the longest at their head, so that none goes on alone when all else is done.
 */
const LONG = [
  ...[
    'acceptance/kill.test.ts',
    'test/bench.test.ts',
    'simulation/simulation.test.ts',
    'simulation/planted-bugs.test.ts',
  ],
  ...['faults/short.test.ts', 'acceptance/roles.test.ts', 'acceptance/start.test.ts', 'page/accessible.test.ts'],
  ...['bus/kafka/', 'api/schemathesis.test.ts', 'sql/postgres-versions.test.ts', 'acceptance/oracle.test.ts'],
  ...['scripts/store.test.ts', 'sql/durability.test.ts', 'deploy/image.test.ts', 'rabbit/rabbit-bus.test.ts'],
  ...['test/page/', 'test/acceptance/', 'test/simulation/', 'test/faults/', 'sql/candles.test.ts'],
  ...['sql/postgres.test.ts', 'sql/indexes.test.ts', 'transfer/transfer.test.ts', 'redis/redis-bus.test.ts'],
  ...['notify/crash.test.ts', 'replay/replay.test.ts', 'oracle/recordings.test.ts', 'indicator/accuracy.test.ts'],
];
const placeOf = (file: string): number => {
  const place = LONG.findIndex((part) => file.includes(part));
  return place === -1 ? LONG.length : place;
};
/** A test that hangs is a failure, not a wait. The longest file takes four minutes where little else runs. */
const TEST_TIMEOUT_MS = 15 * 60_000;
/** A file that spins hears of no time limit: from a thread of its own it is ended a little later. */
const END_AFTER_MS = TEST_TIMEOUT_MS + 60_000;
const ENDS_ITSELF = `data:text/javascript,${encodeURIComponent(`
  import { isMainThread, Worker } from 'node:worker_threads';
  const code = "setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${END_AFTER_MS})";
  if (isMainThread) new Worker(code, { eval: true }).unref();
`)}`;

const SEEDED = process.env['TOCSIN_SEED'] === undefined ? [] : ['--import', resolve(ROOT, 'test/support/seed.ts')];

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const quick = process.argv.includes('--quick');
const files = globSync('{src,test,scripts,web}/**/*.test.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .filter((file) => !quick || placeOf(file) === LONG.length)
  .sort()
  .sort((one, other) => placeOf(one) - placeOf(other));
if (files.length === 0) {
  console.error(`no test file matches ${words.join(', ')}`);
  process.exit(2);
}

// What the sources become is the same for every process of the run, and for the next run.
process.env['NODE_COMPILE_CACHE'] ??= resolve(ROOT, 'node_modules/.cache/compiled');

let passed = 0;
let failed = 0;
const skipped: string[] = [];
const startedAt = performance.now();
const stream = run({
  files: files.map((file) => resolve(ROOT, file)),
  concurrency: availableParallelism(),
  timeout: TEST_TIMEOUT_MS,
  // What a package is about to take away is mended now, not when it is gone.
  execArgv: ['--throw-deprecation', '--import', ENDS_ITSELF, ...SEEDED],
});
const name = (file: string | undefined): string => (file ? relative(ROOT, file) : '');

stream.on('test:pass', (event) => {
  if (event.details.type === 'suite' || event.name === event.file || files.includes(name(event.name))) return;
  if (event.skip !== undefined)
    skipped.push(`${name(event.file)}: ${event.name} (${event.skip === true ? 'no reason given' : event.skip})`);
  else passed += 1;
});
stream.on('test:fail', (event) => {
  if (event.details.type === 'suite' || event.details.error?.cause === undefined) return;
  const cause = event.details.error.cause as { code?: string; stack?: string };
  failed += 1;
  console.log(`\nFAILED ${name(event.file)}: ${event.name}\n${cause.stack ?? inspect(cause)}`);
});
stream.on('test:stderr', (event) => process.stderr.write(event.message));
stream.on('test:complete', (event) => {
  if (event.nesting === 0 && event.details.duration_ms > 10_000)
    console.log(`${(event.details.duration_ms / 1000).toFixed(0).padStart(4)} s  ${name(event.file)}: ${event.name}`);
});
stream.on('end', () => {
  if (skipped.length > 0) console.log(`\nSkipped, and why:\n${skipped.map((line) => `  ${line}`).join('\n')}`);
  console.log(`\n${files.length} files in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
stream.resume();
