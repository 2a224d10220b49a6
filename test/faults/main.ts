/**
 * `npm run faults`: every fault at full load, and a table of what it did. Exit code 1 where a promise was broken.
 *
 *   npm run faults -- [--short] [--bus=redis] [--rate=1000] [--alerts=100000] [--only=WORDS] [--seed=N] [--report]
 */
import { parseArgs } from 'node:util';
import { postgresMissing } from '../support/postgres.ts';
import type { Cleanup } from '../support/program.ts';
import { BUSES } from './buses.ts';
import { FAULTS } from './faults.ts';
import { tableOf, writeReport } from './report.ts';
import { runFaults, wrongs } from './run.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    bus: { type: 'string', default: 'redis' },
    rate: { type: 'string' },
    alerts: { type: 'string' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
  },
});

const tasks: (() => unknown)[] = [];
const t: Cleanup = { after: (task) => void tasks.push(task) };
const cleanUp = async (): Promise<void> => {
  for (const task of tasks.splice(0).reverse()) await Promise.resolve(task()).catch?.(() => {});
};
const missing = postgresMissing() ?? BUSES[values.bus]?.missing();
if (missing) {
  console.error(missing);
  process.exit(2);
}
process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)));
const began = Date.now();
const say = (line: string): void => console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const ticksPerSecond = Number(values.rate ?? (values.short ? 200 : 1_000));
const alerts = Number(values.alerts ?? (values.short ? 1_000 : 100_000));
try {
  const faults = FAULTS.filter(
    ({ name, isShort, bus }) =>
      (bus === undefined || bus === values.bus) &&
      (values.only === '' ? !values.short || isShort : values.only.split(',').some((word) => name.includes(word))),
  );
  const seed = Number(values.seed);
  const results = await runFaults(t, { bus: values.bus, faults, ticksPerSecond, alerts, seed, say });
  console.log(`\n${tableOf(results)}`);
  const broken = results.flatMap(wrongs);
  for (const line of broken) console.log(line);
  if (values.report) writeReport({ results, bus: values.bus, ticksPerSecond, alerts, tookMs: Date.now() - began });
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await cleanUp();
}
process.exit();
