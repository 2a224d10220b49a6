/**
 * All tails of this process that wait alike for more to come together, read by one client that is a member of no group: each
 * topic is fetched and decoded once, however many listen. Best effort: what the broker threw away before it was read is passed over.
 */
import type { Batch, StoredMessage, Subscription } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Address } from './address.ts';
import type { KafkaMessage } from './client.ts';
import { decode } from './decode.ts';
import { type Feed, openFeed } from './feed.ts';
import type { Topics } from './topics.ts';

export interface TailedTopic {
  readonly kafkaName: string;
  readonly origin: number;
  readonly partitions: readonly number[];
}
interface Listener {
  /** Our offset in each partition from which on it wants to hear. */
  readonly from: readonly number[];
  readonly handler: (batch: Batch<unknown>) => void;
}
interface Tailed {
  readonly origin: number;
  readonly listeners: Set<Listener>;
}

export interface TailsOptions {
  readonly address: Address;
  readonly groupId: string;
  readonly topics: Topics;
  readonly gatherMs: number;
  readonly clock: Clock;
  readonly log: Log;
  crash(error: unknown): void;
}

export class Tails {
  readonly #options: TailsOptions;
  readonly #tailed = new Map<string, Tailed>();
  #feed: Promise<Feed> | null = null;

  constructor(options: TailsOptions) {
    this.#options = options;
  }

  async listen(topic: TailedTopic, handler: (batch: Batch<unknown>) => void): Promise<Subscription> {
    const { topics } = this.#options;
    const feed = await this.#opened();
    const { kafkaName, origin, partitions } = topic;
    const bounds = await topics.bounds(kafkaName, partitions);
    const listener: Listener = { from: bounds.map(({ end }) => end + origin), handler };
    const known = this.#tailed.get(kafkaName);
    if (known) known.listeners.add(listener);
    else {
      this.#tailed.set(kafkaName, { origin, listeners: new Set([listener]) });
      feed.consumer.incrementalAssign(
        partitions.map((partition, i) => ({ topic: kafkaName, partition, offset: bounds[i]?.end ?? 0 })),
      );
    }
    return {
      close: async () => {
        const tailed = this.#tailed.get(kafkaName);
        if (!tailed?.listeners.delete(listener) || tailed.listeners.size > 0) return;
        this.#tailed.delete(kafkaName);
        feed.consumer.incrementalUnassign(partitions.map((partition) => ({ topic: kafkaName, partition })));
      },
    };
  }

  async close(): Promise<void> {
    this.#tailed.clear();
    await (await this.#feed)?.close();
  }

  #opened(): Promise<Feed> {
    this.#feed ??= openFeed({
      ...this.#options,
      name: 'tocsin-tail',
      received: (records) => this.#received(records),
    }).catch((error: unknown) => {
      this.#feed = null;
      throw error;
    });
    return this.#feed;
  }

  #received(records: readonly KafkaMessage[]): void {
    const batches = new Map<
      string,
      { readonly topic: string; readonly partition: number; messages: StoredMessage<unknown>[] }
    >();
    for (const record of records) {
      const tailed = this.#tailed.get(record.topic);
      const message = tailed && decode(record, tailed.origin);
      if (!message) continue;
      const name = `${record.topic} ${record.partition}`;
      const batch = batches.get(name);
      if (batch) batch.messages.push(message);
      else batches.set(name, { topic: record.topic, partition: record.partition, messages: [message] });
    }
    for (const { topic, partition, messages } of batches.values())
      for (const listener of [...(this.#tailed.get(topic)?.listeners ?? [])]) this.#tell(listener, partition, messages);
  }

  #tell({ from, handler }: Listener, partition: number, all: readonly StoredMessage<unknown>[]): void {
    const first = from[partition] as number;
    const messages = (all[0]?.offset ?? 0) >= first ? all : all.filter(({ offset }) => offset >= first);
    const last = messages.at(-1);
    if (!last) return;
    try {
      handler({ partition, messages, nextOffset: last.offset + 1 });
    } catch (error) {
      this.#options.crash(error);
    }
  }
}
