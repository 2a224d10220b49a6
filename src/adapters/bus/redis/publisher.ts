/**
 * Makes messages durable, one append a partition at a time: what comes while one is under way goes into the next, so
 * that many small publishes share a round trip.
 *
 * An append has a number that the server remembers: one whose answer was lost is sent again, and comes into the log
 * once. While the server is away publishers wait; only closing gives them up.
 */
import type { Message } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import { Failure } from '#errors.ts';
import type { Link } from './link.ts';
import type { EntryMessages } from './partition-log.ts';
import { APPEND, type Keys } from './scripts.ts';

/** Messages that may wait for the server; further publishers wait until there is room. Some tens of MB. */
const MAX_WAITING_MESSAGES = 50_000;
/** One entry of the log; a reader that begins within it parses all of it. Readers read more than that at once. */
export const MAX_ENTRY_MESSAGES = 1_000;
/** The server forgets a producer's number after so long; an append is tried again for as long as the producer lives. */
const REMEMBER_MS = 24 * 3_600_000;
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

export interface PublisherOptions {
  readonly link: Link;
  readonly clock: Clock;
  /** Unlike any other publisher's, ever. */
  readonly producer: string;
  keysOf(topic: string): Keys;
  onAppended(topic: string, partition: number, end: number, count: number): void;
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
    // Those who publish in the same turn go together.
    await Promise.resolve();
    while (lane.queue.length > 0) {
      const some = lane.queue.splice(0, takeable(lane.queue));
      const messages = some.flatMap((waiting) => waiting.messages);
      let error: unknown;
      try {
        for (let from = 0; from < messages.length; from += MAX_ENTRY_MESSAGES)
          await this.#append(topic, partition, lane, messages.slice(from, from + MAX_ENTRY_MESSAGES));
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
    const { link, clock, producer, keysOf, onAppended } = this.#options;
    const keys = keysOf(topic);
    const named = [keys.log(partition), keys.end(partition), keys.sent(partition, producer)];
    const entry = JSON.stringify(messages.map(({ key, value }): EntryMessages[number] => [key, value]));
    lane.sent += 1;
    for (;;) {
      try {
        const { sent } = lane;
        const end = await link.run(APPEND, named, sent, messages.length, entry, REMEMBER_MS, keys.news, partition);
        onAppended(topic, partition, Number(end), messages.length);
        return;
      } catch (error) {
        if (!(error instanceof Failure) || this.#closing.signal.aborted) throw error;
        await sleep(clock, RETRY_MS, this.#closing.signal);
      }
    }
  }
}

/** So many at the head of the queue as fill an entry, at least one. */
function takeable(queue: readonly Waiting[]): number {
  let count = queue[0]?.messages.length ?? 0;
  let taken = 1;
  while (taken < queue.length && count + (queue[taken] as Waiting).messages.length <= MAX_ENTRY_MESSAGES) {
    count += (queue[taken] as Waiting).messages.length;
    taken += 1;
  }
  return taken;
}
