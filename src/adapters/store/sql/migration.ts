/**
 * Brings a database to the shape this program needs: numbered files in migrations/, each applied once, in order, all in
 * one transaction under a lock, so that two programs that start together do it once. A file that was applied is never
 * changed again: its checksum is kept and compared.
 *
 * Programs of the version before may go on meanwhile: a change waits for a table only shortly, lets those through who
 * queue behind it, and begins again; and what it leaves behind is what they need (migration.test.ts holds new files to
 * that).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Log } from '#contracts/log.ts';
import { toFailure } from './sql-failure.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** Whoever asks for the table next waits behind a change that waits: for no longer than a slow query. */
const LOCK_TIMEOUT_MS = 2_000;
/** Then those who queued have their turn. */
const PAUSE_MS = 1_000;
/** A few minutes: longer than any statement may run, see postgres.ts. What holds a table still is a mistake. */
const TRIES = 60;
const LOCK_NOT_AVAILABLE = '55P03';
/** Any number; the same in every version of the program, so that they exclude each other. */
const MIGRATION_LOCK = 0x70c51;

export function readMigrations(folder: string = join(import.meta.dirname, 'migrations')): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name, index) => {
      const number = Number.parseInt(name, 10);
      if (number !== index + 1) throw new Error(`migrations/${name} should have number ${index + 1}`);
      const text = readFileSync(join(folder, name), 'utf8');
      return { number, name, text, checksum: createHash('sha256').update(text).digest('hex') };
    });
}

/** Applies what is missing; running it again changes nothing. Throws where the database is not one of ours. */
export async function migrate(
  db: Kysely<never>,
  log: Log,
  migrations: readonly Migration[] = readMigrations(),
  lockTimeoutMs = LOCK_TIMEOUT_MS,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const applied = await applyMissing(db, migrations, lockTimeoutMs);
      if (applied.length > 0) log.info({ applied }, 'the database was brought up to date');
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE || tries === TRIES) throw toFailure(error);
      log.warn({ tries }, 'a table that is to be changed is in use; trying again');
      await wait(PAUSE_MS);
    }
  }
}

function applyMissing(
  db: Kysely<never>,
  migrations: readonly Migration[],
  lockTimeoutMs: number,
): Promise<readonly string[]> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx);
    await sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true),
      set_config('statement_timeout', '0', true)`.execute(trx);
    await sql`create table if not exists migrations (
      number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
    )`.execute(trx);
    const { rows } = await sql<{ number: number; name: string; checksum: string }>`
      select number, name, checksum from migrations order by number`.execute(trx);
    for (const row of rows) {
      const known = migrations[row.number - 1];
      if (!known)
        throw new Error(`the database has migration ${row.name}, which this program does not know: it is newer`);
      if (known.checksum !== row.checksum)
        throw new Error(`migration ${row.name} is not the one that was applied to this database`);
    }
    const missing = migrations.slice(rows.length);
    for (const migration of missing) {
      await sql.raw(migration.text).execute(trx);
      await sql`insert into migrations (number, name, checksum)
        values (${migration.number}, ${migration.name}, ${migration.checksum})`.execute(trx);
    }
    return missing.map(({ name }) => name);
  });
}
