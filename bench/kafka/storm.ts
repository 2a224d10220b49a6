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

const ASK_EVERY_MS = 50;
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

  // Numbers of triggers rise by one: to ask for the highest costs the server nothing, to count them all would.
  const newest = async (): Promise<number> =>
    Number((await db.query('select coalesce(max(seq), 0) as seq from triggers')).rows[0].seq);
  const triggers = 'select count(*) from triggers';
  const deliveries = 'select count(*) from deliveries';
  const delivered = `${deliveries} where due_at is null`;
  const [hadTriggers, hadDeliveries, hadDelivered] = [
    await count(triggers),
    await count(deliveries),
    await count(delivered),
  ];
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
  const hadSeq = await newest();
  feeder.say('storm\n');
  const { at } = await feeder.answer((answer) => 'at' in answer);
  const until = async (isSo: () => Promise<boolean>, what: string): Promise<number> => {
    while (!(await isSo())) {
      if (Date.now() > at + LIMIT_MS)
        throw new Error(`${what}: not after ${LIMIT_MS} ms, ${await count(triggers)} triggers`);
      await pause(LOOK_EVERY_MS);
    }
    return Date.now() - at;
  };
  const firstMs = await until(async () => (await newest()) > hadSeq, 'the first trigger');
  await until(async () => (await newest()) >= hadSeq + alerts, 'all triggers');
  const durableMs = await until(
    async () => (await count(triggers)) >= hadTriggers + alerts && (await count(deliveries)) >= hadDeliveries + alerts,
    'all deliveries',
  );
  const durable = takenBy(pids);
  const deliveredMeanwhile = (await count(delivered)) - hadDelivered;
  isOver = true;
  await asking;
  const deliveredMs = await until(async () => (await count(delivered)) >= hadDelivered + alerts, 'all are delivered');
  const after = takenBy(pids);
  assert.equal((await count(triggers)) - hadTriggers, alerts, 'each fires once');
  assert.equal((await count(deliveries)) - hadDeliveries, alerts, 'each is told once');
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
        ['the price → all triggers durable, their deliveries queued', seconds(durableMs)],
        ['the price → all deliveries made', seconds(deliveredMs)],
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
  console.log(
    `\nProcessor seconds, until all was durable and queued (${show(deliveredMeanwhile)} were delivered by then), and until all was delivered:\n`,
  );
  const between = (from: typeof before, to: typeof before, name: string): number =>
    (to.get(name)?.seconds ?? 0) - (from.get(name)?.seconds ?? 0);
  const names = [...pids.keys()];
  const all = (from: typeof before, to: typeof before): number =>
    names.reduce((sum, name) => sum + between(from, to, name), 0);
  const spent = names.map((name) => [
    name,
    between(before, durable, name).toFixed(2),
    between(before, after, name).toFixed(2),
  ]);
  spent.push(['all', all(before, durable).toFixed(2), all(before, after).toFixed(2)]);
  console.log(table(['process', 's until queued', 's until delivered'], spent));
  console.log('\nIn the store, with indexes:\n');
  console.log(table(['table', 'bytes a row'], sizes));
  return { 'storm, s': durableMs / 1_000, 'storm, processor s until queued': all(before, durable) };
}
