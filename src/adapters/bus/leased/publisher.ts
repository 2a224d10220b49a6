/**
 * Makes messages durable, one append a partition at a time: what comes while one is under way goes into the next, so
 * that many small publishes share a round trip.
 *
 * An append has a number, one more than the last in that partition, and the next is not sent before it has come into the
 * log: one whose answer was lost is sent again under its number, so that the server or the readers can tell. While the
 * server is away publishers wait; only closing gives them up.
 */
import type { Message } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import { Failure } from '#errors.ts';

/** Messages that may wait for the server; further publishers wait until there is room. Some tens of MB. */
const MAX_WAITING_MESSAGES = 50_000;
const RETRY_MS = 100;

interface Waiting {
  readonly messages: readonly Message<unknown>[];
  readonly done: (error?: unknown) => void;
}
interface Lane {
  readonly queue: Waiting[];
  sent: number;
  working: Promise<void> | null;
}

export interface Append {
  readonly topic: string;
  readonly partition: number;
  /** Counts this publisher's appends to the partition, from 1. */
  readonly number: number;
  readonly messages: readonly Message<unknown>[];
  /** An append before may have come into the log, its answer lost. */
  readonly isAgain: boolean;
}

export interface PublisherOptions {
  readonly clock: Clock;
  /** Of one append; a call with more is several. */
  readonly maxMessages: number;
  /** Resolves when it is durable; a Failure is tried again. */
  append(append: Append): Promise<void>;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #closing = new AbortController();
  #room: (() => void)[] = [];
  #waitingCount = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  async publish(topic: string, parts: ReadonlyMap<number, readonly Message<unknown>[]>): Promise<void> {
    let count = 0;
    for (const messages of parts.values()) count += messages.length;
    // A call larger than the limit goes in when nothing else waits.
    while (this.#waitingCount > 0 && this.#waitingCount + count > MAX_WAITING_MESSAGES && !this.#closing.signal.aborted)
      await new Promise<void>((resolve) => this.#room.push(resolve));
    if (this.#closing.signal.aborted) throw new Failure('not-ready', 'the bus is closed');
    this.#waitingCount += count;
    await Promise.all(
      [...parts].map(
        ([partition, messages]) =>
          new Promise<void>((resolve, reject) => {
            const lane = this.#laneOf(topic, partition);
            lane.queue.push({ messages, done: (error) => (error === undefined ? resolve() : reject(error)) });
            lane.working ??= this.#work(topic, partition, lane);
          }),
      ),
    );
  }

  /** What waits is sent while the server answers; publishing afterwards is refused. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const resolve of this.#room.splice(0)) resolve();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.working));
  }

  #laneOf(topic: string, partition: number): Lane {
    const name = `${topic} ${partition}`;
    let lane = this.#lanes.get(name);
    if (!lane) {
      lane = { queue: [], sent: 0, working: null };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  async #work(topic: string, partition: number, lane: Lane): Promise<void> {
    const { maxMessages } = this.#options;
    // Those who publish in the same turn go together.
    await Promise.resolve();
    while (lane.queue.length > 0) {
      const some = lane.queue.splice(0, takeable(lane.queue, maxMessages));
      const messages = some.flatMap((waiting) => waiting.messages);
      let error: unknown;
      try {
        for (let from = 0; from < messages.length; from += maxMessages)
          await this.#append(topic, partition, lane, messages.slice(from, from + maxMessages));
      } catch (thrown) {
        error = thrown;
      }
      this.#waitingCount -= messages.length;
      for (const { done } of some) done(error);
      for (const resolve of this.#room.splice(0)) resolve();
    }
    lane.working = null;
  }

  async #append(topic: string, partition: number, lane: Lane, messages: readonly Message<unknown>[]): Promise<void> {
    const { clock, append } = this.#options;
    lane.sent += 1;
    for (let isAgain = false; ; isAgain = true) {
      try {
        await append({ topic, partition, number: lane.sent, messages, isAgain });
        return;
      } catch (error) {
        if (!(error instanceof Failure) || this.#closing.signal.aborted) throw error;
        await sleep(clock, RETRY_MS, this.#closing.signal);
      }
    }
  }
}

/** So many at the head of the queue as fill an entry, at least one. */
function takeable(queue: readonly Waiting[], maxMessages: number): number {
  let count = queue[0]?.messages.length ?? 0;
  let taken = 1;
  while (taken < queue.length && count + (queue[taken] as Waiting).messages.length <= maxMessages) {
    count += (queue[taken] as Waiting).messages.length;
    taken += 1;
  }
  return taken;
}
