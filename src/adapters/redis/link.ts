/**
 * One connection to the server that comes back by itself. A command is sent once or not at all: nothing waits in a queue
 * for a connection, and after a failure only its caller knows whether sending it again does harm.
 *
 * It throws `Failure('bus-unavailable')` for what may go better later; a server that answers nothing for too long is
 * treated as gone. Anything else the server says is a mistake of ours.
 */
import { createHash } from 'node:crypto';
import { createClient, ErrorReply } from '@redis/client';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** Longer than any command of ours takes on a server that is well; who can do without it waits less. */
const ANSWER_TIMEOUT_MS = 3_000;
/** Between attempts to connect: a restart of the server is over in about a second. */
const RECONNECT_MS = 200;
/** What a server says that is starting, full, a replica by now, or cannot write its disk. */
const PASSING_REPLIES =
  /^(LOADING|OOM|READONLY|MISCONF|MASTERDOWN|NOREPLICAS|BUSY |TRYAGAIN|CLUSTERDOWN|ERR max number of clients)/;

export interface Script {
  readonly text: string;
  readonly sha: string;
}
export const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });

export interface LinkOptions {
  readonly url: string;
  /** What the server calls us in its lists. */
  readonly name: string;
  /** What it is to us, for the log. */
  readonly what: string;
  readonly answerTimeoutMs?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Channels whose messages are wanted; the connection is then for nothing else. */
  readonly listen?: {
    readonly channels: readonly string[];
    heard(message: string, channel: string): void;
    /** Connected again: messages may have been missed. */
    missed(): void;
  };
}

type Client = ReturnType<typeof create>;
function create(url: string, name: string) {
  const client = createClient({
    ...{ url, name, RESP: 2, disableOfflineQueue: true },
    socket: { reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT_MS },
  });
  // An error without a listener would end the process; what matters of it arrives at the commands and at `end`.
  client.on('error', () => {});
  return client;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #client: Client | null = null;
  #coming: Promise<void> | null = null;
  #said = 'not connected yet';

  private constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The first connection: one that cannot be made is told at once. */
  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    try {
      await link.#connect();
    } catch (error) {
      throw new Failure('bus-unavailable', `${options.name} cannot reach its server: ${reasonOf(error)}`);
    }
    return link;
  }

  /** To a server that one can do without: tried once here, and then again and again. */
  static async begin(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    await link.#connect().catch((error: unknown) => {
      link.#said = reasonOf(error);
      link.#coming = link.#comeBack();
    });
    return link;
  }

  /** Null while connected. */
  problem(): string | null {
    return this.#client === null ? this.#said : null;
  }

  async send(...args: readonly (string | number)[]): Promise<unknown> {
    const client = this.#client;
    if (client === null) throw new Failure('bus-unavailable', this.#said);
    const { answerTimeoutMs = ANSWER_TIMEOUT_MS } = this.#options;
    const answered = new AbortController();
    const silence = sleep(this.#options.clock, answerTimeoutMs, answered.signal).then(async () => {
      // Where this process was held up itself, the answer may be there and only not read yet.
      if (!answered.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      if (answered.signal.aborted) return undefined;
      this.#lost(client, 'it does not answer');
      throw new Failure('bus-unavailable', 'the server does not answer');
    });
    try {
      return await Promise.race([client.sendCommand(args.map(String)), silence]);
    } catch (error) {
      if (error instanceof Failure) throw error;
      const reason = reasonOf(error);
      if (error instanceof ErrorReply) {
        if (!PASSING_REPLIES.test(reason)) throw error;
        // A replica stays one on this connection; the next may lead to the new primary.
        if (reason.startsWith('READONLY')) this.#lost(client, reason);
      } else this.#lost(client, reason);
      throw new Failure('bus-unavailable', reason, { cause: error });
    } finally {
      answered.abort();
    }
  }

  async run(wanted: Script, keys: readonly string[], ...args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.send('EVALSHA', wanted.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.send('EVAL', wanted.text, keys.length, ...keys, ...args);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = this.#client;
    this.#client = null;
    this.#said = 'it was closed';
    client?.destroy();
    await this.#coming;
  }

  async #connect(): Promise<void> {
    const { url, name, listen } = this.#options;
    const client = create(url, name);
    try {
      await client.connect();
      for (const channel of listen?.channels ?? [])
        await client.subscribe(channel, (message) => listen?.heard(message, channel));
    } catch (error) {
      if (client.isOpen) client.destroy();
      throw error;
    }
    if (this.#closing.signal.aborted) return client.destroy();
    this.#client = client;
    client.once('end', () => this.#lost(client, 'the connection was closed'));
    client.once('error', (error: Error) => this.#lost(client, error.message));
    if (!client.isReady) this.#lost(client, 'the connection was closed');
  }

  #lost(client: Client, reason: string): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#said = reason;
    if (client.isOpen) client.destroy();
    const { log, name, what } = this.#options;
    log.warn({ link: name, reason }, `the ${what} is gone; connecting again`);
    this.#coming = this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const { clock, log, name, what, listen } = this.#options;
    const { signal } = this.#closing;
    for (;;) {
      await sleep(clock, RECONNECT_MS, signal);
      if (signal.aborted) return;
      try {
        await this.#connect();
        if (this.#client !== null) log.info({ link: name }, `connected to the ${what}`);
        listen?.missed();
        return;
      } catch (error) {
        this.#said = reasonOf(error);
      }
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Connecting to several addresses of one name fails with all their errors and no words of its own.
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}
