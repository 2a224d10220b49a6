/**
 * Fills an empty database with the contents of another: all in one transaction, which is committed only when every
 * table's count and sum are those of where it came from. So it is all there, or the database is as empty as before.
 */
import type pg from 'pg';
import { Failure } from '#errors.ts';
import { makeParts, TICKS_TABLE } from '../tick-parts.ts';
import {
  beginTransfer,
  type Contents,
  countAndSum,
  lockTables,
  othersConnected,
  quoted,
  SHAPE_TABLE,
  type Table,
  tableNames,
} from './contents.ts';

/** After each page: of this table so many rows are there. */
export type Progress = (table: Table, rows: number) => void;

export async function fill(client: pg.ClientBase, contents: Contents, progress: Progress): Promise<void> {
  const names = await tableNames(client);
  await beginTransfer(client);
  try {
    if ((await othersConnected(client)) > 0)
      throw new Failure('conflict', 'the target is in use: stop every program that uses it first');
    await lockTables(client, names, 'target');
    await refuseOther(client, contents);
    await refuseFull(client, names);
    await writeRows(client, contents, progress);
    for (const { name, last, called } of contents.sequences)
      await client.query('select setval($1::regclass, $2, $3)', [quoted(name), last, called]);
    for (const table of contents.tables) {
      const { count, sum } = await countAndSum(client, table);
      if (count !== table.count || sum !== table.sum)
        throw new Error(`${table.name} did not arrive whole: ${count} of ${table.count} rows, nothing was kept`);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function writeRows(client: pg.ClientBase, { tables, pages }: Contents, progress: Progress): Promise<void> {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const done = new Map<string, number>();
  for await (const { table: name, rows } of pages()) {
    const table = byName.get(name);
    if (table === undefined) throw new Error(`rows of ${name}, which is not among the tables`);
    const { columns } = table;
    if (name === TICKS_TABLE) {
      const at = columns.findIndex((column) => column.name === 'at');
      await makePartsFor(
        client,
        rows.map((row) => Number(row[at])),
      );
    }
    await client.query(
      `insert into ${quoted(name)} (${columns.map((column) => quoted(column.name)).join(', ')}) overriding system value
       select ${columns.map(({ type }, place) => `c${place}::${type}`).join(', ')}
       from unnest(${columns.map((_, place) => `$${place + 1}::text[]`).join(', ')})
         as r (${columns.map((_, place) => `c${place}`).join(', ')})`,
      columns.map((_, place) => rows.map((row) => row[place] ?? null)),
    );
    const count = (done.get(name) ?? 0) + rows.length;
    done.set(name, count);
    progress(table, count);
  }
}

function makePartsFor(client: pg.ClientBase, ats: readonly number[]): Promise<unknown> {
  const lengths = { now: Date.now(), retentionMs: 0 };
  return makeParts(async (text) => (await client.query(text)).rows, ats, lengths);
}

async function refuseOther(client: pg.ClientBase, { migrations }: Contents): Promise<void> {
  const { rows } = await client.query<{ checksum: string }>('select checksum from migrations order by number');
  const same = rows.length === migrations.length && rows.every((row, n) => row.checksum === migrations[n]?.checksum);
  if (!same) throw new Failure('conflict', 'the target was made by another version of the program');
}

async function refuseFull(client: pg.ClientBase, names: readonly string[]): Promise<void> {
  const full: string[] = [];
  for (const name of names.filter((one) => one !== SHAPE_TABLE)) {
    const { rows } = await client.query(`select from ${quoted(name)} limit 1`);
    if (rows.length > 0) full.push(name);
  }
  if (full.length > 0) throw new Failure('conflict', `the target is not empty, it has rows in ${full.join(', ')}`);
}
