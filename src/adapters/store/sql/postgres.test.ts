import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { clockAhead } from '#adapters/host/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import { eventually } from '../../../../test/support/client.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { openPostgres } from './postgres.ts';
import { withFailures } from './sql-failure.ts';
import { createStore } from './store.ts';

const missing = postgresMissing();

describe('on PostgreSQL', { skip: missing ?? false }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  test('a machine whose clock is wrong learns by how much', async (t) => {
    const url = await server.newDatabase();
    const { now } = Date;
    t.mock.method(Date, 'now', () => now() + 60_000);
    const database = await openPostgres({ url, log: silentLog });
    t.after(() => database.close());
    t.mock.restoreAll();
    assert.ok(Math.abs(database.clockAheadMs + 60_000) < 30_000, String(database.clockAheadMs));
    assert.ok(Math.abs(clockAhead(database.clockAheadMs).now() - (Date.now() - 60_000)) < 30_000);
  });

  test('a question to a server whose machine died fails as soon as another answers there; a slow one is waited for', async (t) => {
    const url = await server.newDatabase();
    const standby = await server.replica();
    t.after(() => standby.stop());
    await standby.admin('select pg_promote()');
    const proxy = await startTcpProxy({ path: server.socket });
    t.after(() => proxy.close());
    const here = `postgresql://tocsin@127.0.0.1:${proxy.port}${new URL(url).pathname}`;
    const database = await openPostgres({ url: here, log: silentLog, silenceMs: 20 });
    t.after(() => database.close());
    const store = createStore(database);
    const [slow] = (await database.pool.query('select 1 as answer from pg_sleep(0.2)')).rows;
    assert.equal(slow.answer, 1);
    const waiting = database.pool.query('select pg_sleep(3600)');
    await Promise.all([
      assert.rejects(waiting, /terminated/),
      eventually(async () => {
        const { rows } = await database.pool.query(
          `select from pg_stat_activity where query like '%3600%' and state = 'active'`,
        );
        return rows.length > 1;
      }, 'the question is under way').then(() => proxy.lead({ path: standby.socket }, 'silent')),
    ]);
    // Each of the old connections finds out for itself.
    await eventually(
      () =>
        store.ping().then(
          () => true,
          () => false,
        ),
      'it is asked there',
    );
  });

  test('a standby that takes over may be written to a moment after it is reached: until then it is away', async (t) => {
    const url = await server.newDatabase();
    await (await openPostgres({ url, log: silentLog })).close();
    const standby = await server.replica();
    t.after(() => standby.stop());
    const proxy = await startTcpProxy({ path: standby.socket });
    t.after(() => proxy.close());
    const pool = new pg.Pool({
      connectionString: `postgresql://tocsin@127.0.0.1:${proxy.port}${new URL(url).pathname}`,
    });
    pool.on('error', () => {});
    t.after(() => pool.end());
    const write = (): Promise<unknown> => withFailures({ write: () => pool.query('create table later ()') }).write();
    await assert.rejects(write(), (error) => error instanceof Failure && error.code === 'store-unavailable');
    await standby.admin('select pg_promote()');
    await write();
  });

  test('connections that break while somebody holds them fail what is asked and end nothing', async (t) => {
    const proxy = await startTcpProxy({ path: server.socket });
    t.after(() => proxy.close());
    const { pathname } = new URL(await server.newDatabase());
    const url = `postgresql://tocsin@127.0.0.1:${proxy.port}${pathname}`;
    const database = await openPostgres({ url, log: silentLog });
    t.after(() => database.close());
    const held = await database.pool.connect();
    proxy.reset();
    await assert.rejects(held.query('select 1'));
    await eventually(async () => held.query('select 1').catch(() => true), 'it is known to be broken');
    held.release(true);
    await createStore(database).ping();
  });
});
