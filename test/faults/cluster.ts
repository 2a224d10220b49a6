/**
 * The program as a cluster: each role in processes of its own on a real PostgreSQL and a real broker, each process with
 * its own network to both, so that any one of them can be killed, paused, cut off, or given a wrong clock.
 */
import { join } from 'node:path';
import type { RoleName } from '#config.ts';
import { eventually } from '../support/client.ts';
import { ROOT } from '../support/need.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Cleanup, type Program, startProgram } from '../support/program.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type Broker, BUSES } from './buses.ts';

/** Two of each that must go on when one is gone; history may be late. */
const STAFF: readonly RoleName[] = [
  ...(['gateway', 'gateway', 'ingest', 'ingest', 'evaluate', 'evaluate', 'record', 'notify', 'notify'] as const),
];
const PARTITIONS = '2';
const SKEW = join(ROOT, 'test/faults/skewed-clock.ts');

export interface Member {
  readonly role: RoleName;
  readonly program: Program;
  readonly store: TcpProxy;
  readonly bus: TcpProxy;
}

export interface ClusterOptions {
  readonly bus: string;
  /** The processes of each role. */
  readonly staff?: readonly RoleName[];
  /** More settings for every process: a planted bug. */
  readonly env?: Readonly<Record<string, string>>;
}

export class Cluster {
  readonly broker: Broker;
  readonly #t: Cleanup;
  readonly #env: Readonly<Record<string, string>>;
  readonly #members: Member[] = [];
  readonly #database: string;
  #postgres: PostgresServer;
  #gone: PostgresServer[] = [];

  private constructor(
    t: Cleanup,
    postgres: PostgresServer,
    broker: Broker,
    database: string,
    env: ClusterOptions['env'],
  ) {
    this.#t = t;
    this.#postgres = postgres;
    this.broker = broker;
    this.#database = database;
    this.#env = env ?? {};
  }

  static async start(t: Cleanup, { bus, env, staff = STAFF }: ClusterOptions): Promise<Cluster> {
    const kind = BUSES[bus];
    if (!kind) throw new Error(`there is no bus ${bus} here: ${Object.keys(BUSES).join(', ')}`);
    const postgres = await startPostgres();
    const broker = await kind.start();
    const database = new URL(await postgres.newDatabase()).pathname.slice(1);
    const cluster = new Cluster(t, postgres, broker, database, env);
    t.after(async () => {
      await broker.remove();
      for (const server of [cluster.#postgres, ...cluster.#gone]) await server.stop();
    });
    // One after the other: a machine that starts nine programs at once takes longer for each than we wait.
    for (const role of staff) await cluster.add(role);
    return cluster;
  }

  get members(): readonly Member[] {
    return this.#members;
  }
  of(role: RoleName): readonly Member[] {
    return this.#members.filter((member) => member.role === role);
  }
  get gateways(): readonly string[] {
    return this.of('gateway').map(({ program }) => program.url);
  }
  get postgres(): PostgresServer {
    return this.#postgres;
  }
  /** Where the truth is, without any of the trouble in between. */
  get store(): string {
    return this.#postgres.url(this.#database);
  }

  async add(role: RoleName, skewMs = 0): Promise<Member> {
    const store = await startTcpProxy({ path: this.#postgres.socket });
    const bus = await startTcpProxy(this.broker.target);
    this.#t.after(() => Promise.all([store.close(), bus.close()]));
    const program = await startProgram(this.#t, {
      env: {
        ...{ ROLES: role, SOURCES: 'push', BUS_PARTITIONS: PARTITIONS, BUS: this.broker.through(bus.port) },
        STORE: `postgres://tocsin@127.0.0.1:${store.port}/${this.#database}`,
        AUTH_SECRET: 'the same secret for every process of a cluster',
        ...{ PUBLIC_URL: 'http://tocsin.test', WEBHOOK_ALLOW_PRIVATE: 'true' },
        ...(skewMs === 0 ? {} : { NODE_OPTIONS: `--import=${SKEW}`, TOCSIN_SKEW_MS: String(skewMs) }),
        ...this.#env,
      },
    });
    const member = { role, program, store, bus };
    this.#members.push(member);
    return member;
  }

  /** It is no longer counted on; whoever calls ends it. */
  #take(member: Member): void {
    this.#members.splice(this.#members.indexOf(member), 1);
  }
  async kill(member: Member): Promise<void> {
    this.#take(member);
    await member.program.kill();
  }
  async stop(member: Member): Promise<void> {
    const code = await member.program.stop();
    this.#take(member);
    if (code !== 0) throw new Error(`${member.role} ended with ${code}:\n${member.program.output()}`);
  }
  /** One that ended by itself, if any: nothing but `kill` may end one. */
  async ended(): Promise<string | null> {
    for (const { role, program } of this.#members) {
      const code = await Promise.race([program.exited, Promise.resolve('alive')]);
      if (code !== 'alive') return `${role} ended with ${code}:\n${program.output().slice(-4000)}`;
    }
    return null;
  }

  /** A standby that has everything the server acknowledges from now on. */
  async standby(): Promise<PostgresServer> {
    const standby = await this.#postgres.replica();
    await this.#postgres.admin(`alter system set synchronous_standby_names = '*'`);
    await this.#postgres.admin('select pg_reload_conf()');
    await eventually(
      async () => (await this.#postgres.admin(`select from pg_stat_replication where sync_state = 'sync'`)).length > 0,
      'the standby follows',
    );
    return standby;
  }
  /** The server is gone for good, its standby takes its place, under the address everybody knows. */
  async failOver(standby: PostgresServer): Promise<void> {
    await this.#postgres.crash();
    this.#gone.push(this.#postgres);
    await standby.admin('select pg_promote()');
    this.#postgres = standby;
    for (const { store } of this.#members) store.lead({ path: standby.socket });
  }
}
