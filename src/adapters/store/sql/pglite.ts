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
  /** What to use in memory instead of a new one: tests copy one that was made once. */
  readonly engine?: PGlite;
  /** What syncs a file to the disk; tests count the calls or let them fail. */
  readonly sync?: (fd: number) => void;
}

export async function openPglite({ dataDir, log, engine, sync }: PgliteOptions): Promise<OpenDatabase> {
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
    const open = (): PGlite => new PGlite({ fs: new DurableFiles(folder, sync), startParams: [...DURABLE_PARAMETERS] });
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
    readonly #engine: PGlite;

    constructor(options: pg.ClientConfig) {
      if (broken) {
        engine = open();
        broken = false;
      }
      const connection = new PglitePgConnection({ pglite: engine as never });
      super({ ...options, connection } as pg.ClientConfig);
      this.#engine = engine;
      this.on('error', (error) => this.#breakDown(error));
      // After a PANIC the engine is gone and says nothing more: everything that waits for it fails now.
      connection.on('errorMessage', ({ severity, message }: { severity?: string; message?: string }) => {
        if (severity === 'PANIC' || severity === 'FATAL')
          setImmediate(() => connection.emit('error', new Error(`connection terminated: ${message}`)));
      });
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
    override connect(callback?: unknown): Promise<pg.Client> | undefined {
      const connected = this.#engine.waitReady.then(
        () => super.connect(),
        (error: Error) => {
          this.#breakDown(error);
          throw new Error(`connection terminated: the files cannot be opened: ${error.message}`, { cause: error });
        },
      );
      if (callback === undefined) return connected;
      const done = callback as (error: Error | null) => void;
      void connected.then(() => done(null), done);
      return undefined;
    }

    #breakDown(error: Error): void {
      if (this.#engine !== engine) return;
      if (!broken) log.error({ error: error.message }, 'the embedded database broke down; it is opened again');
      broken = true;
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
    // The folder is locked: there is no other program.
    oneAtATime: (task) => task(),
    claim: async () => true,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
