import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import { newUser, putRule, sampleAlert, sampleTrigger, T0 } from '#contracts/store/testing/samples.ts';
import type { AlertId, ChannelId } from '#domain/alert/alert.ts';
import type { Effect } from '#domain/engine/event.ts';
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
];
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

  const open = async (hear: (message: string) => void, more: readonly string[] = []): Promise<OpenDatabase> => {
    const options = [...TELLS, ...more].map((setting) => `-c ${setting}`).join(' ');
    const url = `${await server.newDatabase()}&options=${encodeURIComponent(options)}`;
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

  test('of very many alerts and deliveries it reads those that a storm concerns, not all', async (t) => {
    const plans: string[] = [];
    const database = await open((message) => plans.push(message), ['enable_seqscan=on']);
    t.after(() => database.close());
    const store = createStore(database);
    const user = newUser();
    const alert = sampleAlert(user, { channelIds: ['c' as ChannelId] });
    await store.alerts.create(alert, putRule(alert), 1);
    await database.pool.query(`insert into alerts select (json_populate_record(a, json_build_object('id', 'a' || n))).*
      from alerts a, generate_series(1, 20000) n`);
    await database.pool.query('analyze alerts');
    const fire = (from: number, count: number): Effect[] =>
      Array.from({ length: count }, (_, i) => {
        const trigger = sampleTrigger({ ...alert, id: `a${from + i}` as AlertId }, 1);
        return { kind: 'trigger', trigger };
      });
    for (let from = 1; from <= 10_000; from += 2_000) await store.triggers.record(fire(from, 2_000), T0);
    await database.pool.query('analyze triggers; analyze deliveries');
    plans.length = 0;
    await store.triggers.record(fire(10_001, 500), T0);
    const now = Date.now();
    const taken = await store.deliveries.claim(now, now + 1, 64);
    await store.deliveries.save(
      taken.map((delivery) => ({ delivery: { ...delivery, status: 'accepted' }, added: [] })),
    );
    assert.equal(taken.length, 64);
    // Two of recording, one each of claiming and saving.
    assert.equal(plans.filter((plan) => plan.includes('Query Text: ')).length, 4, plans.join());
    assert.deepEqual(
      plans.filter((plan) => LARGE.test(plan)),
      [],
    );
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
