/**
 * Reads one stream from a place on, entry by entry, on a channel of its own. What waits here is bounded by what the server
 * may send ahead. A cursor that lost its connection, or its stream, is over.
 */
import type { Channel, ConsumeMessage } from 'amqplib';
import { Failure } from '#errors.ts';
import type { Link } from './link.ts';
import { AGAIN } from './sender.ts';

/** Entries the server may send ahead: so many small ones fill a batch, and so many full ones are some tens of MB. */
const MAX_AHEAD_ENTRIES = 500;

export interface Entry {
  /** Its number in the stream, from 0. */
  readonly place: number;
  readonly id: string;
  readonly isAgain: boolean;
  readonly body: Buffer;
}

/** `last`: a little before the end; `first`: the first that is kept. A place that is not there yet is waited for. */
export type Place = number | 'first' | 'last';

export class Cursor {
  readonly #link: Link;
  readonly #channel: Channel;
  #waiting: ConsumeMessage[] = [];
  #over: string | null = null;
  #wake = (): void => {};

  private constructor(link: Link, channel: Channel) {
    this.#link = link;
    this.#channel = channel;
    channel.on('close', () => this.#end('the connection was closed'));
  }

  static async open(link: Link, queue: string, place: Place): Promise<Cursor> {
    const channel = await link.channel();
    const cursor = new Cursor(link, channel);
    try {
      await link.answer(channel.prefetch(MAX_AHEAD_ENTRIES));
      await link.answer(
        channel.consume(queue, (message) => cursor.#came(message), { arguments: { 'x-stream-offset': place } }),
      );
    } catch (error) {
      await cursor.close();
      throw error;
    }
    return cursor;
  }

  /** What has come, at most so many; undefined where the signal said to stop. */
  async next(limit: number, signal?: AbortSignal): Promise<readonly Entry[] | undefined> {
    while (this.#waiting.length === 0 && this.#over === null && !signal?.aborted)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal?.addEventListener('abort', wake);
      });
    if (signal?.aborted) return undefined;
    const some = this.#waiting.slice(0, limit);
    const last = some.at(-1);
    if (last === undefined) throw new Failure('bus-unavailable', this.#over ?? 'nothing came');
    this.#waiting = this.#waiting.slice(some.length);
    if (this.#over === null) this.#channel.ack(last, true);
    return some.map(({ content, properties }) => ({
      place: Number(properties.headers?.['x-stream-offset']),
      id: String(properties.messageId ?? ''),
      isAgain: properties.type === AGAIN,
      body: content,
    }));
  }

  async close(): Promise<void> {
    if (this.#over !== null) return;
    this.#end('closed');
    await this.#link.answer(this.#channel.close()).catch(() => {});
  }

  #came(message: ConsumeMessage | null): void {
    if (message === null) this.#end('the stream was removed');
    else this.#waiting.push(message);
    this.#wake();
  }

  #end(reason: string): void {
    this.#over ??= reason;
    this.#wake();
  }
}
