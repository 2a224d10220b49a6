/**
 * What the program stands on, by its settings: the database, and the bus between roles.
 */
import { createKafkaBus } from '#adapters/bus/kafka/kafka-bus.ts';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { createRabbitBus } from '#adapters/bus/rabbit/rabbit-bus.ts';
import { createRedisBus } from '#adapters/bus/redis/redis-bus.ts';
import { openRedisMemory } from '#adapters/shared/redis/redis-memory.ts';
import { type OpenDatabase, openPglite } from '#adapters/store/sql/pglite.ts';
import { openPostgres } from '#adapters/store/sql/postgres.ts';
import { Replica } from '#adapters/store/sql/replica.ts';
import type { Config } from '#config.ts';
import type { Bus } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash } from '#contracts/role.ts';
import type { SharedMemory } from '#contracts/shared-memory.ts';
import type { Store } from '#contracts/store/store.ts';
import { Failure } from '#errors.ts';

const EMBEDDED = 'pglite:';

export function openDatabase({ STORE, DATA_DIR }: Config, log: Log): Promise<OpenDatabase> {
  const opening = STORE.startsWith(EMBEDDED)
    ? openPglite({ dataDir: STORE.slice(EMBEDDED.length) || DATA_DIR, log })
    : openPostgres({ url: STORE, log });
  return opening.catch(saysOf('STORE'));
}

/** Which setting to look at, of somebody who has several. */
function saysOf(setting: 'STORE' | 'BUS'): (error: unknown) => never {
  return (error) => {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`${setting}: ${said}${hintOf(error)}`, { cause: error });
  };
}

/** What Node and PostgreSQL say of TLS does not tell what to do. */
function hintOf(error: unknown): string {
  const code = String((error as { readonly code?: unknown } | null)?.code ?? '');
  if (/SELF_SIGNED_CERT|^UNABLE_TO_(GET|VERIFY)_/.test(code))
    return ' (say whom to trust: …?sslmode=verify-full&sslrootcert=FILE)';
  if (code === '28000' && /no encryption/.test((error as Error).message)) return ' (TLS: …?sslmode=verify-full)';
  return '';
}

/** It need not be there, nor come: the server is asked in its place. */
export async function openReplica(
  { STORE_REPLICA: url, STORE_REPLICA_LAG: maxLagMs }: Config,
  server: OpenDatabase,
  host: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): Promise<Replica | null> {
  return url === '' ? null : Replica.open({ url, maxLagMs, server, ...host });
}

export interface BusParts {
  readonly database: OpenDatabase;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
}

export function openBus(config: Config, parts: BusParts): Promise<Bus> {
  return makeBus(config, parts).catch(saysOf('BUS'));
}

async function makeBus({ BUS, BUS_PARTITIONS }: Config, { database, store, ...host }: BusParts): Promise<Bus> {
  const shared = { url: BUS, partitions: { 'stock-prices': BUS_PARTITIONS, alerts: 1 }, ...host };
  if (/^amqps?:/.test(BUS))
    return createRabbitBus({ ...shared, leases: store.busLeases, oneAtATime: database.oneAtATime });
  if (/^kafkas?:/.test(BUS)) return createKafkaBus(shared);
  if (BUS !== 'memory:') return createRedisBus(shared);
  // Its readers are in one process, which has one evaluator: more partitions would only cost.
  if (!(await database.claim('memory bus')))
    throw new Failure('conflict', 'another program uses this database with BUS=memory:; several need a shared BUS');
  return createMemoryBus({ busLog: store.busLog, partitions: { 'stock-prices': 1, alerts: 1 }, ...host });
}

/** It need not be there, nor come: whoever uses it can do without. */
export async function openShared({ SHARED: url }: Config, clock: Clock, log: Log): Promise<SharedMemory | null> {
  return url === '' ? null : openRedisMemory({ url, clock, log });
}
