/**
 * A PostgreSQL server (15 or newer) as the database, for a cluster. Same SQL, same migrations as the embedded one.
 */
import { Kysely } from 'kysely';
import pg from 'pg';
import type { Log } from '#contracts/log.ts';
import { type Migration, migrate } from './migration.ts';
import type { OpenDatabase } from './pglite.ts';
import { PipelinedDialect } from './pipelined.ts';
import type { Database } from './schema.ts';
import { toFailure } from './sql-failure.ts';
import { valueTypes } from './value-types.ts';
import { watchServer } from './vanished-server.ts';

/** Enough for the roles of one process; PostgreSQL's default is 100 for all of them. */
const DEFAULT_CONNECTIONS = 8;
/** A server that does not answer for so long is reported as unavailable. */
const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours is near it; one that is blocked longer would block a role. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Any number; with the hash of a name it is the name's lock, beside MIGRATION_LOCK and whoever else locks here. */
const CLAIM_LOCKS = 0x70c5;
const TURN = 'one at a time';
/**
 * Each transaction costs several questions and answers, and on a busy server each of those waits for its turn: when very
 * many alerts fire at once, a quarter of a second at a time is soonest done. Who changes one of these alerts meanwhile waits.
 */
const EFFECTS_AT_ONCE = 4_000;

export interface PostgresOptions {
  readonly url: string;
  readonly log: Log;
  readonly connections?: number;
  /** How far to bring the tables: all the way, or as far as a backup of before had them. */
  readonly migrations?: readonly Migration[];
  readonly silenceMs?: number;
}

export async function openPostgres({
  url,
  log,
  connections,
  migrations,
  silenceMs,
}: PostgresOptions): Promise<OpenDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections ?? DEFAULT_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    pipeline: true,
    application_name: 'tocsin',
    types: valueTypes,
    onConnect: watchServer(url, silenceMs),
  });
  // A connection may break while it is neither idle nor asked: nobody else would listen, and that ends the program. What
  // is asked of it fails by itself.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection was lost'));
  const db = new Kysely<Database>({ dialect: new PipelinedDialect(pool) });
  try {
    await migrate(db as unknown as Kysely<never>, log, migrations);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const clockAheadMs = await askClock(pool).catch(async (error: unknown) => {
    await db.destroy();
    throw toFailure(error);
  });
  const claims: pg.Client[] = [];
  /** A connection of its own: its locks are the program's, and go with it. */
  const lock = async (
    name: string,
    statement: string,
  ): Promise<{ readonly client: pg.Client; readonly got: boolean }> => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', (error) => log.warn({ error: error.message, name }, 'a lock on the database was lost'));
    try {
      await client.connect();
      const { rows } = await client.query(`select ${statement}($1, hashtext($2)) as got`, [CLAIM_LOCKS, name]);
      return { client, got: rows[0]?.got !== false };
    } catch (error) {
      await client.end().catch(() => {});
      throw toFailure(error);
    }
  };
  return {
    db,
    pool,
    clockAheadMs,
    effectsAtOnce: EFFECTS_AT_ONCE,
    async oneAtATime(task) {
      const { client } = await lock(TURN, 'pg_advisory_lock');
      try {
        return await task();
      } finally {
        await client.end();
      }
    },
    async claim(name) {
      const { client, got } = await lock(name, 'pg_try_advisory_lock');
      if (got) claims.push(client);
      else await client.end();
      return got;
    },
    async close() {
      await db.destroy();
      for (const client of claims.splice(0)) await client.end().catch(() => {});
    },
  };
}

/** Its time against the middle of ours before and after. */
async function askClock(pool: pg.Pool): Promise<number> {
  const askedAt = Date.now();
  const { rows } = await pool.query('select (extract(epoch from clock_timestamp()) * 1000)::float8 as at');
  return Number(rows[0]?.at) - (askedAt + Date.now()) / 2;
}
