/**
 * What a database must prove of changing its tables: while programs of the first version write, and while somebody
 * holds a table.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kysely } from 'kysely';
import { silentLog } from '#contracts/log.ts';
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { migrate, readMigrations } from '../migration.ts';
import { createStore } from '../store.ts';
import type { OpenEmpty } from './database.conformance.ts';

const WRITERS = 3;
const AT = Date.UTC(2024, 0, 1);

/** What programs of the first version write and read, each text a transaction: an alert is made, fires, has prices. */
const asTheFirst = (n: number): readonly string[] => [
  `insert into user_counts as c values ('u', 'alerts', 1) on conflict (user_id, kind) do update set count = c.count + 1;
   insert into alerts (id, user_id, symbol, condition, severity, channel_ids, frequency, cooldown_ms, session, gap,
     version, status, epoch, created_at, updated_at)
   values ('a${n}', 'u', 'A', 'price > 1', 'normal', '{c}', 'once', 0, 'regular', 'fire', 1, 'armed', 1, ${n}, ${n});
   insert into outbox (change) values ('{}')`,
  `select * from alerts where id = 'a${n}' for update;
   insert into triggers (id, user_id, alert_id, alert_version, epoch, symbol, condition, fired_at, after, leaves, severity,
     evaluated_at, recorded_at) values ('a${n}.1', 'u', 'a${n}', 1, 1, 'A', 'price > 1', 1, '{}', '[]', 'normal', 1, 1);
   insert into deliveries (id, trigger_id, user_id, channel_id, status, attempts, created_at, updated_at)
   values ('a${n}.1.c', 'a${n}.1', 'u', 'c', 'queued', '[]', 1, 1);
   update alerts set status = 'done' where id = 'a${n}'`,
  `insert into recorded_offsets as o values (0, 1, 1) on conflict (partition) do update set arrivals = o.arrivals + 1;
   insert into ticks (symbol_id, at, arrival, price, received_at, source_id)
     values (1, ${AT + n}, ${n}, 2, ${AT}, 1)`,
  'delete from outbox',
];

export function migrationConformance(open: OpenEmpty): void {
  test('from the first table on: who writes as the first version goes on meanwhile and after, and all of it stays', async (t) => {
    const known = readMigrations();
    const database = await open(t, known.slice(0, 1));
    const { db, pool } = database;
    await pool.query(`insert into symbols (symbol) values ('A'); insert into sources (source) values ('s')`);
    let written = 0;
    const write = async (): Promise<void> => {
      const n = written++;
      for (const text of asTheFirst(n)) await pool.query(text);
    };
    let isChanged = false;
    const writers = Array.from({ length: WRITERS }, async () => {
      while (!isChanged) await write();
      await write();
    });
    await migrate(db as unknown as Kysely<never>, silentLog, known).finally(() => {
      isChanged = true;
    });
    await Promise.all(writers);
    for (const table of ['alerts', 'triggers', 'deliveries', 'ticks'])
      assert.equal((await pool.query(`select count(*) as count from ${table}`)).rows[0]?.count, written, table);

    const store = createStore(database);
    const user = 'u' as UserId;
    assert.equal(await store.alerts.count(user), written);
    const filter = { sort: 'createdAt' } as const;
    const { items } = await store.alerts.list(user, filter, { limit: written, cursor: null });
    assert.ok(items.length === written && items.every(({ status, symbol }) => status === 'done' && symbol === 'A'));
    const fired = await store.triggers.list(user, {}, { limit: written, cursor: null });
    assert.equal(fired.items.length, written);
    const [first] = await store.prices.candles('A' as InstrumentSymbol, AT, AT + 1000, 1000, 1);
    assert.ok(first?.close === 2 && first.trades === Math.min(written, 1000));
  });
}

/** Of one that several use at once. */
export function sharedMigrationConformance(open: OpenEmpty): void {
  test('those who use a table go on while a change waits for it, and the change comes when they let go', async (t) => {
    const { db, pool } = await open(t);
    const reader = await pool.connect();
    await reader.query('begin');
    await reader.query('select from alerts');
    const busy = Promise.withResolvers<void>();
    const log = { ...silentLog, warn: () => busy.resolve() };
    const known = readMigrations();
    const text = 'alter table alerts add column more integer';
    const wider = { number: known.length + 1, name: 'next.sql', text, checksum: 'of the next' };
    const changed = migrate(db as unknown as Kysely<never>, log, [...known, wider], 1);
    await Promise.race([busy.promise, changed]);
    // A change that went on waiting would hold this up until the reader lets go: for ever.
    await pool.query('select from alerts');
    await assert.rejects(pool.query('select more from alerts'), /does not exist/);
    await reader.query('commit');
    reader.release();
    await changed;
    await pool.query('select more from alerts');
  });
}
