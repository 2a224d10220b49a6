/**
 * The usual design: Redis has a set of alert ids for each symbol and a hash for each alert; at each tick the program
 * reads the set, then every hash in one pipeline, and compares. A redis-server of its own on a free port, nothing
 * written to disk: `apt-get install -y redis-server`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { freePort } from '../../test/support/ports.ts';
import { type Round, spentSeconds } from '../harness.ts';
import type { Level } from '../workload.ts';

export interface RedisScan {
  round(
    steps: readonly { readonly symbol: number; readonly before: number; readonly now: number }[],
  ): Promise<Round & { readonly fired: number }>;
  stop(): void;
}

/** Commands on their way at once while loading. */
const LOAD_BATCH = 5_000;

export function redisMissing(): string | undefined {
  const found = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
  return found ? undefined : 'redis-server is not there: apt-get install -y redis-server';
}

export async function startRedis(folder: string, levels: readonly Level[]): Promise<RedisScan> {
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn('redis-server', options, { stdio: 'ignore' });
  const link = await Link.open(port);
  let batch: string[] = [];
  for (const [id, { symbol, up, level }] of levels.entries()) {
    batch.push(command('SADD', `alerts:${symbol}`, String(id)));
    batch.push(command('HSET', `alert:${id}`, 'direction', up ? 'above' : 'below', 'level', String(level)));
    if (batch.length < LOAD_BATCH && id < levels.length - 1) continue;
    await link.ask(batch);
    batch = [];
  }
  const serverSeconds = async (): Promise<number> => {
    const [info] = await link.ask([command('INFO', 'cpu')]);
    const used = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(String(info))?.[1]);
    return used('used_cpu_user') + used('used_cpu_sys');
  };
  return {
    async round(steps) {
      const began = spentSeconds() + (await serverSeconds());
      let fired = 0;
      for (const { symbol, before, now } of steps) {
        const [ids] = (await link.ask([command('SMEMBERS', `alerts:${symbol}`)])) as [readonly string[] | undefined];
        const hashes = await link.ask((ids ?? []).map((id) => command('HMGET', `alert:${id}`, 'direction', 'level')));
        for (const [direction, text] of hashes as readonly (readonly [string, string])[]) {
          const level = Number(text);
          if (direction === 'above' ? before < level && now >= level : before > level && now <= level) fired += 1;
        }
      }
      return { count: steps.length, seconds: spentSeconds() + (await serverSeconds()) - began, fired };
    },
    stop() {
      link.close();
      child.kill();
    },
  };
}

type Reply = string | number | null | readonly Reply[];

/** A connection that speaks as much of the protocol as is needed here. */
class Link {
  readonly #socket: Socket;
  #text = '';
  #place = 0;
  #replies: Reply[] = [];
  #wanted = 0;
  #done: (replies: readonly Reply[]) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text) => this.#read(String(text)));
  }

  /** Tries until the server listens. */
  static async open(port: number): Promise<Link> {
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      if (isOpen) return new Link(socket.setNoDelay());
    }
  }

  ask(commands: readonly string[]): Promise<readonly Reply[]> {
    if (commands.length === 0) return Promise.resolve([]);
    this.#wanted = commands.length;
    this.#replies = [];
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(commands.join(''), 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text = this.#text.slice(this.#place) + text;
    this.#place = 0;
    while (this.#replies.length < this.#wanted) {
      const from = this.#place;
      const reply = this.#reply();
      if (reply === undefined) {
        this.#place = from;
        return;
      }
      this.#replies.push(reply);
    }
    this.#done(this.#replies);
  }

  /** The next whole reply; undefined where its end has not come yet. */
  #reply(): Reply | undefined {
    const end = this.#text.indexOf('\r\n', this.#place);
    if (end < 0) return undefined;
    const kind = this.#text[this.#place];
    const head = this.#text.slice(this.#place + 1, end);
    this.#place = end + 2;
    if (kind === '+') return head;
    if (kind === ':') return Number(head);
    if (kind === '-') throw new Error(`redis: ${head}`);
    const length = Number(head);
    if (length < 0) return null;
    if (kind === '$') {
      if (this.#text.length < this.#place + length + 2) return undefined;
      const value = this.#text.slice(this.#place, this.#place + length);
      this.#place += length + 2;
      return value;
    }
    const items: Reply[] = [];
    while (items.length < length) {
      const item = this.#reply();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
