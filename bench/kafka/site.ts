/**
 * What the benchmark on Kafka stands on: one broker and one PostgreSQL server on this machine, databases and topics for each
 * part, the program's roles as processes, and what each of all these takes of the machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createKafkaBus } from '#adapters/bus/kafka/kafka-bus.ts';
import { systemClock } from '#adapters/host/clock.ts';
import { openPostgres } from '#adapters/store/sql/postgres.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import type { Bus } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { Store } from '#contracts/store/store.ts';
import { type KafkaServer, startKafka } from '../../test/support/kafka.ts';
import { type PostgresServer, startPostgres } from '../../test/support/postgres.ts';
import { type Cleanup, type Program, startProgram } from '../../test/support/program.ts';
import { flag } from '../harness.ts';
import { Child, residentOf, secondsOf, secondsOfEnded, turnsOf } from '../streaming/child.ts';

/** For processes that hold a million alerts. */
const HEAP = '--max-old-space-size=6000';
/** As docs/scale-out.md advises. */
const POSTGRES_SETTINGS = ['shared_buffers=2GB', 'max_wal_size=8GB', 'wal_compression=lz4'];

/** A database and topics of its own. */
export interface Ground {
  readonly store: string;
  readonly bus: string;
}

export interface OpenGround {
  readonly store: Store;
  readonly bus: Bus;
  close(): Promise<void>;
}

export interface Taken {
  readonly seconds: number;
  /** How often a thread was given a processor, and the seconds it was ready before that and none was free. */
  readonly turns: number;
  readonly waited: number;
  readonly bytes: number;
}

/** The processes whose share is told, by name. */
export type Pids = ReadonlyMap<string, readonly number[]>;

export class Site {
  readonly #t: Cleanup;
  readonly #kafka: KafkaServer;
  readonly #postgres: PostgresServer;
  #grounds = 0;

  private constructor(t: Cleanup, kafka: KafkaServer, postgres: PostgresServer) {
    this.#t = t;
    this.#kafka = kafka;
    this.#postgres = postgres;
  }

  static async start(t: Cleanup): Promise<Site> {
    const postgres = await startPostgres({ isDurable: true, settings: POSTGRES_SETTINGS });
    t.after(() => postgres.stop());
    const kafka = await startKafka();
    t.after(() => kafka.remove());
    return new Site(t, kafka, postgres);
  }

  async newGround(): Promise<Ground> {
    this.#grounds += 1;
    return { store: await this.#postgres.newDatabase(), bus: `${this.#kafka.url}?prefix=g${this.#grounds}.` };
  }

  run(ground: Ground, roles: string): Promise<Program> {
    const profiles = flag('profile');
    const profile = profiles
      ? [`--cpu-prof --cpu-prof-dir=${profiles} --cpu-prof-name=${roles}-${process.hrtime.bigint()}.cpuprofile`]
      : [];
    return startProgram(this.#t, {
      env: {
        ...{ ROLES: roles, SOURCES: 'push', STORE: ground.store, BUS: ground.bus, BUS_PARTITIONS: '1' },
        ...{ AUTH_SECRET: 'the same secret for every process here', PUBLIC_URL: 'http://tocsin.test' },
        ...{ MAX_ALERTS_PER_USER: '100000', NODE_OPTIONS: [HEAP, ...profile].join(' ') },
      },
    });
  }

  /** A program of the benchmark itself, told by lines. */
  child(name: 'feeder' | 'floor' | 'bare', ground: Ground, ...args: readonly string[]): Child {
    const file = new URL(`${name}.ts`, import.meta.url).pathname;
    const child = new Child([process.execPath, file, ground.store, ground.bus, ...args], null);
    this.#t.after(() => child.kill());
    return child;
  }

  /** Of both servers: the process at their head; a server's others are below it, and come and go. */
  servers(): Pids {
    const { names, under } = processes();
    const below = (pid: number): number[] => (under.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
    const mine = below(process.pid);
    const isHead = (pid: number, program: string): boolean =>
      names.get(pid) === program &&
      !mine.some((other) => names.get(other) === program && under.get(other)?.includes(pid));
    return new Map(
      [
        ['Kafka', 'java'],
        ['PostgreSQL', 'postgres'],
      ].map(([name, program]) => [name as string, mine.filter((pid) => isHead(pid, program as string))]),
    );
  }
}

/** All there are: their names, and which began which. */
function processes(): { readonly names: Map<number, string>; readonly under: Map<number, number[]> } {
  const names = new Map<number, string>();
  const under = new Map<number, number[]>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const [, name = '', parent = ''] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      names.set(Number(pid), name);
      under.set(Number(parent), [...(under.get(Number(parent)) ?? []), Number(pid)]);
    } catch {
      // It has ended by now.
    }
  return { names, under };
}

/** Of a process and those it began, those that have ended by now included. */
function takenByAll(pid: number, under: ReadonlyMap<number, readonly number[]>): Taken {
  const below = (under.get(pid) ?? []).map((child) => takenByAll(child, under));
  try {
    const seconds = secondsOf(pid) + secondsOfEnded(pid);
    return sumOf([{ seconds, ...turnsOf(pid), bytes: residentOf(pid) }, ...below]);
  } catch {
    // It has ended in between.
    return sumOf(below);
  }
}

function sumOf(all: readonly Taken[]): Taken {
  const sum = (of: (one: Taken) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    ...{ seconds: sum(({ seconds }) => seconds), turns: sum(({ turns }) => turns) },
    ...{ waited: sum(({ waited }) => waited), bytes: sum(({ bytes }) => bytes) },
  };
}

/** What processes and those they began have taken so far; of one that has ended, nothing. */
export function takenBy(pids: Pids): ReadonlyMap<string, Taken> {
  const { under } = processes();
  return new Map([...pids].map(([name, all]) => [name, sumOf(all.map((pid) => takenByAll(pid, under)))]));
}

export async function openGround({ store: url, bus: address }: Ground, crash = throwIt): Promise<OpenGround> {
  const database = await openPostgres({ url, log: silentLog });
  const store = createStore(database);
  const bus = await createKafkaBus({
    ...{ url: address, partitions: { 'stock-prices': 1, alerts: 1 }, clock: systemClock, log: silentLog },
    ...{ metrics: noMetrics, crash },
  });
  return {
    store,
    bus,
    async close() {
      await bus.close();
      await database.close();
    },
  };
}

function throwIt(role: string, error: unknown): never {
  throw new Error(`${role} crashed`, { cause: error });
}

export function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms));
}
