/** Transactions that wait less often are transactions all the same: on a real server. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import { AND_COMMIT, PipelinedDialect } from './pipelined.ts';

const asText = (of: unknown): string => (typeof of === 'string' ? of : (of as { text: string }).text);

describe('on PostgreSQL', { skip: postgresMissing() ?? false }, () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let db: Kysely<never>;
  before(async () => {
    server = await startPostgres();
    pool = new pg.Pool({ connectionString: await server.newDatabase(), max: 1, pipeline: true } as pg.PoolConfig);
    db = new Kysely({ dialect: new PipelinedDialect(pool) });
    await pool.query('create table notes (note text primary key)');
  });
  beforeEach(() => pool.query('truncate notes'));
  after(async () => {
    await db.destroy();
    await server.stop();
  });

  const notes = async (): Promise<unknown[]> =>
    (await pool.query('select note from notes order by note')).rows.map(({ note }) => note);

  /** What is sent and answered from here on, in order. */
  function watch(t: TestContext, refused?: string): string[] {
    const seen: string[] = [];
    const { query } = pg.Client.prototype as unknown as { query: (...all: unknown[]) => Promise<unknown> };
    t.mock.method(pg.Client.prototype, 'query', async function (this: pg.Client, ...all: unknown[]) {
      const [word = ''] = asText(all[0]).replace(AND_COMMIT, '').trim().split(' ');
      seen.push(`> ${word}`);
      if (word === refused) throw new Error(`no ${word}`);
      const answer = await query.apply(this, all);
      seen.push(`< ${word}`);
      return answer;
    });
    return seen;
  }

  test('a question goes out with the beginning, the commit with the last', async (t) => {
    const seen = watch(t);
    await db.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx);
      await sql`${sql.raw(AND_COMMIT)} insert into notes values ('one')`.execute(trx);
    });
    assert.deepEqual(seen.slice(0, 2), ['> begin', '> select']);
    assert.deepEqual(seen.slice(4, 6), ['> insert', '> commit']);
    assert.equal(seen.length, 8);
    t.mock.restoreAll();
    assert.deepEqual(await notes(), ['one']);
  });

  test('what writes waits until the transaction has begun', async (t) => {
    const seen = watch(t);
    await db.transaction().execute((trx) => sql`insert into notes values ('one')`.execute(trx));
    assert.deepEqual(seen.slice(0, 3), ['> begin', '< begin', '> insert']);
  });

  for (const first of ['select', 'insert'])
    test(`where it could not begin nothing is done and nothing answered, ${first} first`, async (t) => {
      watch(t, 'begin');
      const done = db.transaction().execute(async (trx) => {
        if (first === 'select') await sql`select 1`.execute(trx);
        await sql`insert into notes values ('one')`.execute(trx);
      });
      await assert.rejects(done, /no begin/);
      t.mock.restoreAll();
      assert.deepEqual(await notes(), []);
    });

  test('where the last fails, all of it does, for its reason; the next transaction is one again', async () => {
    await pool.query(`insert into notes values ('there')`);
    const done = db.transaction().execute(async (trx) => {
      await sql`insert into notes values ('one')`.execute(trx);
      await sql`${sql.raw(AND_COMMIT)} insert into notes values ('there')`.execute(trx);
    });
    await assert.rejects(done, /duplicate key/);
    assert.deepEqual(await notes(), ['there']);
    await db.transaction().execute((trx) => sql`insert into notes values ('two')`.execute(trx));
    const failing = db.transaction().execute(async (trx) => {
      await sql`insert into notes values ('three')`.execute(trx);
      throw new Error('changed my mind');
    });
    await assert.rejects(failing, /changed my mind/);
    assert.deepEqual(await notes(), ['there', 'two']);
  });

  test('where the commit itself fails, the transaction does', async (t) => {
    await pool.query('create table pairs (a integer unique deferrable initially deferred)');
    await pool.query('insert into pairs values (1)');
    const seen = watch(t);
    const done = db
      .transaction()
      .execute((trx) => sql`${sql.raw(AND_COMMIT)} insert into pairs values (1)`.execute(trx));
    await assert.rejects(done, /duplicate key/);
    assert.ok(seen.includes('< insert'));
  });

  test('outside of a transaction the mark says nothing', async (t) => {
    const seen = watch(t);
    await sql`${sql.raw(AND_COMMIT)} insert into notes values ('one')`.execute(db);
    assert.deepEqual(seen, ['> insert', '< insert']);
  });
});
