/**
 * A real PostgreSQL server for a test: its own data folder, reached by a Unix socket only, gone when the test ends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface PostgresServer {
  /** The URL of a new, empty database. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** Debian's folder, or what PATH finds. */
function findPrograms(): string | null {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null;
}

/** Why there can be no server here, or null. With `postgres` in TOCSIN_REQUIRE that is an error. */
export function postgresMissing(): string | null {
  if (findPrograms()) return null;
  const reason = 'no PostgreSQL on this machine (Debian: apt-get install postgresql)';
  if ((process.env['TOCSIN_REQUIRE'] ?? '').split(',').includes('postgres')) throw new Error(reason);
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

export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPrograms();
  if (!programs) throw new Error('no PostgreSQL on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-pg-'));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const options = { cwd: folder, ...user };
  const data = join(folder, 'data');
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'tocsin', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...options, stdio: 'ignore' },
  );
  const server: ChildProcess = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=200'],
    { ...options, stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = (database: string): string => `postgresql://tocsin@localhost/${database}?host=${folder}`;
  const stop = async (): Promise<void> => {
    server.kill('SIGQUIT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url('postgres') });
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  while (server.exitCode === null) {
    try {
      await admin('select 1');
      break;
    } catch {
      // Not listening yet: the socket's file is there a moment later.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
  let made = 0;
  return {
    async newDatabase() {
      made += 1;
      await admin(`create database test${made}`);
      return url(`test${made}`);
    },
    stop,
  };
}
