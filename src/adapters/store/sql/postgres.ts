/**
 * A PostgreSQL server (15 or newer) as the database, for a cluster. Same SQL, same migrations as the embedded one.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Log } from '#contracts/log.ts';
import { migrate } from './migration.ts';
import type { OpenDatabase } from './pglite.ts';
import type { Database } from './schema.ts';
import { valueTypes } from './value-types.ts';

/** Enough for the roles of one process; PostgreSQL's default is 100 for all of them. */
const DEFAULT_CONNECTIONS = 8;
/** A server that does not answer for so long is reported as unavailable. */
const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours is near it; one that is blocked longer would block a role. */
const STATEMENT_TIMEOUT_MS = 30_000;

export interface PostgresOptions {
  readonly url: string;
  readonly log: Log;
  readonly connections?: number;
}

export async function openPostgres({ url, log, connections }: PostgresOptions): Promise<OpenDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections ?? DEFAULT_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'tocsin',
    types: valueTypes,
  });
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection was lost'));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db as unknown as Kysely<never>, log);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, pool, close: () => db.destroy() };
}
