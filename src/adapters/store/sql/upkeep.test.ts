import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestStore } from '../../../../test/support/store.ts';
import { upkeep } from './upkeep.ts';

/** Above the floor from which dead rows are taken away. */
const MANY_ROWS = 5_000;

test('dead rows are taken away and the write-ahead log is cut, each only when it is worth it', async () => {
  const store = await openTestStore();
  const { pool } = store.database;
  const one = async <T>(text: string): Promise<T> => ((await pool.query(text)).rows[0] as { value: T }).value;
  const vacuumed = (): Promise<number> =>
    one("select vacuum_count as value from pg_stat_user_tables where relname = 'bus_commits'");
  const checkpoint = (): Promise<string> => one('select redo_lsn::text as value from pg_control_checkpoint()');
  const begun = await checkpoint();

  await store.busLog.commit('t', 'g', 0, 1);
  await upkeep(pool);
  assert.equal(await vacuumed(), 0);
  assert.equal(await checkpoint(), begun);

  await pool.query("insert into bus_commits select 't', 'g' || n, 1, n from generate_series(1, $1::integer) as s (n)", [
    MANY_ROWS,
  ]);
  await pool.query("delete from bus_commits where partition = 1 and consumer_group <> 'g1'");
  await pool.query('select pg_stat_force_next_flush()');
  await upkeep(pool);
  assert.equal(await vacuumed(), 1);
  assert.equal(await checkpoint(), begun);
  await upkeep(pool, 1);
  assert.notEqual(await checkpoint(), begun);
  assert.equal((await store.busLog.commits()).length, 2);
  await store.close();
});
