/**
 * One connection to the server that comes back by itself. What is asked is asked once: after a failure only its caller
 * knows whether asking again does harm.
 *
 * It throws `Failure('bus-unavailable')`; a server that answers nothing for too long is treated as gone.
 */
import type { Socket } from 'node:net';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than anything of ours takes on a server that is well; a new stream takes the longest. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Between attempts to connect: a restart of the server takes seconds. */
const RECONNECT_MS = 200;
/** Two of them without a sign: a connection that nobody waits on is known to be dead. */
const HEARTBEAT_S = 5;

export interface LinkOptions {
  readonly url: string;
  /** What the server calls us in its lists. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #model: ChannelModel | null = null;
  #coming: Promise<void> | null = null;
  #said = 'not connected yet';
  #blocked: string | null = null;

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

  get version(): string {
    return this.#model?.connection.serverProperties.version ?? '0';
  }

  /** Null while connected, and the server takes what is published. */
  problem(): string | null {
    if (this.#model === null) return this.#said;
    return this.#blocked === null ? null : `it takes no more messages (${this.#blocked})`;
  }

  channel(): Promise<Channel> {
    return this.#open((model) => model.createChannel());
  }

  confirmChannel(): Promise<ConfirmChannel> {
    return this.#open((model) => model.createConfirmChannel());
  }

  /** What the promise says, unless the server is silent for too long: then the connection is given up. */
  async answer<T>(promise: Promise<T>): Promise<T> {
    const model = this.#model;
    const answered = new AbortController();
    const silence = (async (): Promise<never> => {
      // A server that is full says so and answers later.
      do await sleep(this.#options.clock, ANSWER_TIMEOUT_MS, answered.signal);
      while (this.#blocked !== null && !answered.signal.aborted);
      // Where this process was held up itself, the answer may be there and only not read yet.
      if (!answered.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
      if (!answered.signal.aborted && model) this.#lost(model, 'it does not answer');
      throw new Failure('bus-unavailable', 'the server does not answer');
    })();
    silence.catch(() => {});
    try {
      return await Promise.race([promise, silence]);
    } catch (error) {
      throw error instanceof Failure ? error : new Failure('bus-unavailable', reasonOf(error), { cause: error });
    } finally {
      answered.abort();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const model = this.#model;
    this.#model = null;
    this.#said = 'the bus is closed';
    if (model) await this.answer(model.close()).catch(() => destroy(model, this.#said));
    await this.#coming;
  }

  async #open<C extends Channel>(create: (model: ChannelModel) => Promise<C>): Promise<C> {
    if (this.#model === null) throw new Failure('bus-unavailable', this.#said);
    const channel = await this.answer(create(this.#model));
    // An error without a listener would end the process; what matters of it arrives at what was asked and at `close`.
    channel.on('error', () => {});
    return channel;
  }

  async #connect(): Promise<void> {
    const { url, name, clock } = this.#options;
    const connecting = connect(withHeartbeat(url), { clientProperties: { connection_name: name } });
    const silence = new AbortController();
    const model = await Promise.race([
      connecting,
      sleep(clock, CONNECT_TIMEOUT_MS, silence.signal).then(() => {
        if (silence.signal.aborted) return connecting;
        // It may still come; then nobody wants it.
        connecting.then((late) => destroy(late, 'too late')).catch(() => {});
        throw new Error('it does not answer');
      }),
    ]).finally(() => silence.abort());
    model.on('error', (error) => this.#lost(model, reasonOf(error)));
    model.on('close', () => this.#lost(model, 'the connection was closed'));
    model.on('blocked', (reason) => {
      this.#blocked = reason;
    });
    model.on('unblocked', () => {
      this.#blocked = null;
    });
    if (this.#closing.signal.aborted) return destroy(model, 'the bus is closed');
    this.#blocked = null;
    this.#model = model;
  }

  #lost(model: ChannelModel, reason: string): void {
    if (this.#model !== model) return;
    this.#model = null;
    this.#said = reason;
    destroy(model, reason);
    this.#options.log.warn({ link: this.#options.name, reason }, 'the message broker is gone; connecting again');
    this.#coming = this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const { clock, log, name } = this.#options;
    const { signal } = this.#closing;
    for (;;) {
      await sleep(clock, RECONNECT_MS, signal);
      if (signal.aborted) return;
      try {
        await this.#connect();
        if (this.#model !== null) log.info({ link: name }, 'the message broker is back');
        return;
      } catch (error) {
        this.#said = reasonOf(error);
      }
    }
  }
}

function withHeartbeat(url: string): string {
  const { searchParams, href } = new URL(url);
  return searchParams.has('heartbeat') ? href : `${href}${searchParams.size > 0 ? '&' : '?'}heartbeat=${HEARTBEAT_S}`;
}

/** Closing asks the server, which may not answer: its socket is what the types do not show. */
function destroy(model: ChannelModel, reason: string): void {
  model.on('error', () => {});
  (model.connection as unknown as { readonly stream: Socket }).stream.destroy(new Error(reason));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // All that the client says of a refusal: it does not pass on the server's words.
  if (/^Expected ConnectionOpenOk/.test(error.message))
    return 'the server refuses the virtual host: it is not there, or the user may not use it';
  // Connecting to several addresses of one name fails with all their errors and no words of its own.
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}
