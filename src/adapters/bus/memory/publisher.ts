/**
 * Makes messages durable: what is published while an append is under way goes into the next one, so that many small
 * publishes share one commit.
 *
 * After a failed append nobody knows whether it is in the log. It is tried again, after a look whether it is there; when
 * patience ends the publishers are told, and the next append begins by asking the store where the log ends.
 */
import type { Message } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { BusLogStore, LogAppend } from '#contracts/store/bus-log.ts';
import { Failure } from '#errors.ts';
import type { PartitionLog } from './partition-log.ts';

/** Messages that may wait for the store; further publishers wait until there is room. Some tens of MB. */
export const MAX_WAITING_MESSAGES = 50_000;
/** One append: large enough that the commit is a small part of it, small enough not to hold up the one connection. */
const MAX_APPEND_MESSAGES = 5_000;
/** A row of the log; readers parse whole rows. */
const MAX_ROW_MESSAGES = 1_000;
/** Waits between attempts; a store that is gone for longer is told to the publishers. */
const RETRY_DELAYS_MS = [50, 200, 500, 1_000, 2_000];

interface Waiting {
  readonly parts: readonly { readonly log: PartitionLog; readonly messages: readonly Message<unknown>[] }[];
  readonly count: number;
  readonly done: (error?: unknown) => void;
}

export interface Publisher {
  /** Resolves when durable. Parts of one call are in one commit. */
  publish(parts: Waiting['parts']): Promise<void>;
  /** Resolves when nothing waits any more. Publishing afterwards is refused. */
  close(): Promise<void>;
}

export interface PublisherOptions {
  readonly busLog: BusLogStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The log of a partition, for what `ends` reports. */
  logOf(topic: string, partition: number): PartitionLog | undefined;
  /** These rows are durable. */
  onAppended(log: PartitionLog, row: LogAppend): void;
}

export function createPublisher({ busLog, clock, log, logOf, onAppended }: PublisherOptions): Publisher {
  const queue: Waiting[] = [];
  const room: (() => void)[] = [];
  let waitingCount = 0;
  let working: Promise<void> | null = null;
  let unsure = false;
  let closed = false;

  const lookWhereItEnds = async (): Promise<void> => {
    for (const { topic, partition, nextOffset } of await busLog.ends()) logOf(topic, partition)?.movedTo(nextOffset);
    unsure = false;
  };

  const isThere = async ([row]: readonly LogAppend[]): Promise<boolean> =>
    row !== undefined &&
    (await busLog.ends()).some(
      (end) => end.topic === row.topic && end.partition === row.partition && end.nextOffset > row.baseOffset,
    );

  const append = async (rows: readonly LogAppend[]): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      try {
        if (attempt > 0 && (await isThere(rows))) return;
        await busLog.append(rows);
        return;
      } catch (error) {
        const delay = RETRY_DELAYS_MS[attempt];
        if (!(error instanceof Failure) || delay === undefined) throw error;
        log.warn({ error: error.message, attempt }, 'the bus cannot write its log; it tries again');
        await sleep(clock, delay);
      }
    }
  };

  const takeSome = (): Waiting[] => {
    let count = 0;
    let taken = 0;
    while (taken < queue.length && (taken === 0 || count + (queue[taken] as Waiting).count <= MAX_APPEND_MESSAGES)) {
      count += (queue[taken] as Waiting).count;
      taken += 1;
    }
    return queue.splice(0, taken);
  };

  const toRows = (some: readonly Waiting[]): { readonly log: PartitionLog; readonly row: LogAppend }[] => {
    const byLog = new Map<PartitionLog, Message<unknown>[]>();
    for (const { parts } of some)
      for (const part of parts) {
        const messages = byLog.get(part.log);
        if (messages) for (const message of part.messages) messages.push(message);
        else byLog.set(part.log, [...part.messages]);
      }
    return [...byLog].flatMap(([partitionLog, messages]) => {
      const { topic, partition } = partitionLog;
      const rows = [];
      for (let at = 0; at < messages.length; at += MAX_ROW_MESSAGES) {
        const baseOffset = partitionLog.nextOffset() + at;
        const row = { topic, partition, baseOffset, messages: messages.slice(at, at + MAX_ROW_MESSAGES) };
        rows.push({ log: partitionLog, row });
      }
      return rows;
    });
  };

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      const some = takeSome();
      let error: unknown;
      try {
        if (unsure) await lookWhereItEnds();
        const rows = toRows(some);
        await append(rows.map(({ row }) => row));
        for (const { log: partitionLog, row } of rows) onAppended(partitionLog, row);
      } catch (thrown) {
        unsure = true;
        error = thrown;
      }
      for (const { count, done } of some) {
        waitingCount -= count;
        done(error);
      }
      for (const resolve of room.splice(0)) resolve();
    }
    working = null;
  };

  return {
    async publish(parts) {
      const count = parts.reduce((sum, { messages }) => sum + messages.length, 0);
      if (count === 0) return;
      // A call larger than the limit goes in when nothing else waits.
      while (waitingCount > 0 && waitingCount + count > MAX_WAITING_MESSAGES && !closed)
        await new Promise<void>((resolve) => room.push(resolve));
      if (closed) throw new Failure('not-ready', 'the bus is closed');
      waitingCount += count;
      await new Promise<void>((resolve, reject) => {
        queue.push({ parts, count, done: (error) => (error === undefined ? resolve() : reject(error)) });
        working ??= work();
      });
    },
    async close() {
      closed = true;
      await working;
      for (const resolve of room.splice(0)) resolve();
    },
  };
}
