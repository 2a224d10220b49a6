/**
 * All that a database holds, as text: its tables in an order in which what is referred to comes first, their rows as
 * PostgreSQL writes them, where its sequences stand, and a count and a sum for each table, by which two databases are
 * compared. The sum does not depend on the order of rows, nor on the version of the server.
 */
import type pg from 'pg';
import { Failure } from '#errors.ts';

export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly count: number;
  readonly sum: string;
}
export interface SequencePlace {
  readonly name: string;
  readonly last: string;
  readonly called: boolean;
}
/** Of one table; null is SQL's null. */
export interface Page {
  readonly table: string;
  readonly rows: readonly (readonly (string | null)[])[];
}
export interface Contents {
  /** The migrations that gave the tables their shape, first one first. */
  readonly migrations: readonly { readonly name: string; readonly checksum: string }[];
  readonly tables: readonly Table[];
  readonly sequences: readonly SequencePlace[];
  /** Table after table, in their order. */
  pages(): AsyncIterable<Page>;
}

/** What belongs to the shape, not to what is kept in it. */
export const SHAPE_TABLE = 'migrations';
/** A page's letters, about: some MB in memory on either side. */
const PAGE_LETTERS = 4_000_000;
const FIRST_PAGE_ROWS = 100;
const MAX_PAGE_ROWS = 20_000;
/** Whoever writes meanwhile keeps a lock for less. */
const LOCK_TIMEOUT = '5s';

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Values are to be written alike whatever the session, the role or the server are set to. */
export async function beginTransfer(client: pg.ClientBase): Promise<void> {
  await client.query('begin isolation level repeatable read');
  for (const setting of [
    `lock_timeout = '${LOCK_TIMEOUT}'`,
    'statement_timeout = 0',
    "timezone = 'UTC'",
    "datestyle = 'ISO'",
    "intervalstyle = 'postgres'",
    'extra_float_digits = 1',
  ])
    await client.query(`set local ${setting}`);
}

/** Names of all tables, those first that others refer to. */
export async function tableNames(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; needs: string[] }>(`
    select c.relname as name, array(
      select f.relname::text from pg_constraint r join pg_class f on f.oid = r.confrelid
      where r.conrelid = c.oid and r.contype = 'f' and r.confrelid <> c.oid) as needs
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`);
  const ordered: string[] = [];
  let left = rows;
  while (left.length > 0) {
    const free = left.filter(({ needs }) => needs.every((need) => ordered.includes(need)));
    if (free.length === 0) throw new Error(`tables refer to each other: ${left.map(({ name }) => name).join(', ')}`);
    ordered.push(...free.map(({ name }) => name));
    left = left.filter((table) => !free.includes(table));
  }
  return ordered;
}

/** No other may write until the transaction ends. */
export async function lockTables(client: pg.ClientBase, names: readonly string[], what: string): Promise<void> {
  try {
    await client.query(`lock table ${names.map(quoted).join(', ')} in share row exclusive mode`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== '55P03') throw error;
    throw new Failure('conflict', `the ${what} is in use: stop every program that uses it first`, { cause: error });
  }
}

/** How many other programs of ours are connected: where several may be. */
export async function othersConnected(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'tocsin'`);
  return rows[0]?.count ?? 0;
}

export async function countAndSum(
  client: pg.ClientBase,
  { name, columns }: Pick<Table, 'name' | 'columns'>,
): Promise<Pick<Table, 'count' | 'sum'>> {
  const row = columns.map((column) => `${quoted(column.name)}::text`).join(', ');
  const { rows } = await client.query<{ count: number; sum: string }>(`
    select count(*) as count,
      coalesce(sum(('x' || substr(md5(row(${row})::text), 1, 15))::bit(60)::bigint), 0)::text as sum
    from ${quoted(name)}`);
  return rows[0] as { count: number; sum: string };
}

/** Reads within a transaction that `beginTransfer` began: all of it as it was at one moment. */
export async function readContents(client: pg.ClientBase): Promise<Contents> {
  const migrations = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from migrations order by number',
  );
  const tables: Table[] = [];
  for (const name of await tableNames(client)) {
    if (name === SHAPE_TABLE) continue;
    const { rows: columns } = await client.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [quoted(name)],
    );
    tables.push({ name, columns, ...(await countAndSum(client, { name, columns })) });
  }
  const { rows: named } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by relname`,
  );
  const sequences: SequencePlace[] = [];
  for (const { name } of named) {
    const { rows } = await client.query<Omit<SequencePlace, 'name'>>(
      `select last_value::text as last, is_called as called from ${quoted(name)}`,
    );
    sequences.push({ name, ...(rows[0] as Omit<SequencePlace, 'name'>) });
  }
  return { migrations: migrations.rows, tables, sequences, pages: () => readPages(client, tables) };
}

async function* readPages(client: pg.ClientBase, tables: readonly Table[]): AsyncGenerator<Page> {
  for (const { name, columns } of tables) {
    const row = columns.map((column) => `${quoted(column.name)}::text`).join(', ');
    await client.query(`declare moved no scroll cursor for select ${row} from ${quoted(name)}`);
    let size = FIRST_PAGE_ROWS;
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({ text: `fetch ${size} from moved`, rowMode: 'array' });
      if (rows.length === 0) break;
      yield { table: name, rows };
      const letters = rows.reduce((sum, row) => sum + row.reduce((of, value) => of + (value?.length ?? 0), 0), 1);
      size = Math.max(1, Math.min(MAX_PAGE_ROWS, size * 4, Math.floor((PAGE_LETTERS * rows.length) / letters)));
    }
    await client.query('close moved');
  }
}
