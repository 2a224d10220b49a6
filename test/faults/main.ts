/**
 * `npm run faults`: every fault at full load, and a table of what it did. Exit code 1 where a promise was broken, or it is
 * not over after RUN_LIMIT_MS. Whatever ends it, no server and no process of it goes on.
 *
 *   npm run faults -- [--short] [--bus=redis|kafka|rabbitmq] [--rate=1000] [--alerts=100000] [--only=WORDS] [--seed=N]
 *                     [--report] [--logs=FOLDER]
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { postgresMissing } from '../support/postgres.ts';
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
    logs: { type: 'string' },
  },
});

/** Every fault has a limit of its own; this is for what none of them sees. */
const RUN_LIMIT_MS = 30 * 60_000;

const kind = BUSES[values.bus];
const missing = kind ? (postgresMissing() ?? kind.missing()) : `--bus is one of ${Object.keys(BUSES).join(', ')}`;
if (!kind || missing !== null) {
  console.error(missing);
  process.exit(2);
}
// Servers and processes end with us (test/support/last-will.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
setTimeout(() => {
  console.error(`not over after ${RUN_LIMIT_MS / 60_000} minutes: given up`);
  process.exit(1);
}, RUN_LIMIT_MS).unref();
if (values.logs !== undefined) mkdirSync(values.logs, { recursive: true });
const began = Date.now();
const say = (line: string): void => console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const ticksPerSecond = Number(values.rate ?? (values.short ? 200 : 1_000));
const alerts = Number(values.alerts ?? (values.short ? 1_000 : 100_000));
try {
  const faults = FAULTS.filter(
    ({ name, isShort, brokers }) =>
      (brokers === undefined || brokers === kind.nodes) &&
      (values.only === '' ? !values.short || isShort : values.only.split(',').some((word) => name.includes(word))),
  );
  const seed = Number(values.seed);
  const logs = values.logs === undefined ? {} : { logs: values.logs };
  const results = await runFaults({ bus: values.bus, faults, ticksPerSecond, alerts, seed, say, ...logs });
  console.log(`\n${tableOf(results)}`);
  const broken = results.flatMap(wrongs);
  for (const line of broken) console.log(line);
  if (values.report) writeReport({ results, bus: values.bus, ticksPerSecond, alerts, tookMs: Date.now() - began });
  process.exitCode = broken.length > 0 ? 1 : 0;
} catch (error) {
  console.error('the run could not be judged:', error);
  process.exitCode = 1;
}
process.exit();
