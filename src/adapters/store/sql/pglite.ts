/**
 * The embedded database: PostgreSQL compiled to WebAssembly, in this process, its files in DATA_DIR.
 *
 * Promises: what a query acknowledged is on disk (see durable-files.ts); a first start that was cut short is begun
 * again; a folder that another program uses is refused; after a breakdown (a disk that filled up under the log) the next
 * query opens the files anew. Never: two statements at once. It has one connection, so whoever holds a transaction must
 * not wait for another one.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PglitePgConnection } from '@electric-sql/pglite/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Log } from '#contracts/log.ts';
import { DURABLE_PARAMETERS, DurableFiles } from './durable-files.ts';
import { lockFolder } from './folder-lock.ts';
import { migrate } from './migration.ts';
import type { Database, Sql } from './schema.ts';
import { toFailure } from './sql-failure.ts';
import { keepInShape } from './upkeep.ts';
import { valueTypes } from './value-types.ts';

/** An opened database. The account library makes its own tables through `db` or `pool`. */
export interface OpenDatabase {
  readonly db: Sql;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

export interface PgliteOptions {
  /** Null keeps everything in memory, for tests. */
  readonly dataDir: string | null;
  readonly log: Log;
  /** What to use in memory instead of a new one: tests copy one that was made once. */
  readonly engine?: PGlite;
}

export async function openPglite({ dataDir, log, engine }: PgliteOptions): Promise<OpenDatabase> {
  if (dataDir === null) {
    return connect(
      () => engine ?? new PGlite(),
      log,
      () => {},
    );
  }
  const unlock = lockFolder(dataDir);
  try {
    const folder = join(dataDir, 'pglite');
    if (!existsSync(folder)) await initialise(folder);
    const open = (): PGlite => new PGlite({ fs: new DurableFiles(folder), startParams: [...DURABLE_PARAMETERS] });
    return await connect(open, log, unlock);
  } catch (error) {
    unlock();
    throw toFailure(error);
  }
}

/** Made beside and then renamed: a folder of that name is always whole. */
async function initialise(folder: string): Promise<void> {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const db = new PGlite({ fs: new DurableFiles(unfinished), startParams: [...DURABLE_PARAMETERS] });
  await db.waitReady;
  await db.close();
  renameSync(unfinished, folder);
}

async function connect(open: () => PGlite, log: Log, unlock: () => void): Promise<OpenDatabase> {
  let engine = open();
  await engine.waitReady;
  let broken = false;

  class Client extends pg.Client {
    constructor(options: pg.ClientConfig) {
      if (broken) {
        engine = open();
        broken = false;
      }
      const mine = engine;
      const connection = new PglitePgConnection({ pglite: mine as never });
      super({ ...options, connection } as pg.ClientConfig);
      this.on('error', (error) => {
        if (mine !== engine) return;
        log.error({ error: error.message }, 'the embedded database broke down and is opened again');
        broken = true;
      });
    }
  }
  const pool = new pg.Pool({ Client, max: 1, idleTimeoutMillis: 0, types: valueTypes } as unknown as pg.PoolConfig);
  pool.on('error', () => {});
  // A client before it may have gone in the middle of a transaction; the session is the same.
  pool.on('connect', (client) => void client.query('rollback').catch(() => {}));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db as unknown as Kysely<never>, log);
  const stopUpkeep = keepInShape(pool, log);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stopUpkeep();
    await db.destroy();
    await engine.close();
    unlock();
  };
  return {
    db,
    pool,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
