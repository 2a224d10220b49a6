/**
 * One price fires very many alerts at once: how long until every trigger is durable and every delivery queued, and how the
 * API and the page answer meanwhile.
 */
import assert from 'node:assert/strict';
import pg from 'pg';
import { eventually } from '../../test/support/client.ts';
import { show, table } from '../harness.ts';
import type { Cluster } from './cluster.ts';
import { insertStorm } from './market.ts';
import { pause, takenBy } from './site.ts';

const ASK_EVERY_MS = 20;
const LOOK_EVERY_MS = 100;
const LIMIT_MS = 180_000;
const ASKED = ['/api/v1/alerts?limit=50', '/api/v1/triggers?limit=50', '/'];

export async function storm(cluster: Cluster, alerts: number): Promise<Record<string, number>> {
  const { ground, feeder, pids } = cluster;
  const db = new pg.Client({ connectionString: ground.store });
  await db.connect();
  const count = async (statement: string): Promise<number> => Number((await db.query(statement)).rows[0].count);

  const put = performance.now();
  await insertStorm(ground.store, cluster.like, alerts);
  const written = performance.now();
  await eventually(
    async () => (await count(`select count(*) from (select from alerts where status = 'arming' limit 1) a`)) === 0,
    'all alerts of the storm are armed',
    LIMIT_MS,
  );
  const armed = performance.now();

  const [triggers, deliveries] = ['select count(*) from triggers', 'select count(*) from deliveries'] as const;
  const [hadTriggers, hadDeliveries] = [await count(triggers), await count(deliveries)];
  let isOver = false;
  const answers = new Map(ASKED.map((path) => [path, [] as number[]]));
  const asking = Promise.all(
    ASKED.map(async (path) => {
      while (!isOver) {
        const began = performance.now();
        const { status } = await cluster.user.request('GET', path);
        if (status === 200) answers.get(path)?.push(performance.now() - began);
        await pause(ASK_EVERY_MS);
      }
    }),
  );
  await pause(1_000);
  for (const times of answers.values()) times.length = 0;

  const before = takenBy(pids);
  feeder.say('storm\n');
  const { at } = await feeder.answer((answer) => 'at' in answer);
  let firstMs = 0;
  let triggersMs = 0;
  let deliveriesMs = 0;
  while (deliveriesMs === 0) {
    if (Date.now() > at + LIMIT_MS) throw new Error(`${await count(triggers)} triggers after ${LIMIT_MS} ms`);
    const made = (await count(triggers)) - hadTriggers;
    if (firstMs === 0 && made > 0) firstMs = Date.now() - at;
    if (triggersMs === 0 && made >= alerts) triggersMs = Date.now() - at;
    if (triggersMs > 0 && (await count(deliveries)) - hadDeliveries >= alerts) deliveriesMs = Date.now() - at;
    else await pause(LOOK_EVERY_MS);
  }
  isOver = true;
  await asking;
  const after = takenBy(pids);
  assert.equal((await count(triggers)) - hadTriggers, alerts, 'each fires once');
  const sizes: [string, string][] = [];
  for (const name of ['alerts', 'triggers', 'deliveries']) {
    const { rows } = await db.query(
      `select pg_total_relation_size('${name}') / greatest(1, count(*)) as size from ${name}`,
    );
    sizes.push([name, show(Number(rows[0].size))]);
  }
  await db.end();

  const seconds = (ms: number): string => show(ms / 1_000);
  console.log(`\nA storm: one price fires ${show(alerts)} alerts of ${show(alerts / 100)} users\n`);
  console.log(
    table(
      ['', 's'],
      [
        ['their changes written into the store', seconds(written - put)],
        ['all armed, by relay, log and engine', seconds(armed - put)],
        ['the price → the first triggers durable', seconds(firstMs)],
        ['the price → all triggers durable', seconds(triggersMs)],
        ['the price → all deliveries queued', seconds(deliveriesMs)],
      ],
    ),
  );
  console.log('\nAsked meanwhile:\n');
  console.log(
    table(
      ['', 'times', 'p50 ms', 'p99 ms', 'worst ms'],
      // Where the page is not built there is none.
      [...answers]
        .filter(([, { length }]) => length > 0)
        .map(([path, times]) => {
          const sorted = times.sort((a, b) => a - b);
          const of = (share: number): string =>
            show(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
          return [`GET ${path}`, show(sorted.length), of(0.5), of(0.99), of(1)];
        }),
    ),
  );
  console.log('\nProcessor seconds of the storm:\n');
  const spent = [...pids.keys()].map((name) => [
    name,
    ((after.get(name)?.seconds ?? 0) - (before.get(name)?.seconds ?? 0)).toFixed(2),
  ]);
  console.log(table(['process', 's'], spent));
  console.log('\nIn the store, with indexes:\n');
  console.log(table(['table', 'bytes a row'], sizes));
  return { 'storm, s': deliveriesMs / 1_000 };
}
