/**
 * A real PostgreSQL server for a test: its own data folder, reached by a Unix socket only, gone when the test ends. It can
 * be stopped and started again, have a standby, and have a disk of its own that can be full.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { makeWill } from './last-will.ts';

export interface PostgresServer {
  /** The Unix socket it is reached by. */
  readonly socket: string;
  url(database: string): string;
  /** The URL of a new, empty database. */
  newDatabase(): Promise<string>;
  /** One statement in the database `postgres`, and its rows. */
  admin(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Again, on the same files. */
  start(): Promise<void>;
  /** As an operator does: connections are ended, what is in memory is written. */
  shutDown(): Promise<void>;
  /** At once, as it stands. */
  crash(): Promise<void>;
  /** A standby that follows this one; it is a server like it once it was told `select pg_promote()`. */
  replica(): Promise<PostgresServer>;
  /** Null where it has no disk of its own. */
  readonly disk: { fill(): void; free(): void } | null;
  /** Not ended, by itself or by anybody. */
  isRunning(): boolean;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Besides the one that Debian has, which all other tests use: the versions we promise to work on. */
export const NEWER_VERSIONS = [16, 17, 18] as const;
export type NewerVersion = (typeof NEWER_VERSIONS)[number];

/** Debian's folder, or what PATH finds; of a version, Debian's or what `.ci/postgres/install` brought. */
function findPrograms(version?: NewerVersion): string | null {
  const folders =
    version === undefined
      ? [...globSync('/usr/lib/postgresql/*/bin').sort().reverse(), ...(process.env['PATH'] ?? '').split(':')]
      : ['/usr/lib/postgresql', process.env['POSTGRES_HOME'] ?? ''].map((home) => join(home, String(version), 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

/** Why there can be no server here, or null. With `postgres` (or `postgres16`) in TOCSIN_REQUIRE that is an error. */
export function postgresMissing(version?: NewerVersion): string | null {
  if (findPrograms(version)) return null;
  const reason =
    version === undefined
      ? 'no PostgreSQL on this machine (Debian: apt-get install postgresql)'
      : `no PostgreSQL ${version} in POSTGRES_HOME (.ci/postgres/install FOLDER, POSTGRES_HOME=FOLDER/postgres)`;
  if ((process.env['TOCSIN_REQUIRE'] ?? '').split(',').includes(`postgres${version ?? ''}`)) throw new Error(reason);
  return reason;
}

/** PostgreSQL refuses to run as root: then it is the user its package made, or nobody. */
function serverUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(found?.[2]), gid: Number(found?.[3]) };
}

export interface PostgresOptions {
  /** Where it is not to be this machine's own. */
  readonly version?: NewerVersion | undefined;
  readonly maxConnections?: number;
  /** It syncs what it commits, as it must where that is measured. */
  readonly isDurable?: boolean;
  /** More of its settings, `name=value`. */
  readonly settings?: readonly string[];
  /** With a disk of its own of this size, in memory, where this machine lets us make one. */
  readonly diskMb?: number;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { version, maxConnections = 200, isDurable = false, diskMb } = options;
  const own = [`max_connections=${maxConnections}`, `fsync=${isDurable ? 'on' : 'off'}`];
  const programs = findPrograms(version);
  if (!programs) throw new Error('no such PostgreSQL on this machine');
  const folder = ownFolder();
  const hasDisk = diskMb !== undefined && mountMemory(folder, diskMb);
  execFileSync(
    join(programs, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'tocsin', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { cwd: folder, ...serverUser(), stdio: 'ignore' },
  );
  return serve(programs, folder, [...own, ...(options.settings ?? [])], hasDisk);
}

function mountMemory(folder: string, megabytes: number): boolean {
  const user = serverUser();
  if (user === null) return false;
  const settings = `size=${megabytes}m,mode=700,uid=${user.uid},gid=${user.gid}`;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', settings, 'tocsin', folder]).status === 0;
}

/** Between looks whether it is there. */
const LOOK_EVERY_MS = 10;
const FILL_TRIES = 20;
function diskOf(folder: string): PostgresServer['disk'] {
  const filler = join(folder, 'filler');
  return {
    fill() {
      for (let tries = 1; ; tries++)
        try {
          const { bavail, bsize } = statfsSync(folder);
          execFileSync('fallocate', ['-l', String(bavail * bsize), filler], { stdio: 'pipe' });
          return;
        } catch (error) {
          // The server wrote meanwhile.
          if (tries === FILL_TRIES) throw error;
        }
    },
    free: () => rmSync(filler, { force: true }),
  };
}

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-pg-'));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

async function serve(
  programs: string,
  folder: string,
  settings: readonly string[],
  hasDisk: boolean,
): Promise<PostgresServer> {
  const options = { cwd: folder, ...serverUser() };
  const data = join(folder, 'data');
  const revoke = makeWill({ folder });
  let server: ChildProcess | undefined;
  let exited = Promise.resolve();
  const url = (database: string): string => `postgresql://tocsin@localhost/${database}?host=${folder}`;
  const admin: PostgresServer['admin'] = async (statement) => {
    const client = new pg.Client({ connectionString: url('postgres') });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(statement)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  };
  const start = async (): Promise<void> => {
    const flags = ['listen_addresses=', ...settings].flatMap((flag) => ['-c', flag]);
    const begun = spawn(join(programs, 'postgres'), ['-D', data, '-k', folder, ...flags], {
      ...options,
      stdio: 'ignore',
    });
    makeWill({ child: begun });
    server = begun;
    exited = new Promise((resolve) => begun.once('exit', () => resolve()));
    while (begun.exitCode === null && begun.signalCode === null) {
      try {
        await admin('select 1');
        return;
      } catch {
        // Not listening yet: the socket's file is there a moment later.
        await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
      }
    }
    // Who ended it by a signal waits for it no more.
    if (begun.signalCode === null) throw new Error(`PostgreSQL ended with ${begun.exitCode}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server?.kill(signal);
    await exited;
  };
  await start();
  let made = 0;
  return {
    socket: join(folder, '.s.PGSQL.5432'),
    url,
    admin,
    async newDatabase() {
      made += 1;
      await admin(`create database test${made}`);
      return url(`test${made}`);
    },
    start,
    shutDown: () => end('SIGINT'),
    // As kill -9 of the server, which takes its children along; they would outlive the signal to one process.
    crash: () => end('SIGQUIT'),
    async replica() {
      const copy = ownFolder();
      const made = ['-h', folder, '-U', 'tocsin', '-D', join(copy, 'data'), '-R', '-X', 'stream', '-c', 'fast'];
      const copying = spawn(join(programs, 'pg_basebackup'), made, { ...options, stdio: 'ignore' });
      const code = await new Promise((resolve) => copying.once('exit', resolve));
      if (code !== 0) throw new Error(`pg_basebackup ended with ${code}`);
      return serve(programs, copy, settings, false);
    },
    disk: hasDisk ? diskOf(folder) : null,
    isRunning: () => server?.exitCode === null && server.signalCode === null,
    async stop() {
      await end('SIGQUIT');
      if (hasDisk) execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
      revoke();
    },
  };
}
