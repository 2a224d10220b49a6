/**
 * A streaming replica of the PostgreSQL server, for reads that may be a little old.
 *
 * Promises: what it answers lacks nothing that was committed more than `maxLagMs` ago; while it is gone, hangs, lags more
 * or does not follow our server, the server itself is asked, also for what was under way. Each change is said once.
 * Never: it does not make a read fail that the server would have answered.
 *
 * How far it is behind is measured by what has arrived, not by its clock or its times: where the server's log stood at a
 * moment of ours, and when the replica has replayed that far. So an idle server makes no lag, and a replica that
 * was cut off does not look up to date.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type Clock, every } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Database, Sql } from './schema.ts';
import { valueTypes } from './value-types.ts';

/** Often enough that a lag of seconds is seen in time, seldom enough to cost nothing. */
const LOOK_EVERY_MS = 1_000;
/** One that does not answer for so long hangs: what it was asked is asked of the server. */
const LOOK_TIMEOUT_MS = 3_000;
/** As a statement of the server may take; only one that hangs is near it. */
const READ_TIMEOUT_MS = 30_000;
/** Reads at once; more wait for a moment, then ask the server. */
const CONNECTIONS = 4;
/** Moments remembered while it lags; further ones are told by the last of these. */
const MAX_MOMENTS = 64;

export interface ReplicaOptions {
  readonly url: string;
  readonly server: { readonly db: Sql; readonly pool: pg.Pool };
  readonly maxLagMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Where the log stood at a moment of ours. */
interface Moment {
  readonly at: number;
  readonly place: number;
}

const SYSTEM = `(select system_identifier from pg_control_system())::text || '/' || current_database() as system`;
const ASK_SERVER = `select ${SYSTEM}, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint as place`;
const ASK_REPLICA = `select ${SYSTEM}, pg_is_in_recovery() as follows,
  pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint as place`;

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #looker: pg.Pool;
  readonly #reads;
  readonly #lag;
  #reader: Reader;
  #ahead: Moment[] = [];
  /** The newest moment of which all has arrived. */
  #seenAt: number | undefined;
  /** Why it is not asked; null while it is. Undefined before the first look. */
  #problem: string | null | undefined;
  #stop: (() => Promise<void>) | undefined;

  private constructor(options: ReplicaOptions) {
    const { url, metrics } = options;
    this.#options = options;
    this.#reader = openReader(url);
    this.#looker = openPool(url, 1, LOOK_TIMEOUT_MS);
    this.#reads = metrics.counter({
      name: 'tocsin_history_reads_total',
      help: 'Reads of history, by who answered: the replica, or the server in its place.',
      labels: ['from'],
    });
    this.#lag = metrics.gauge({
      name: 'tocsin_replica_lag_seconds',
      help: 'How far the replica of the store is behind, as far as it is known.',
    });
  }

  /** Need not be there, nor come: the server is asked until it does. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options);
    await replica.#look();
    replica.#stop = every(
      options.clock,
      LOOK_EVERY_MS,
      () => replica.#look(),
      (error) => replica.#leave(String(error)),
    );
    return replica;
  }

  async read<T>(use: (db: Sql) => Promise<T>): Promise<T> {
    if (this.#problem === null) {
      const reader = this.#reader;
      try {
        const answer = await use(reader.db);
        this.#reads.add(1, { from: 'replica' });
        return answer;
      } catch (error) {
        // Where it was left meanwhile, the one that is asked now may well answer.
        if (reader === this.#reader) this.#leave(`it did not answer: ${(error as Error).message}`);
      }
    }
    this.#reads.add(1, { from: 'server' });
    return use(this.#options.server.db);
  }

  async close(): Promise<void> {
    await this.#stop?.();
    for (const client of this.#reader.clients) void client.end().catch(() => {});
    await Promise.all([this.#reader.db.destroy(), this.#looker.end()]);
  }

  async #look(): Promise<void> {
    const { server, clock, maxLagMs } = this.#options;
    const at = clock.now();
    // While the server is away nothing is written: the replica is no further behind than it was.
    const truth = await server.pool.query(ASK_SERVER).catch(() => undefined);
    const told = await this.#looker.query(ASK_REPLICA).catch((error: Error) => error);
    if (told instanceof Error) return this.#leave(`it does not answer: ${told.message}`);
    if (truth === undefined) return;
    const { system, follows, place } = told.rows[0];
    const { system: ours, place: now } = truth.rows[0];
    if (system !== ours) return this.#leave('it is not of the same server and database as STORE');
    if (!follows) return this.#leave('it follows no server: it is one itself');
    if (this.#ahead.length < MAX_MOMENTS) this.#ahead.push({ at, place: now });
    const waiting = this.#ahead.findIndex((moment) => moment.place > (place ?? 0));
    const arrived = this.#ahead.splice(0, waiting === -1 ? this.#ahead.length : waiting);
    this.#seenAt = arrived.at(-1)?.at ?? this.#seenAt;
    const lagMs = waiting === -1 ? 0 : clock.now() - (this.#seenAt ?? (this.#ahead[0] as Moment).at);
    this.#lag.set(lagMs / 1000);
    if (lagMs > maxLagMs) this.#leave(`it is ${Math.round(lagMs / 1000)} s behind`);
    else if (this.#seenAt !== undefined) this.#take();
  }

  #take(): void {
    if (typeof this.#problem === 'string') this.#options.log.info({}, 'history is read from the replica again');
    this.#problem = null;
  }

  #leave(problem: string): void {
    if (typeof this.#problem !== 'string')
      this.#options.log.warn({ problem }, 'the replica is not asked; history is read from the server itself');
    const wasAsked = this.#problem === null;
    this.#problem = problem;
    if (wasAsked) this.#hangUp();
  }

  /** What it was asked and has not answered fails now, and is asked of the server. */
  #hangUp(): void {
    const { db, clients } = this.#reader;
    this.#reader = openReader(this.#options.url);
    for (const client of clients) void client.end().catch(() => {});
    void db.destroy().catch(() => {});
  }
}

interface Reader {
  readonly db: Sql;
  readonly clients: ReadonlySet<pg.PoolClient>;
}

function openReader(url: string): Reader {
  const pool = openPool(url, CONNECTIONS, READ_TIMEOUT_MS);
  const clients = new Set<pg.PoolClient>();
  pool.on('connect', (client) => clients.add(client));
  pool.on('remove', (client) => clients.delete(client));
  return { db: new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }), clients };
}

function openPool(connectionString: string, max: number, timeoutMs: number): pg.Pool {
  const pool = new pg.Pool({
    ...{ connectionString, max, connectionTimeoutMillis: LOOK_TIMEOUT_MS, query_timeout: timeoutMs, types: valueTypes },
    ...{ keepAlive: true, application_name: 'tocsin' },
  });
  // A connection may break while it is idle, or held and not asked; what is asked of it fails by itself.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
