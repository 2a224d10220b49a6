/**
 * The whole on a real Kafka and a real PostgreSQL, each role a process of its own, all on this machine: from price to page,
 * the evaluate role alone on a log of prices, and a storm of triggers.
 *
 *   KAFKA_HOME=… PATH=node_modules/.bin:$PATH node --expose-gc bench/kafka.ts [--only=end-to-end,storm,backlog]
 *     [--alerts=1000000] [--rate=500,5000] [--seconds=30] [--ticks=2000000] [--profile=FOLDER] [--smoke] [--save]
 */
import { kafkaMissing } from '../test/support/kafka.ts';
import { postgresMissing } from '../test/support/postgres.ts';
import type { Cleanup } from '../test/support/program.ts';
import { compare, flag, machine, show } from './harness.ts';
import { backlog } from './kafka/backlog.ts';
import { startCluster } from './kafka/cluster.ts';
import { endToEnd } from './kafka/end-to-end.ts';
import { farCheckpoint } from './kafka/market.ts';
import { Site } from './kafka/site.ts';
import { storm } from './kafka/storm.ts';

const isSmoke = flag('smoke') !== undefined;
const number = (name: string, short: number, full: number): number => Number(flag(name) ?? (isSmoke ? short : full));
const ALERTS = number('alerts', 2_000, 1_000_000);
const STORM_ALERTS = number('storm', 500, 100_000);
const RATES = (flag('rate') ?? (isSmoke ? '1000' : '5000')).split(',').map(Number);
const SECONDS = number('seconds', 1, 30);
const WARM_UP_SECONDS = isSmoke ? 1 : 8;
const TICKS = number('ticks', 5_000, 2_000_000);
/** In the short form one process in place of four. */
const STAFF = isSmoke ? ['gateway,evaluate,record,notify'] : ['gateway', 'evaluate', 'record', 'notify'];
const only = flag('only')?.split(',');
const wants = (part: string): boolean => only === undefined || only.includes(part);

const missing = kafkaMissing() ?? postgresMissing();
if (missing !== null) {
  console.log(missing);
  process.exit(0);
}

const tasks: (() => unknown)[] = [];
const t: Cleanup = { after: (task) => void tasks.push(task) };
const measured: Record<string, number> = {};
async function cleanUp(): Promise<void> {
  for (const task of tasks.splice(0).reverse()) await Promise.resolve(task()).catch(() => {});
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(1)));
try {
  const site = await Site.start(t);
  const checkpoint = farCheckpoint(ALERTS);
  console.log(`${machine()}, which Kafka, PostgreSQL and every role share; ${show(ALERTS)} alerts`);
  if (wants('end-to-end') || wants('storm')) {
    const cluster = await startCluster(site, { far: ALERTS, checkpoint, staff: STAFF });
    for (const perSecond of wants('end-to-end') ? RATES : []) {
      const options = { perSecond, warmUpSeconds: WARM_UP_SECONDS, seconds: SECONDS };
      Object.assign(measured, await endToEnd(site, cluster, options));
    }
    if (wants('storm')) Object.assign(measured, await storm(cluster, STORM_ALERTS));
    await cluster.stop();
  }
  if (wants('backlog'))
    Object.assign(measured, await backlog(site, { ticks: TICKS, checkpoint, isCompared: !isSmoke }));
  if (!isSmoke && only === undefined) console.log(`\n${compare('kafka', measured)}`);
} finally {
  await cleanUp();
}
process.exit();
