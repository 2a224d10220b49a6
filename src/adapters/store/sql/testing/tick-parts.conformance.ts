/**
 * What a database must prove of prices in partitions, also while programs of the version before go on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import type { Store } from '#contracts/store/store.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { everySize } from '../../../../../test/support/retention.ts';
import { migrate, readMigrations } from '../migration.ts';
import type { OpenDatabase } from '../pglite.ts';
import { createStore } from '../store.ts';
import type { OpenEmpty } from './database.conformance.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12);
const WEEK = 7 * DAY;
const SYMBOL = 'A' as InstrumentSymbol;

/** As a process that uses the database. */
const processOn = (database: OpenDatabase): Store => createStore(database, { now: () => NOW });

const tick = (at: number) => ({ symbol: SYMBOL, price: 1 + (at % 7), at, receivedAt: at, source: 's' });
const rowsAt = (...ats: readonly number[]) => ats.map((at) => ({ tick: tick(at), late: false }));
const secondsOf = async (store: Store): Promise<number[]> =>
  (await store.prices.candles(SYMBOL, 0, NOW * 2, 1000, 100_000)).map(({ at }) => at);
const partsOf = async ({ pool }: OpenDatabase): Promise<string[]> =>
  (
    await pool.query(`select relname as name from pg_class where relispartition and relkind = 'r' order by name`)
  ).rows.map(({ name }) => String(name));

export function tickPartsConformance(open: OpenEmpty): void {
  test('a recording of years ago finds its place, in few tables, and nothing is made for empty days', async (t) => {
    const database = await open(t);
    const store = processOn(database);
    const times = Array.from({ length: 30 * 12 }, (_, i) => Date.UTC(1990, i, 2, 15));
    await store.prices.record(0, 1, rowsAt(...times, Date.UTC(2017, 0, 3, 9, 30), NOW));
    assert.equal((await secondsOf(store)).length, times.length + 2);
    const parts = await partsOf(database);
    assert.ok(parts.length < 120, `${parts.length} tables`);
    assert.ok(parts.includes('ticks_2026_06_15'));
    assert.ok(!parts.includes('ticks_2026_06_14') && !parts.includes('ticks_2026_06_16'));
  });

  test('the next day has its table before it begins', async (t) => {
    const database = await open(t);
    await processOn(database).prices.record(0, 1, rowsAt(NOW + 5 * 3_600_000));
    assert.deepEqual(await partsOf(database), ['ticks_2026_06_15']);
    await processOn(database).prices.record(0, 2, rowsAt(NOW + 7 * 3_600_000));
    assert.deepEqual(await partsOf(database), ['ticks_2026_06_15', 'ticks_2026_06_16']);
  });

  test('past retention whole tables go, whatever is in them, and a late tick finds its place again', async (t) => {
    const database = await open(t);
    const [one, other] = [processOn(database), processOn(database)];
    const times = Array.from({ length: 10 }, (_, i) => NOW - i * DAY);
    await one.prices.record(0, 1, rowsAt(...times));
    await other.prices.record(1, 1, rowsAt(NOW - 9 * DAY));
    assert.equal((await partsOf(database)).length, 10);
    const past = { ticks: NOW - WEEK, candles: everySize(0) };
    assert.equal(await one.prices.trim(past, 100), 0);
    assert.deepEqual(await secondsOf(one), times.slice(0, 8).reverse());
    assert.equal((await partsOf(database)).length, 8);
    // The other one still believes that there is one.
    await other.prices.record(1, 2, rowsAt(NOW - 9 * DAY));
    assert.deepEqual((await secondsOf(other))[0], NOW - 9 * DAY);
    assert.equal(
      (await one.prices.candles(SYMBOL, 0, NOW * 2, DAY, 100)).reduce((sum, { trades }) => sum + trades, 0),
      12,
    );
  });

  test('several that record at once into times without a table add each tick once', async (t) => {
    const database = await open(t);
    const times = Array.from({ length: 40 }, (_, i) => NOW - i * 11 * DAY);
    const stores = Array.from({ length: 6 }, () => processOn(database));
    await Promise.all(
      stores.map((store, partition) => store.prices.record(partition, 1, rowsAt(...times.map((at) => at + partition)))),
    );
    const trades = (await stores[0]?.prices.candles(SYMBOL, 0, NOW * 2, 1000, 1000)) ?? [];
    assert.deepEqual(new Set(trades.map((candle) => candle.trades)), new Set([stores.length]));
    assert.equal(trades.length, times.length);
  });

  test('what was recorded before stays until its time, and a program of the version before goes on beside this one', async (t) => {
    const known = readMigrations();
    const database = await open(t, known.slice(0, 10));
    const { pool } = database;
    await pool.query(`insert into symbols (symbol) values ('A'); insert into sources (source) values ('s')`);
    const columns = 'symbol_id, at, price, volume, received_at, source_id, sequence';
    const addAsBefore = (...ats: readonly number[]) =>
      pool.query(
        `insert into ticks (${columns}, arrival) select ${columns}, 1 + place from unnest($1::integer[], $2::bigint[],
          $3::double precision[], $4::double precision[], $5::bigint[], $6::smallint[], $7::bigint[]) with ordinality
          as t (${columns}, place)`,
        [ats.map(() => 1), ats, ats.map(() => 2.5), ats.map(() => null), ats, ats.map(() => 1), ats],
      );
    const deleteAsBefore = `delete from ticks where ctid = any(array(
      select old.row from symbols s cross join lateral (
        select ctid as row from ticks where symbol_id = s.id and at < ${NOW * 2} order by at limit 10) as old limit 10))`;
    await addAsBefore(NOW - 20 * DAY, NOW - 5000);
    await migrate(database.db as never, silentLog, known);

    const store = processOn(database);
    await store.prices.record(0, 1, rowsAt(NOW - 3000));
    await addAsBefore(NOW - 1000);
    assert.deepEqual(await secondsOf(store), [NOW - 20 * DAY, NOW - 5000, NOW - 3000, NOW - 1000]);
    assert.equal((await store.prices.at(SYMBOL, NOW - 2000))?.at, NOW - 3000);
    assert.equal((await store.prices.at(SYMBOL, NOW))?.price, 2.5);
    const { rows } = await pool.query(
      `select * from ticks where symbol_id = 1 and at <= ${NOW} order by at desc limit 1`,
    );
    assert.equal(rows[0]?.at, NOW - 1000, 'it reads all of it');
    // A late tick that is in the history, wherever it stands, is not added again.
    const again = { tick: { ...tick(NOW - 1000), sequence: NOW - 1000 }, late: true };
    await store.prices.record(0, 2, [again]);
    assert.equal((await secondsOf(store)).length, 4);
    assert.equal((await pool.query('select count(*)::integer as n from ticks')).rows[0]?.n, 4);

    await assert.rejects(pool.query(deleteAsBefore), /ctid/);
    assert.equal(await store.prices.trim({ ticks: NOW - WEEK, candles: everySize(0) }, 10), 1);
    assert.deepEqual(await secondsOf(store), [NOW - 5000, NOW - 3000, NOW - 1000]);
  });
}

/** Of one that several use at once. */
export function sharedTickPartsConformance(open: OpenEmpty): void {
  test('a table that is being read is dropped another time, and recording goes on meanwhile', async (t) => {
    const database = await open(t);
    const store = processOn(database);
    await store.prices.record(0, 1, rowsAt(NOW - 20 * DAY, NOW));
    const reader = await database.pool.connect();
    await reader.query('begin');
    await reader.query('select from ticks');
    const past = { ticks: NOW - WEEK, candles: everySize(0) };
    await assert.rejects(store.prices.trim(past, 10), { code: 'store-unavailable', message: /another time/ });
    await store.prices.record(0, 2, rowsAt(NOW + 1));
    await store.prices.record(0, 3, rowsAt(NOW + DAY));
    await reader.query('commit');
    reader.release();
    await store.prices.trim(past, 10);
    assert.deepEqual(await secondsOf(store), [NOW, NOW + DAY]);
  });
}
