/**
 * From the answer to `POST /api/v1/alerts` until the alert is armed, as its user hears it: the evaluator knows the rule,
 * and has said so to the store. Alerts are made one after the other at uneven times, while prices come; at the end each
 * of them must fire by the first price that crosses, or it was not armed when it said so. How long the answer itself took
 * stands beside it, for the machine's load is in both.
 *
 *   node bench/arming.ts [--alerts=1000] [--on=memory,redis,kafka] [--prices=200] [--smoke]
 *
 * On memory it is one process with the embedded database; else PostgreSQL, and a process for each role.
 */
import assert from 'node:assert/strict';
import { Client, eventually } from '../test/support/client.ts';
import { kafkaMissing, startKafka } from '../test/support/kafka.ts';
import { postgresMissing, startPostgres } from '../test/support/postgres.ts';
import { type Cleanup, startProgram } from '../test/support/program.ts';
import { Random } from '../test/support/random.ts';
import { redisMissing, startRedis } from '../test/support/redis.ts';
import { flag, machine, medianOf, show, table } from './harness.ts';

const isSmoke = flag('smoke') !== undefined;
const ALERTS = Number(flag('alerts') ?? (isSmoke ? 20 : 1_000));
const PRICES_A_SECOND = Number(flag('prices') ?? 200);
const BUSES = (flag('on') ?? (isSmoke ? 'memory' : 'memory,redis,kafka')).split(',');
/** Between two alerts, at most: they meet every moment of whatever looks now and then. */
const LONGEST_PAUSE_MS = isSmoke ? 5 : 60;
const ROLES = ['ingest', 'evaluate', 'record', 'notify', 'gateway'];

interface Told {
  readonly id: string;
  readonly status: string;
}

/** Median and 99th of a hundred. */
const both = (ms: readonly number[]): string => {
  const sorted = [...ms].sort((a, b) => a - b);
  return `${show(medianOf(sorted))} / ${show(sorted[Math.ceil(sorted.length * 0.99) - 1] as number)}`;
};
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The gateway of a program on that bus. */
async function startOn(bus: string, t: Cleanup): Promise<string> {
  const env = { SOURCES: 'push', MAX_ALERTS_PER_USER: '1000000', MAX_INSTRUMENTS_PER_USER: '1000' };
  if (bus === 'memory') return (await startProgram(t, { env })).url;
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const broker = await (bus === 'kafka' ? startKafka() : startRedis());
  t.after(() => broker.remove());
  const shared = {
    ...{ ...env, STORE: await postgres.newDatabase(), BUS: broker.url, PUBLIC_URL: 'http://tocsin.test' },
    AUTH_SECRET: 'the same secret for every process of a cluster',
  };
  const urls: string[] = [];
  for (const role of ROLES) urls.push((await startProgram(t, { env: { ...shared, ROLES: role } })).url);
  return urls.at(-1) as string;
}

async function measure(bus: string): Promise<readonly string[]> {
  const cleaning: (() => unknown)[] = [];
  const t: Cleanup = { after: (task) => cleaning.push(task) };
  try {
    const user = new Client(await startOn(bus, t));
    user.headers['x-api-key'] = (await user.ok('POST', '/api/v1/api-keys', { name: 'bench' })).key;
    const push = (symbol: string, price: number) => user.ok('POST', '/api/v1/prices', { symbol, price });
    await push('LAMP', 10);

    const armedAt = new Map<string, number>();
    const answeredAt = new Map<string, number>();
    let fired = 0;
    const opened = Promise.withResolvers<void>();
    const listening = (async () => {
      for await (const { event, data } of user.stream('/api/v1/stream?symbols=LAMP')) {
        // The newest price comes first.
        opened.resolve();
        const { id, status } = data as Told;
        if (event === 'alert' && status === 'armed' && !armedAt.has(id)) armedAt.set(id, performance.now());
        if (event === 'trigger') fired += 1;
        if (fired === ALERTS) return;
      }
    })();
    await opened.promise;

    let isOver = false;
    const prices = (async () => {
      for (let n = 0; !isOver && PRICES_A_SECOND > 0; n += 1) {
        await push(`BULB-${n % 50}`, 10 + (n % 7) / 10);
        await wait(1_000 / PRICES_A_SECOND);
      }
    })();
    const random = new Random(5);
    const answeredIn: number[] = [];
    for (let n = 0; n < ALERTS; n += 1) {
      const askedAt = performance.now();
      const { id } = await user.ok('POST', '/api/v1/alerts', {
        symbol: 'LAMP',
        condition: `price crosses above ${11 + n / ALERTS}`,
      });
      answeredAt.set(id, performance.now());
      answeredIn.push(performance.now() - askedAt);
      await wait(random.whole(0, LONGEST_PAUSE_MS));
    }
    await eventually(async () => armedAt.size === ALERTS, 'every alert is armed');
    isOver = true;
    await prices;
    await push('LAMP', 12);
    await push('LAMP', 12.1);
    await eventually(async () => fired === ALERTS, 'every alert fires');
    await listening;

    const armedIn = [...answeredAt].map(([id, at]) => Math.max(0, (armedAt.get(id) as number) - at));
    assert.equal(armedIn.length, ALERTS);
    const within = armedIn.filter((ms) => ms <= 100).length / ALERTS;
    return [bus, both(answeredIn), both(armedIn), show(Math.max(...armedIn)), `${show(within * 100)} %`];
  } finally {
    for (const task of cleaning.reverse()) await task();
  }
}

const rows: (readonly string[])[] = [];
for (const bus of BUSES) {
  const missing = bus === 'memory' ? null : (postgresMissing() ?? (bus === 'kafka' ? kafkaMissing() : redisMissing()));
  if (missing === null) rows.push(await measure(bus));
  else console.log(`not on ${bus}: ${missing}`);
}
console.log(`${machine()}; ${show(ALERTS)} alerts, about ${PRICES_A_SECOND} prices a second beside them\n`);
console.log(table(['ms, median / p99', 'until the answer', 'from it until armed', 'most', 'within 100 ms'], rows));
