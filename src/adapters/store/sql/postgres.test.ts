import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clockAhead } from '#adapters/host/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import { eventually } from '../../../../test/support/client.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { openPostgres } from './postgres.ts';
import { createStore } from './store.ts';

const missing = postgresMissing();

describe('on PostgreSQL', { skip: missing ?? false }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());
  storeConformance(async () => createStore(await openPostgres({ url: await server.newDatabase(), log: silentLog })));

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
