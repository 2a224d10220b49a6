/**
 * The program as a cluster: each role in processes of its own on a real PostgreSQL and a real broker, each process with
 * its own network to both, so that any one of them can be killed, paused, cut off, or given a wrong clock.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RoleName } from '#config.ts';
import { eventually } from '../support/client.ts';
import { ROOT } from '../support/need.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Cleanup, freshFolder, type Program, startProgram } from '../support/program.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type Broker, BUSES, type Side, type Wire } from './buses.ts';

/** Two of each that must go on when one is gone; history may be late. */
const STAFF: readonly RoleName[] = [
  ...(['gateway', 'gateway', 'ingest', 'ingest', 'evaluate', 'evaluate', 'record', 'notify', 'notify'] as const),
];
const PARTITIONS = '2';
/** Of the database's own disk: what a run writes, twice over. */
const DISK_MB = 3_000;
const SKEW = join(ROOT, 'test/faults/skewed-clock.ts');

export interface Member {
  readonly role: RoleName;
  readonly program: Program;
  /** Of each role's two one is on each side of the network. */
  readonly side: Side;
  readonly store: TcpProxy;
  readonly bus: Wire;
}

export interface ClusterOptions {
  readonly bus: string;
  /** The processes of each role. */
  readonly staff?: readonly RoleName[];
  /** More settings for the processes of a role: a planted bug. */
  readonly envOf?: (role: RoleName) => Readonly<Record<string, string>>;
  /** The folder for what every process says, a file each. */
  readonly logs?: string;
}

export interface Place {
  readonly side?: Side;
  /** By so much its clock is wrong. */
  readonly skewMs?: number;
}

export class Cluster {
  readonly broker: Broker;
  readonly #t: Cleanup;
  readonly #envOf: (role: RoleName) => Readonly<Record<string, string>>;
  readonly #logs: string | undefined;
  readonly #members: Member[] = [];
  readonly #database: string;
  #postgres: PostgresServer;
  #started = 0;

  private constructor(
    t: Cleanup,
    postgres: PostgresServer,
    broker: Broker,
    database: string,
    envOf: (role: RoleName) => Readonly<Record<string, string>>,
    logs: string | undefined,
  ) {
    this.#t = t;
    this.#postgres = postgres;
    this.broker = broker;
    this.#database = database;
    this.#envOf = envOf;
    this.#logs = logs;
  }

  static async start(t: Cleanup, { bus, envOf, logs, staff = STAFF }: ClusterOptions): Promise<Cluster> {
    const kind = BUSES[bus];
    if (!kind) throw new Error(`there is no bus ${bus} here: ${Object.keys(BUSES).join(', ')}`);
    const compiled = { NODE_COMPILE_CACHE: freshFolder(t, 'compiled') };
    // Whoever ends by itself leaves what it compiled for those that start later: half of what a start costs.
    await promisify(execFile)(process.execPath, [join(ROOT, 'src/main.ts'), '--check-config'], {
      env: { ...process.env, ...compiled },
    });
    const postgres = await startPostgres({ diskMb: DISK_MB });
    t.after(() => postgres.stop());
    const broker = await kind.start();
    t.after(() => broker.remove());
    const database = new URL(await postgres.newDatabase()).pathname.slice(1);
    const cluster = new Cluster(t, postgres, broker, database, (role) => ({ ...compiled, ...envOf?.(role) }), logs);
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

  /** In the place of another, or where fewer of its role are. */
  async add(role: RoleName, { side = this.#freeSide(role), skewMs = 0 }: Place = {}): Promise<Member> {
    const store = await startTcpProxy({ path: this.#postgres.socket });
    this.#t.after(() => store.close());
    const { url, wire } = await this.broker.path(side);
    const program = await startProgram(this.#t, {
      env: {
        ...{ ROLES: role, SOURCES: 'push', BUS_PARTITIONS: PARTITIONS, BUS: url },
        STORE: `postgres://tocsin@127.0.0.1:${store.port}/${this.#database}`,
        AUTH_SECRET: 'the same secret for every process of a cluster',
        ...{ PUBLIC_URL: 'http://tocsin.test', WEBHOOK_ALLOW_PRIVATE: 'true' },
        ...(skewMs === 0 ? {} : { NODE_OPTIONS: `--import=${SKEW}`, TOCSIN_SKEW_MS: String(skewMs) }),
        ...(process.env['LOG_LEVEL'] ? { LOG_LEVEL: process.env['LOG_LEVEL'] } : {}),
        ...this.#envOf(role),
      },
    });
    const member = { role, program, side, store, bus: wire };
    this.#members.push(member);
    this.#started += 1;
    const nth = this.#started;
    if (this.#logs !== undefined) {
      const file = join(this.#logs, `${String(nth).padStart(3, '0')}-${role}.log`);
      this.#t.after(() => writeFileSync(file, program.output()));
    }
    return member;
  }
  #freeSide(role: RoleName): Side {
    const left = this.of(role).filter(({ side }) => side === 0).length;
    return left * 2 <= this.of(role).length ? 0 : 1;
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
    this.#t.after(() => standby.stop());
    await this.#postgres.admin(`alter system set synchronous_standby_names = '*'`);
    await this.#postgres.admin('select pg_reload_conf()');
    await eventually(
      async () => (await this.#postgres.admin(`select from pg_stat_replication where sync_state = 'sync'`)).length > 0,
      'the standby follows',
    );
    return standby;
  }
  /**
   * The server is gone for good, its standby takes its place, under the address everybody knows. Those who were connected
   * are told so, or hear nothing more.
   */
  async failOver(standby: PostgresServer, old: 'reset' | 'silent'): Promise<void> {
    // The address often moves before the new server may be written to.
    for (const { store } of this.#members) store.lead({ path: standby.socket }, old);
    await this.#postgres.crash();
    this.#postgres = standby;
    await standby.admin('select pg_promote()');
  }
}
