/**
 * Word between processes that a group has partitions to move: best effort, for without it the next beat finds out.
 */
import type { Channel } from 'amqplib';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Link } from './link.ts';

const RETRY_MS = 1_000;

export class Moves {
  readonly #exchange: string;
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #heard: (group: string | null) => void;
  readonly #closing = new AbortController();
  #channel: Channel | null = null;

  /** `heard(null)`: word may have been missed. */
  constructor(exchange: string, link: Link, clock: Clock, heard: (group: string | null) => void) {
    this.#exchange = exchange;
    this.#link = link;
    this.#clock = clock;
    this.#heard = heard;
  }

  async listen(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const channel = await this.#open();
        this.#channel = channel;
        channel.on('close', () => {
          this.#channel = null;
          if (!signal.aborted) void this.listen();
        });
        return;
      } catch {
        await sleep(this.#clock, RETRY_MS, signal);
      }
    }
  }

  tell(group: string): void {
    this.#channel?.publish(this.#exchange, '', Buffer.from(group));
  }

  close(): void {
    this.#closing.abort();
  }

  async #open(): Promise<Channel> {
    const channel = await this.#link.channel();
    const ask = <T>(promise: Promise<T>): Promise<T> => this.#link.answer(promise);
    await ask(channel.assertExchange(this.#exchange, 'fanout', { durable: false, autoDelete: true }));
    const { queue } = await ask(channel.assertQueue('', { exclusive: true }));
    await ask(channel.bindQueue(queue, this.#exchange, ''));
    await ask(channel.consume(queue, (message) => message && this.#heard(message.content.toString()), { noAck: true }));
    this.#heard(null);
    return channel;
  }
}
