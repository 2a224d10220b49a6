/**
 * The embedded database: PostgreSQL compiled to WebAssembly, in a thread of this process, its files in DATA_DIR.
 *
 * Promises: what a query acknowledged is on disk (see durable-files.ts); a first start that was cut short is begun
 * again; a folder that another program uses is refused; after a breakdown (a disk that filled up under the log, a thread
 * that died) the next query opens the files anew. Never: two statements at once. It has one connection, so whoever holds
 * a transaction must not wait for another one.
 */
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Log } from '#contracts/log.ts';
import { lockFolder } from './folder-lock.ts';
import { type Migration, migrate } from './migration.ts';
import { engineHere, type PgliteEngine } from './pglite-engine.ts';
import { startThread } from './pglite-thread.ts';
import { PgliteWire } from './pglite-wire.ts';
import type { Database, Sql } from './schema.ts';
import { toFailure } from './sql-failure.ts';
import { keepInShape } from './upkeep.ts';
import { valueTypes } from './value-types.ts';

/** Some 20 ms, in which it does nothing else. */
const EFFECTS_AT_ONCE = 200;

/** An opened database. The account library makes its own tables through `db` or `pool`. */
export interface OpenDatabase {
  readonly db: Sql;
  readonly pool: pg.Pool;
  /** How much the database's clock is ahead of this machine's, ms, when it was opened. */
  readonly clockAheadMs: number;
  /** One transaction records at most so many effects of the engine: others wait no longer than they can bear. */
  readonly effectsAtOnce: number;
  /** Runs the task while no other program on this database runs one. */
  oneAtATime<T>(task: () => Promise<T>): Promise<T>;
  /** Takes the name for this program until it closes the database; false where another program has it. */
  claim(name: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface PgliteOptions {
  /** Null keeps everything in memory, for tests. */
  readonly dataDir: string | null;
  readonly log: Log;
  /** How far to bring the tables: all the way, or as far as a backup of before had them. */
  readonly migrations?: readonly Migration[];
  /** What to use in memory instead of a new one: tests copy one that was made once. */
  readonly engine?: PGlite;
  /** The URL of a module whose `sync` syncs a file to the disk: tests count the calls or let them fail. */
  readonly syncFrom?: string;
}

export async function openPglite({ dataDir, log, migrations, engine, syncFrom }: PgliteOptions): Promise<OpenDatabase> {
  if (dataDir === null) {
    return connect(() => engineHere(engine ?? new PGlite()), { log, migrations, unlock: () => {} });
  }
  const unlock = lockFolder(dataDir);
  try {
    return await connect(() => startThread({ folder: join(dataDir, 'pglite'), syncFrom }), { log, migrations, unlock });
  } catch (error) {
    unlock();
    throw toFailure(error);
  }
}

interface Owner {
  readonly log: Log;
  readonly migrations: readonly Migration[] | undefined;
  readonly unlock: () => void;
}

async function connect(open: () => Promise<PgliteEngine>, { log, migrations, unlock }: Owner): Promise<OpenDatabase> {
  let engine = open();
  await engine;
  let broken = false;
  const breakDown = (which: Promise<PgliteEngine>, { message }: Error): void => {
    if (which !== engine) return;
    if (!broken) log.error({ error: message }, 'the embedded database broke down; it is opened again');
    broken = true;
  };
  const end = (how: 'close' | 'abandon'): Promise<void> => engine.then((open) => open[how]()).catch(() => {});

  class Client extends pg.Client {
    constructor(options: pg.ClientConfig) {
      if (broken) {
        // Two must never have the files open: the next waits for the end of the one before.
        engine = end('abandon').then(open);
        broken = false;
      }
      const mine = engine;
      const wire = new PgliteWire(mine);
      const connection = new pg.Connection({ stream: () => wire });
      super({ ...options, connection } as pg.ClientConfig);
      this.on('error', () => {});
      wire.on('error', (error) => breakDown(mine, error));
      // After a PANIC the engine is gone and says nothing more: everything that waits for it fails now.
      connection.on('errorMessage', ({ severity, message }: { severity?: string; message?: string }) => {
        if (severity === 'PANIC' || severity === 'FATAL')
          setImmediate(() => wire.destroy(new Error(`connection terminated: ${message}`)));
      });
    }
  }
  const pool = new pg.Pool({
    ...{ Client, max: 1, idleTimeoutMillis: 0, types: valueTypes },
    // A client before it may have gone in the middle of a transaction; the session is the same.
    onConnect: (client: pg.ClientBase) => client.query('rollback'),
  } as unknown as pg.PoolConfig);
  pool.on('error', () => {});
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db as unknown as Kysely<never>, log, migrations);
  } catch (error) {
    await end('abandon');
    throw error;
  }
  const stopUpkeep = keepInShape(pool, log);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stopUpkeep();
    await db.destroy();
    await end('close');
    unlock();
  };
  return {
    db,
    pool,
    // The folder is locked: there is no other program.
    clockAheadMs: 0,
    effectsAtOnce: EFFECTS_AT_ONCE,
    oneAtATime: (task) => task(),
    claim: async () => true,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
