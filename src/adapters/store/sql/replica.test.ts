import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { eventually } from '../../../../test/support/client.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { openPostgres } from './postgres.ts';
import { Replica } from './replica.ts';
import { createStore } from './store.ts';

const MAX_LAG_MS = 10_000;
const T0 = Date.UTC(2024, 0, 1);
const SYMBOL = 'A' as InstrumentSymbol;
const missing = postgresMissing();

describe('a replica', { skip: missing ?? false }, () => {
  let server: PostgresServer;
  let copy: PostgresServer;
  before(async () => {
    server = await startPostgres();
    copy = await server.replica();
  });
  after(async () => {
    await copy.stop();
    await server.stop();
  });

  /** A database of the server, and whoever reads its history; `at` is where the replica is reached. */
  async function open(t: TestContext, at?: (database: string) => string) {
    const url = await server.newDatabase();
    const name = new URL(url).pathname.slice(1);
    const isThere = async () => (await copy.admin(`select from pg_database where datname = '${name}'`)).length > 0;
    await eventually(isThere, 'the replica has the database');
    const database = await openPostgres({ url, log: silentLog });
    t.after(() => database.close());
    const clock = new SimulatedClock();
    const said: string[] = [];
    const log = {
      ...silentLog,
      warn: (about: object, message: string) => said.push(`${message}: ${JSON.stringify(about)}`),
      info: (_: object, message: string) => said.push(message),
    };
    const replica = await Replica.open({
      ...{ url: (at ?? copy.url)(name), server: database, maxLagMs: MAX_LAG_MS, clock, log, metrics: noMetrics },
    });
    t.after(() => replica.close());
    const asksReplica = (): Promise<boolean> =>
      replica.read(async (db) => {
        const { rows } = await sql<{ at: boolean }>`select pg_is_in_recovery() as at`.execute(db);
        return rows[0]?.at === true;
      });
    /** Lets it look as often as it takes. */
    const untilAsked = (isReplica: boolean): Promise<unknown> =>
      eventually(
        async () => {
          await clock.advance(1_000);
          return (await asksReplica()) === isReplica;
        },
        isReplica ? 'the replica is asked' : 'the server is asked',
      );
    return { database, clock, said, replica, asksReplica, untilAsked };
  }

  test('history is read from it, and is all that was recorded', async (t) => {
    const { database, replica, untilAsked, said } = await open(t);
    const store = createStore(database, { replica });
    await untilAsked(true);
    const ticks = Array.from({ length: 100 }, (_, i) => ({
      tick: { symbol: SYMBOL, price: i + 1, at: T0 + i * 7_000, receivedAt: T0, source: 's' },
      late: false,
    }));
    await store.prices.record(0, 1, ticks);
    for (const interval of [1000, 60_000, 300_000]) {
      const range = [SYMBOL, T0, T0 * 2, interval, 1000] as const;
      const expected = await store.prices.candles(...range);
      await eventually(async () => {
        assert.deepEqual(await store.history.candles(...range), expected);
        return true;
      }, `candles of ${interval}`);
    }
    assert.deepEqual(said, []);
  });

  test('one that lags is left until it has caught up, each said once; an idle server makes no lag', async (t) => {
    const { database, clock, said, untilAsked, asksReplica } = await open(t);
    await untilAsked(true);
    // Second by second: its looks are real, and take their time on a busy machine.
    for (let at = 0; at < 10 * MAX_LAG_MS; at += 1_000) {
      await clock.advance(1_000);
      await copy.admin('select 1');
    }
    assert.equal(await asksReplica(), true, 'nothing was written meanwhile');
    t.after(() => copy.admin('select pg_wal_replay_resume()'));
    await copy.admin('select pg_wal_replay_pause()');
    await database.pool.query('create table something (a integer)');
    await clock.advance(MAX_LAG_MS / 2);
    assert.equal(await asksReplica(), true, 'within the limit');
    await untilAsked(false);
    await clock.advance(100 * MAX_LAG_MS);
    assert.equal(await asksReplica(), false);
    await copy.admin('select pg_wal_replay_resume()');
    await untilAsked(true);
    assert.equal(said.length, 2, said.join('\n'));
    assert.match(said[0] ?? '', /not asked.*\d+ s behind/);
    assert.match(said[1] ?? '', /again/);
  });

  test('one that dies is missed by nobody, and is asked again when it is back', async (t) => {
    const { said, untilAsked, replica } = await open(t);
    await untilAsked(true);
    const { promise: begun, resolve: began } = Promise.withResolvers<void>();
    const long = replica.read(async (db) => {
      const { rows } = await sql<{ at: boolean }>`select pg_is_in_recovery() as at`.execute(db);
      began();
      if (rows[0]?.at) await sql`select pg_sleep(600)`.execute(db);
      return 'answered';
    });
    await begun;
    await copy.crash();
    assert.equal(await long, 'answered');
    await untilAsked(false);
    await copy.start();
    await untilAsked(true);
    assert.equal(said.length, 2, said.join('\n'));
    assert.match(said[0] ?? '', /it did not answer|it does not answer/);
  });

  test('one that hangs holds up no read for long', async (t) => {
    const proxy = await startTcpProxy({ path: copy.socket });
    t.after(() => proxy.close());
    const { untilAsked, asksReplica, clock } = await open(
      t,
      (name) => `postgresql://tocsin@127.0.0.1:${proxy.port}/${name}`,
    );
    await untilAsked(true);
    proxy.silence();
    const asked = asksReplica();
    await clock.advance(1_000);
    assert.equal(await asked, false);
    proxy.heal();
    await untilAsked(true);
  });

  test('what follows nobody, or another server, is not asked', async (t) => {
    const itself = await open(t, server.url);
    await itself.clock.advance(5_000);
    assert.equal(await itself.asksReplica(), false);
    assert.match(itself.said.join(), /one itself/);
    const stranger = await startPostgres();
    t.after(() => stranger.stop());
    const other = await open(t, () => stranger.url('postgres'));
    await other.clock.advance(5_000);
    assert.equal(await other.asksReplica(), false);
    assert.match(other.said.join(), /not of the same server/);
    const absent = await open(t, () => 'postgresql://tocsin@127.0.0.1:1/none');
    assert.equal(await absent.asksReplica(), false);
    assert.match(absent.said.join(), /ECONNREFUSED/);
  });
});
