/**
 * One consuming client of librdkafka, read as soon as it has something. What it hands over it hands over in turns of
 * the event loop, each some milliseconds of decoding. It is also read when nothing came, for the client tells of changed
 * assignments only to those who read.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Address } from './address.ts';
import {
  asked,
  type ClientError,
  type Consumer,
  close,
  connect,
  failureOf,
  type KafkaMessage,
  loadClient,
  type Place,
} from './client.ts';

/** Some milliseconds of decoding, of small messages and of large ones. */
const MAX_TURN_MESSAGES = 1_000;
const TURN_BYTES = 256 * 1024;
/** Well within `max.poll.interval.ms`, after which the client would give up its partitions. */
const LOOK_EVERY_MS = 250;
/** A process that does nothing for so long has lost its partitions to others. */
const MAX_SILENT_MS = 60_000;
/** What the client fetches ahead, for all partitions together. */
const FETCHED_AHEAD_KB = 16_384;
const FETCHED_AHEAD_MESSAGES = 10_000;
const RETRY_MS = 200;
/** Who lets what comes gather is not told before there is so much of it. */
const GATHERED_BYTES = 1024 * 1024;

export type Rebalance = (code: number, places: readonly Omit<Place, 'offset'>[]) => void;

export interface FeedOptions {
  readonly address: Address;
  readonly clock: Clock;
  readonly log: Log;
  readonly name: string;
  /** The consumer group, and whether we are to be a member of it or just know its commits. */
  readonly groupId: string;
  readonly rebalanced?: Rebalance;
  /** See the contract of the bus. */
  readonly gatherMs?: number;
  received(messages: readonly KafkaMessage[]): void;
  /** It is logged, and the client tries again by itself: this is for what it can't get over. */
  failed?(error: { readonly code: number; readonly message: string }): void;
}

export interface Feed {
  readonly consumer: Consumer;
  /** One at a time: the client's word that a commit is done does not say of which. */
  commit(places: readonly Place[]): Promise<void>;
  close(): Promise<void>;
}

/** So many messages as are TURN_BYTES, if they are like these. */
function turnLike(messages: readonly KafkaMessage[]): number {
  const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  return Math.min(MAX_TURN_MESSAGES, Math.ceil((messages.length * TURN_BYTES) / Math.max(1, bytes)));
}

export async function openFeed(options: FeedOptions): Promise<Feed> {
  const { address, clock, log, name, groupId, rebalanced, gatherMs = 0, received } = options;
  const { KafkaConsumer } = loadClient();
  let wake = (): void => {};
  let isWoken = false;
  let isClosing = false;
  let committed: (error: ClientError | null | undefined) => void = () => {};
  const consumer = new KafkaConsumer(
    {
      ...address.settings,
      'group.id': groupId,
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      'queued.max.messages.kbytes': FETCHED_AHEAD_KB,
      'queued.min.messages': FETCHED_AHEAD_MESSAGES,
      'max.poll.interval.ms': MAX_SILENT_MS,
      'fetch.error.backoff.ms': RETRY_MS,
      ...(gatherMs > 0 && { 'fetch.wait.max.ms': gatherMs, 'fetch.min.bytes': GATHERED_BYTES }),
      // The only word of a commit's end: the client's own `commitCb` answers when it is on its way.
      offset_commit_cb: (error: ClientError | null | undefined) => committed(error),
      queue_non_empty_cb: () => {
        isWoken = true;
        wake();
      },
      ...(rebalanced && {
        'group.protocol': 'consumer',
        rebalance_cb: ({ code }: { readonly code: number }, places: readonly Omit<Place, 'offset'>[]) =>
          rebalanced(code, places),
      }),
    },
    { 'auto.offset.reset': 'earliest' },
  );
  let isTold = false;
  const failed = (error: { readonly code: number; readonly message: string }): void => {
    options.failed?.(error);
    // Once until it reads again: an outage says the same in many ways.
    if (!isTold) log.warn({ client: name, reason: error.message }, 'cannot read from Kafka; trying again');
    isTold = true;
  };
  consumer.on('event.error', failed);
  await connect(consumer, name, log);
  consumer.setDefaultConsumeTimeout(0);

  const read = async (): Promise<void> => {
    let limit = MAX_TURN_MESSAGES;
    while (!isClosing) {
      isWoken = false;
      let messages: readonly KafkaMessage[] = [];
      try {
        messages = await asked((answer) => consumer.consume(limit, answer));
      } catch (error) {
        failed({ code: (error as { kafkaCode?: number }).kafkaCode ?? 0, message: (error as Error).message });
      }
      if (messages.length > 0) {
        isTold = false;
        received(messages);
      }
      const isFull = messages.length === limit;
      if (messages.length > 0) limit = turnLike(messages);
      if (isFull || isWoken || isClosing) continue;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(LOOK_EVERY_MS, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
  };
  const reading = read();
  return {
    consumer,
    commit: (places) =>
      new Promise((resolve, reject) => {
        committed = (error) => (error ? reject(failureOf(error)) : resolve());
        try {
          consumer.commit(places);
        } catch (error) {
          reject(failureOf(error as ClientError));
        }
      }),
    async close() {
      isClosing = true;
      wake();
      await reading;
      await close(consumer);
    },
  };
}
