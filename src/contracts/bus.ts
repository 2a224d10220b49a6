/**
 * The bus: keyed, ordered, partitioned, replayable topics between roles.
 *
 * Promises every adapter keeps (proven by the conformance suite beside this file):
 * - `publish` resolves only when every message is durable; messages of one call keep their order in each partition, calls
 *   of one bus go into the log in the order they were made, and a call that starts after another has resolved, anywhere, is
 *   later in the log. Same key, same partition, always. While the broker is away a publish waits, and `health` says so.
 * - A partition is a sequence of messages with rising offsets (not always by one). What was read once at an offset
 *   is read again at that offset.
 * - `consume`: within a group each partition has one reader at a time, which is told `assigned` before its first batch
 *   and `revoked` after its last. Batches of a partition come one after the other; the next is handed over only when
 *   the promise of the one before has resolved. Nothing is committed by itself: a reader commits after the effect,
 *   and after a crash reading starts at the last commit (or where `assigned` says): at least once. Members share the
 *   partitions evenly; who moves what when one comes or goes takes a moment, within which a partition has no reader.
 * - A process that was paused longer than the broker waits for it may still be at its last batch when another reads on:
 *   a commit of a partition that has another reader by now changes nothing. Effects need such a fence of their own.
 * - `tail`: every instance reads every partition from the moment of the call; best effort, never committed.
 * - A handler that throws is a bug: `crash` is called and reading stops.
 *
 * What a broker cannot promise is said in `flags`.
 */
import type { AlertEvent, AskEvent, PriceEvent } from './topics.ts';

export interface Topics {
  'stock-prices': PriceEvent;
  alerts: AlertEvent;
  asks: AskEvent;
}
export type TopicName = keyof Topics;
/** How many each topic has. `asks` has one: what only one may answer is answered by the reader of its group. */
export type Partitions = Readonly<Record<Exclude<TopicName, 'asks'>, number>>;
/** What is worth nothing after seconds is not kept for a group that does not read: so many messages, and no more. */
export const MAX_ASKS = 1_000;

export interface Message<V> {
  /** The instrument's symbol on `stock-prices`, the user's id on `alerts`: what must stay in order shares a key. */
  readonly key: string;
  readonly value: V;
}

export interface StoredMessage<V> extends Message<V> {
  readonly offset: number;
}

export interface Batch<V> {
  readonly partition: number;
  readonly messages: readonly StoredMessage<V>[];
  /** Where reading goes on after this batch: what to commit or write into a checkpoint. */
  readonly nextOffset: number;
}

export interface ConsumerHandler<V> {
  /**
   * The partition is ours from now. The answer is the offset to start at (from the reader's own checkpoint), or
   * undefined for the group's last commit (the beginning of the log if there is none).
   */
  assigned(partition: number): Promise<number | undefined>;
  batch(batch: Batch<V>): Promise<void>;
  /** The partition is no longer ours; the batch in hand, if any, has been handled. */
  revoked(partition: number): Promise<void>;
}

/** How what is read is wanted. */
export interface Reading {
  /**
   * So long may what comes wait for more to come with it, ms: a broker that is asked less often has more time for those in
   * a hurry. A bus may pass over it, and who is behind waits for nothing.
   */
  readonly gatherMs?: number;
}

export interface Subscription {
  /** Reading stops after the batch in hand. */
  close(): Promise<void>;
}

export interface Bus {
  readonly flags: {
    /** Messages survive the end of this process. */
    readonly durable: boolean;
    /** Other processes read and write the same log. */
    readonly shared: boolean;
    /** A publish whose answer was lost is tried again without coming into the log twice. */
    readonly publishesOnce: boolean;
  };
  /** Null while it works; else what is wrong, in a sentence. */
  health(): string | null;
  partitions(topic: TopicName): number;
  partitionOf(topic: TopicName, key: string): number;
  publish<T extends TopicName>(topic: T, messages: readonly Message<Topics[T]>[]): Promise<void>;
  /** To every partition of the topic, once each. */
  broadcast<T extends TopicName>(topic: T, value: Topics[T]): Promise<void>;
  consume<T extends TopicName>(
    topic: T,
    group: string,
    handler: ConsumerHandler<Topics[T]>,
    reading?: Reading,
  ): Promise<Subscription>;
  /** Where the group goes on after a crash. Resolves when durable, or when the partition has another reader by now. */
  commit(topic: TopicName, group: string, partition: number, nextOffset: number): Promise<void>;
  tail<T extends TopicName>(
    topic: T,
    handler: (batch: Batch<Topics[T]>) => void,
    reading?: Reading,
  ): Promise<Subscription>;
  /** Messages not yet committed by the group, over all partitions or in one. */
  lag(topic: TopicName, group: string, partition?: number): Promise<number>;
  close(): Promise<void>;
}
