import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type pg from 'pg';
import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import { openPostgres } from './postgres.ts';
import { createStore } from './store.ts';

/** The server tells how it answers each statement, and reads a whole table only where no index would help. */
const TELLS = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_min_duration=0',
  'client_min_messages=log',
  'enable_seqscan=off',
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

  let told = 0;
  const whole = new Set<string>();
  const listening = new WeakSet<pg.PoolClient>();
  const listen = (client: pg.PoolClient): void => {
    if (listening.has(client)) return;
    listening.add(client);
    client.on('notice', ({ message = '' }) => {
      if (message.includes('Query Text: ')) told += 1;
      if (LARGE.test(message) && !message.includes(COUNTS_ALL)) whole.add(message);
    });
  };
  storeConformance(async () => {
    const url = `${await server.newDatabase()}&options=${encodeURIComponent(TELLS)}`;
    const database = await openPostgres({ url, log: silentLog });
    database.pool.on('acquire', listen);
    return createStore(database);
  });
  test('it reads no large table from end to end', () => {
    assert.deepEqual([...whole], []);
    assert.ok(told > 1000, `it told of ${told} statements`);
  });
});
