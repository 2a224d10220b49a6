import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import type { OpenDatabase } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { createStore } from './store.ts';

/** The server tells how it answers each statement, and reads a whole table only where no index would help. */
const TELLS = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_min_duration=0',
  'client_min_messages=log',
  'enable_seqscan=off',
  'work_mem=64kB',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');
/** What grows with users, alerts and time; the rest is as long as there are instruments, partitions or processes. */
const LARGE =
  /Seq Scan on (alerts|alert_members|triggers|deliveries|channels|watchlists|user_counts|outbox|candles|ticks\w*|checkpoint_chunks|bus_log|idempotency_keys)\b/;
/** Counts all there is, for tests. */
const COUNTS_ALL = 'select "status", count(*) as "count" from "deliveries" group by "status"';

describe('whatever the store is asked', { skip: postgresMissing() ?? false }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  const open = async (hear: (message: string) => void): Promise<OpenDatabase> => {
    const url = `${await server.newDatabase()}&options=${encodeURIComponent(TELLS)}`;
    const database = await openPostgres({ url, log: silentLog });
    const listening = new WeakSet<pg.PoolClient>();
    database.pool.on('acquire', (client) => {
      if (listening.has(client)) return;
      listening.add(client);
      client.on('notice', ({ message = '' }) => hear(message));
    });
    return database;
  };

  let told = 0;
  const whole = new Set<string>();
  storeConformance(async () =>
    createStore(
      await open((message) => {
        if (message.includes('Query Text: ')) told += 1;
        if (LARGE.test(message) && !message.includes(COUNTS_ALL)) whole.add(message);
      }),
    ),
  );
  test('it reads no large table from end to end', () => {
    assert.deepEqual([...whole], []);
    assert.ok(told > 1000, `it told of ${told} statements`);
  });

  test('it does not go through all channels of a busy kind for each delivery, however many they are', async (t) => {
    const plans: string[] = [];
    const database = await open((message) => plans.push(message));
    t.after(() => database.close());
    await database.pool.query(`insert into channels (id, user_id, kind, name, settings, enabled, created_at)
      select 'channel' || n, 'u', 'email', '', '{}', true, 1 from generate_series(1, 10000) n`);
    await database.pool.query('analyze channels');
    const { deliveries } = createStore(database);
    const busy = { channelIds: [], kinds: ['email'] };
    await deliveries.claim(1, 2, 10, busy);
    await deliveries.nextDueAt(busy);
    const looked = plans.filter((plan) => plan.includes('SubPlan'));
    assert.equal(looked.length, 2);
    for (const plan of looked) assert.match(plan, /hashed SubPlan/);
  });
});
