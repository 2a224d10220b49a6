/**
 * A real Redis (or Valkey) server for a test: on a free port of this machine, its files in a folder of its own, gone when
 * the test ends. It can be stopped, killed, paused and started again on the same port and files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { makeWill } from './last-will.ts';
import { freePort } from './ports.ts';

export interface RedisServer {
  readonly url: string;
  start(): Promise<void>;
  /** As an operator does: what is in memory is written first. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

function findServer(): string | null {
  for (const name of ['redis-server', 'valkey-server'])
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder: look in the next.
      }
    }
  return null;
}

/** Between looks whether it is there. */
const LOOK_EVERY_MS = 10;

/** Why there can be no server here, or null. With `redis` in TOCSIN_REQUIRE that is an error. */
export function redisMissing(): string | null {
  if (findServer()) return null;
  const reason = 'no Redis or Valkey on this machine (Debian: apt-get install redis-server)';
  if ((process.env['TOCSIN_REQUIRE'] ?? '').split(',').includes('redis')) throw new Error(reason);
  return reason;
}

/** One PING, and whether the server is ready to work. */
function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    // An error closes it too.
    socket.on('error', () => {}).once('close', () => resolve(false));
  });
}

export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const program = findServer();
  if (!program) throw new Error('no Redis on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-redis-'));
  const revoke = makeWill({ folder });
  const port = await freePort();
  const fixed = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--daemonize', 'no'];
  const kept = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'];
  let child: ChildProcess | undefined;
  let exited: Promise<void> = Promise.resolve();
  const start = async (): Promise<void> => {
    const server = spawn(program, [...fixed, ...kept, ...settings], { stdio: 'ignore' });
    makeWill({ child: server });
    child = server;
    exited = new Promise((resolve) => server.once('exit', () => resolve()));
    // Who ends it by a signal waits for it no more.
    while (server.signalCode === null && !(await isReady(port))) {
      if (server.exitCode !== null) throw new Error(`Redis ended with ${server.exitCode}`);
      await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child?.kill(signal);
    await exited;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async remove() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      revoke();
    },
  };
}
