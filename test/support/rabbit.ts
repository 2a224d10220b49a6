/**
 * A real RabbitMQ server for a test: a node of its own name with an epmd, a cookie and files of its own, on free ports of
 * this machine, gone when the test ends. It can be stopped, killed, paused and started again on the same port and files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWill } from './last-will.ts';
import { freePorts } from './ports.ts';

export interface RabbitServer {
  readonly url: string;
  start(): Promise<void>;
  /** As an operator does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** Not the one on PATH: that one becomes another user when root starts it, and knows only the files of the system's own. */
const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Why there can be no server here, or null. With `rabbitmq` in TOCSIN_REQUIRE that is an error. */
export function rabbitMissing(): string | null {
  if (existsSync(PROGRAM)) return null;
  const reason = 'no RabbitMQ on this machine (Debian: apt-get install rabbitmq-server)';
  if ((process.env['TOCSIN_REQUIRE'] ?? '').split(',').includes('rabbitmq')) throw new Error(reason);
  return reason;
}

export async function startRabbit(): Promise<RabbitServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-rabbit-'));
  const revoke = makeWill({ folder });
  const [port, distribution, names] = (await freePorts(3)) as [number, number, number];
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', HOME: folder, LANG: 'C.UTF-8' },
    ...{ ERL_EPMD_PORT: String(names), ERL_EPMD_ADDRESS: '127.0.0.1' },
    ...{ RABBITMQ_NODENAME: `tocsin-${port}@localhost`, RABBITMQ_DIST_PORT: String(distribution) },
    ...{ RABBITMQ_MNESIA_BASE: join(folder, 'data'), RABBITMQ_LOG_BASE: join(folder, 'log') },
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins', '[].\n'),
    RABBITMQ_CONFIG_FILE: file(
      'rabbitmq.conf',
      `listeners.tcp.1 = 127.0.0.1:${port}\ndisk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\n`,
    ),
    // Idle threads that spin would take the processors from whoever else is tested on this machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
  };
  // Otherwise the node starts one that outlives it.
  const epmd = spawn('epmd', ['-port', String(names), '-address', '127.0.0.1'], { env, stdio: 'ignore' });
  makeWill({ child: epmd });
  let child: ChildProcess | undefined;
  let exited: Promise<void> = Promise.resolve();
  const start = async (): Promise<void> => {
    // A group of its own: the program is a script that starts another.
    const server = spawn(PROGRAM, [], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    makeWill({ child: server, isGroup: true });
    child = server;
    exited = new Promise((resolve) => server.once('close', () => resolve()));
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer): void => {
        said += text;
        if (/ completed with \d+ plugins/.test(said)) resolve();
      };
      server.stdout?.on('data', hear);
      server.stderr?.on('data', hear);
      server.once('close', (code) => reject(new Error(`RabbitMQ ended with ${code}: ${said}`)));
    });
  };
  const signal = (name: NodeJS.Signals): void => {
    if (child?.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name);
  };
  const end = async (name: NodeJS.Signals): Promise<void> => {
    signal(name);
    await exited;
  };
  const remove = async (): Promise<void> => {
    await end('SIGKILL');
    epmd.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    revoke();
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    remove,
  };
}
