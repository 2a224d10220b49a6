/**
 * Commits of one client of a group, one request at a time: what comes while one is under way goes into the next, so
 * that waiting for a slow broker holds one thread and no more.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import { ANSWER_TIMEOUT_MS, asked, CODES, type Consumer, KafkaFailure } from './client.ts';
import type { Feed } from './feed.ts';

const RETRY_MS = 100;

interface Waiting {
  offset: number;
  readonly done: ((isCommitted: boolean) => void)[];
}

export class Commits {
  readonly #feed: Feed;
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  /** Whether it may be tried again under a newer epoch: brokers ask who is a member, not who has the partition. */
  readonly #owns: (partition: number) => boolean;
  #waiting = new Map<number, Waiting>();
  #working: Promise<void> | null = null;

  constructor(feed: Feed, topic: string, clock: Clock, closing: AbortSignal, owns: (partition: number) => boolean) {
    this.#feed = feed;
    this.#topic = topic;
    this.#clock = clock;
    this.#closing = closing;
    this.#owns = owns;
  }

  /** False where somebody else has the partition by now. */
  commit(partition: number, offset: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(partition) ?? { offset, done: [] };
      waiting.offset = offset;
      waiting.done.push(resolve);
      this.#waiting.set(partition, waiting);
      this.#working ??= this.#work();
    });
  }

  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const some = this.#waiting;
      this.#waiting = new Map();
      const isCommitted = await this.#send(some);
      for (const { done } of some.values()) for (const resolve of done) resolve(isCommitted);
    }
    this.#working = null;
  }

  async #send(some: ReadonlyMap<number, Waiting>): Promise<boolean> {
    const places = [...some].map(([partition, { offset }]) => ({ topic: this.#topic, partition, offset }));
    for (;;) {
      try {
        await this.#feed.commit(places);
        return true;
      } catch (error) {
        if (!(error instanceof KafkaFailure)) throw error;
        if (CODES.fenced.has(error.kafkaCode)) return false;
        if (error.kafkaCode === CODES.staleEpoch && !places.every(({ partition }) => this.#owns(partition)))
          return false;
        if (this.#closing.aborted) return false;
      }
      await sleep(this.#clock, RETRY_MS, this.#closing);
    }
  }
}

/** What a group has committed of each partition, undefined where nothing. */
export async function committedOf(
  consumer: Consumer,
  topic: string,
  partitions: readonly number[],
): Promise<readonly (number | undefined)[]> {
  const found = await asked<readonly { readonly partition: number; readonly offset?: number | null }[]>((answer) =>
    consumer.committed(
      partitions.map((partition) => ({ topic, partition })),
      ANSWER_TIMEOUT_MS,
      answer,
    ),
  );
  const offsets = new Map(found.map(({ partition, offset }) => [partition, offset]));
  return partitions.map((partition) => {
    const offset = offsets.get(partition);
    return typeof offset === 'number' && offset >= 0 ? offset : undefined;
  });
}
