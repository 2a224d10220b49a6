/**
 * From one database to another, from a database to a file, and back. Each either ends with all of it there, compared
 * table by table, or changes nothing.
 */
import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import { type Migration, migrate, readMigrations } from '../migration.ts';
import type { OpenDatabase } from '../pglite.ts';
import { readArchive, writeArchive } from './archive.ts';
import { beginTransfer, type Contents, lockTables, othersConnected, readContents, tableNames } from './contents.ts';
import { fill, type Progress } from './fill.ts';

/** Makes the tables that are not in migrations/: the account library's. */
export type MakeAccounts = (database: OpenDatabase) => Promise<void>;

async function reading<T>(pool: pg.Pool, isAlone: boolean, use: (contents: Contents) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const names = await tableNames(client);
    await beginTransfer(client);
    if (isAlone) {
      await lockTables(client, names, 'source');
      if ((await othersConnected(client)) > 0)
        throw new Failure('conflict', 'the source is in use: stop every program that uses it first');
    }
    return await use(await readContents(client));
  } finally {
    await client.query('rollback').catch(() => {});
    client.release();
  }
}

async function fillDatabase(
  target: OpenDatabase,
  contents: Contents,
  makeAccounts: MakeAccounts,
  progress: Progress,
): Promise<void> {
  await makeAccounts(target);
  const client = await target.pool.connect();
  try {
    await fill(client, contents, progress);
  } finally {
    client.release();
  }
}

/** All of `from` goes into `to`, which must be empty; nobody may use either. What is in `from` stays there. */
export function move(
  from: OpenDatabase,
  to: OpenDatabase,
  makeAccounts: MakeAccounts,
  progress: Progress,
): Promise<Contents> {
  return reading(from.pool, true, async (contents) => {
    await fillDatabase(to, contents, makeAccounts, progress);
    return contents;
  });
}

/** The database as it is at one moment, in a file; on a server others may go on using it meanwhile. */
export function backUp(from: OpenDatabase, path: string): Promise<Contents> {
  return reading(from.pool, false, async (contents) => {
    await writeArchive(path, contents);
    return contents;
  });
}

/**
 * Fills an empty database with a backup. `open` opens it with the tables as the backup had them; where this program is
 * newer they are brought up to date after.
 */
export async function restore(
  path: string,
  open: (migrations: readonly Migration[]) => Promise<OpenDatabase>,
  makeAccounts: MakeAccounts,
  progress: Progress,
  log: Log,
): Promise<Contents> {
  const contents = await readArchive(path);
  const known = readMigrations();
  if (!contents.migrations.every(({ checksum }, n) => checksum === known[n]?.checksum))
    throw new Failure('conflict', `${path} was made by another version of the program, a newer one most likely`);
  const database = await open(known.slice(0, contents.migrations.length));
  try {
    await fillDatabase(database, contents, makeAccounts, progress);
    await migrate(database.db as unknown as Kysely<never>, log);
  } finally {
    await database.close();
  }
  return contents;
}
