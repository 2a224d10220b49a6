/**
 * The servers that the benchmark of streams compares, each with what it needs and what is missing of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/support/client.ts';
import { freePort } from '../../test/support/ports.ts';
import { flag } from '../harness.ts';
import { Child } from './child.ts';

export type Kind = 'sse' | 'ws' | 'sio';

export interface Server {
  readonly kind: Kind;
  readonly port: number;
  readonly pid: number;
  /** What clients ask with, each in turn; the gateway and the floor know symbols. */
  requests(query?: (client: number) => string): readonly string[];
  /** An update of each of these symbols to everyone who wants it; its age begins now, wherever it waits. */
  tick(from: number, to: number): void;
  readonly child: Child;
  stop(): Promise<void>;
}

const HERE = import.meta.dirname;
const PEERS = join(HERE, '../peers/streaming');
const MODULES = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/share/nginx/modules'];

const has = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore' }).error === undefined;
export const pinned = has('taskset', '--version');
export const SERVER_CORE = pinned ? 0 : null;
export const CLIENT_CORE = pinned ? 1 : null;

/** Compiles a program of this folder; undefined where there is no compiler. */
export function compile(name: string): string | undefined {
  if (!has('gcc', '--version')) return undefined;
  const out = join(mkdtempSync(join(tmpdir(), 'tocsin-bench-')), name);
  const { status, stderr } = spawnSync('gcc', ['-O2', '-o', out, join(HERE, `${name}.c`)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return out;
}

/** Brings the peers' packages, once; says why where that is not possible. */
export function peersMissing(): string | undefined {
  if (existsSync(join(PEERS, 'node_modules/ws'))) return undefined;
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: PEERS,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `npm ci in bench/peers/streaming failed: ${stderr.trim().split('\n')[0]}`;
}

function request(path: string, kind: Kind, more = ''): string {
  const upgrade =
    'upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const accept = kind === 'sse' ? 'accept: text/event-stream\r\n' : upgrade;
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\n${accept}${more}\r\n`;
}

const tickLine = (from: number, to: number): string => `tick ${from} ${to} ${process.hrtime.bigint() / 1000n}\n`;

async function started(child: Child, kind: Kind, path: string): Promise<Server> {
  const { port } = await child.answer();
  return {
    ...{ kind, port, pid: child.pid, child },
    requests: (query) =>
      query === undefined
        ? [request(path, kind)]
        : Array.from({ length: 20_000 }, (_, n) => request(`${path}${query(n)}`, kind)),
    tick: (from, to) => child.say(tickLine(from, to)),
    stop: () => child.stop(),
  };
}

export const startFloor = (program: string): Promise<Server> => started(new Child([program], SERVER_CORE), 'sse', '/');

export function startPeer(name: string, kind: Kind, path: string): Promise<Server> {
  return started(new Child([process.execPath, join(PEERS, `${name}.mjs`)], SERVER_CORE), kind, path);
}

/** Each has many of the connections. */
const USERS = flag('smoke') === undefined ? 20 : 2;

export interface GatewayOptions {
  readonly kind: 'sse' | 'ws';
  readonly windowMs: number;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly dataDir?: string;
  /** What is in the folder is from one before: its users come back, and none are made. */
  readonly isRestart?: boolean;
}

export async function startGateway(options: GatewayOptions): Promise<Server> {
  const { kind, windowMs, port = 0, dataDir = '', isRestart = false } = options;
  const args = [port, windowMs, isRestart ? 0 : USERS, dataDir].map(String);
  const child = new Child([process.execPath, join(HERE, 'tocsin-server.ts'), ...args], SERVER_CORE);
  const { port: taken, cookies } = await child.answer();
  const path = kind === 'sse' ? '/api/v1/stream' : '/api/v1/ws';
  return {
    ...{ kind, port: taken, pid: child.pid, child },
    // The first user has one client only: the one a trigger is for.
    requests: (query) =>
      Array.from({ length: query === undefined ? 5000 : 20_000 }, (_, client) => {
        const cookie = cookies[client === 0 ? 0 : 1 + (client % (cookies.length - 1))];
        return request(`${path}${query?.(client) ?? '?symbols=S0'}`, kind, `cookie: ${cookie}\r\n`);
      }),
    tick: (from, to) => child.say(tickLine(from, to)),
    stop: () => child.stop(),
  };
}

export function nchanMissing(): string | undefined {
  if (!has('nginx', '-v')) return 'nginx is not there: apt-get install -y nginx libnginx-mod-nchan';
  if (nchanModule() === undefined) return 'nchan is not there: apt-get install -y libnginx-mod-nchan';
  return undefined;
}

function nchanModule(): string | undefined {
  for (const folder of MODULES)
    if (existsSync(folder) && readdirSync(folder).includes('ngx_nchan_module.so'))
      return join(folder, 'ngx_nchan_module.so');
  return undefined;
}

/** One worker, a channel that keeps one message, publishing over HTTP as its documents say. */
export async function startNchan(): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-nchan-'));
  mkdirSync(join(folder, 'body'));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `load_module ${nchanModule()};
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log crit; worker_rlimit_nofile 100000;
events { worker_connections 50000; use epoll; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/body; fastcgi_temp_path ${folder}/body;
  uwsgi_temp_path ${folder}/body; scgi_temp_path ${folder}/body; tcp_nodelay on;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /stream { nchan_subscriber eventsource; nchan_channel_id one; nchan_subscriber_first_message newest; }
    location = /publish { nchan_publisher; nchan_channel_id one; nchan_message_buffer_length 1; }
  }
}
`,
  );
  const child = new Child(['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')], SERVER_CORE);
  const publish = async (symbol: number): Promise<void> => {
    const price = Math.round(Number(process.hrtime.bigint() / 1000n));
    const body = JSON.stringify({
      ...{ symbol: `S${symbol}`, price, volume: 1, at: 1700000000000, receivedAt: 1700000000000, source: 'bench' },
    });
    const headers = { 'x-eventsource-event': 'price', 'content-type': 'application/json' };
    await (await fetch(`http://127.0.0.1:${port}/publish`, { method: 'POST', body, headers })).text();
  };
  await eventually(async () => {
    if (child.isOver) throw new Error('nginx ended');
    return fetch(`http://127.0.0.1:${port}/publish`).then(
      () => true,
      () => false,
    );
  }, 'nginx answers');
  return {
    ...{ kind: 'sse', port, pid: child.pid, child },
    requests: () => [request('/stream', 'sse')],
    tick(from, to) {
      for (let symbol = from; symbol < to; symbol += 1) void publish(symbol);
    },
    stop: () => child.kill(),
  };
}
