/**
 * The bus of a program that runs alone: messages go from hand to hand in this process, and their log is in the store.
 *
 * Promises: those of the contract, durable. A publish is acknowledged when its log is committed; concurrent publishes
 * share a commit. A reader that keeps up is served from memory, one that is behind from the store. Never: two processes
 * on one log.
 */
import {
  type Batch,
  type Bus,
  type ConsumerHandler,
  MAX_ASKS,
  type Message,
  type Partitions,
  type TopicName,
} from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { partitionOfKey } from '#contracts/partition-of-key.ts';
import type { Crash } from '#contracts/role.ts';
import type { BusLogStore } from '#contracts/store/bus-log.ts';
import { loadCommits } from './commits.ts';
import { type ConsumerGroup, createConsumerGroup } from './consumer-group.ts';
import { createPartitionLog, type PartitionLog } from './partition-log.ts';
import { createPublisher } from './publisher.ts';
import { startTrimming } from './trimming.ts';

export interface MemoryBusOptions {
  readonly busLog: BusLogStore;
  /** Of each topic. A log that is on disk must be opened with the number it was written with. */
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  /** How long, and how many messages at most, a partition's log is kept after every group has committed it. */
  readonly keepMs?: number;
  readonly keepMessages?: number;
}

/** An hour of a market is enough to look into what just happened; the history is kept elsewhere. */
const KEEP_MS = 3_600_000;
/** About 100 MB on disk a partition. */
const KEEP_MESSAGES = 1_000_000;

type Tail = (batch: Batch<unknown>) => void;

export async function createMemoryBus(options: MemoryBusOptions): Promise<Bus> {
  const { busLog, clock, log, crash } = options;
  const published = options.metrics.counter({
    name: 'tocsin_bus_published_messages_total',
    help: 'Messages made durable on the bus.',
    labels: ['topic'],
  });
  const ends = await busLog.ends();
  const commits = await loadCommits(busLog);
  const partitions = { ...options.partitions, asks: 1 };
  const topics = Object.keys(partitions) as TopicName[];
  const logs = new Map<TopicName, readonly PartitionLog[]>();
  for (const topic of topics) {
    const found = ends.filter((end) => end.topic === topic);
    const beyond = found.find(({ partition }) => partition >= partitions[topic]);
    if (beyond)
      throw new Error(`the log of ${topic} has partition ${beyond.partition}; it was written with more partitions`);
    logs.set(
      topic,
      Array.from({ length: partitions[topic] }, (_, partition) => {
        const end = found.find((one) => one.partition === partition) ?? { firstOffset: 0, nextOffset: 0 };
        return createPartitionLog(topic, partition, busLog, end);
      }),
    );
  }
  const logsOf = (topic: TopicName): readonly PartitionLog[] => logs.get(topic) ?? [];
  const groups = new Map<TopicName, Map<string, ConsumerGroup>>(topics.map((topic) => [topic, new Map()]));
  const tails = new Map<TopicName, Set<Tail>>(topics.map((topic) => [topic, new Set()]));
  const leaving = new Set<() => Promise<void>>();

  const publisher = createPublisher({
    busLog,
    clock,
    log,
    logOf: (topic, partition) => logs.get(topic as TopicName)?.[partition],
    onAppended(partitionLog, row) {
      partitionLog.added(row);
      published.add(row.messages.length, { topic: row.topic });
      const readers = tails.get(row.topic as TopicName);
      if (!readers || readers.size === 0) return;
      const messages = row.messages.map((message, index) => ({ ...message, offset: row.baseOffset + index }));
      const batch = { partition: row.partition, messages, nextOffset: row.baseOffset + row.messages.length };
      for (const reader of readers) {
        try {
          reader(batch);
        } catch (error) {
          readers.delete(reader);
          crash('bus', error);
        }
      }
    },
  });
  const stopTrimming = startTrimming({
    busLog,
    clock,
    log,
    logs: [...logs.values()].flat(),
    keepMs: options.keepMs ?? KEEP_MS,
    keepMessages: ({ topic }) => (topic === 'asks' ? MAX_ASKS : (options.keepMessages ?? KEEP_MESSAGES)),
    freeBefore: ({ topic, partition, nextOffset }) =>
      topic === 'asks'
        ? nextOffset()
        : (commits.lowest(topic, partition, groups.get(topic as TopicName)?.keys() ?? []) ?? nextOffset()),
  });

  const groupOf = (topic: TopicName, name: string): ConsumerGroup => {
    const known = groups.get(topic);
    let group = known?.get(name);
    if (!group) {
      group = createConsumerGroup({
        name,
        logs: logsOf(topic),
        clock,
        log,
        committed: (partition) => commits.of(topic, name, partition),
        crash: (error) => crash(name, error),
      });
      known?.set(name, group);
    }
    return group;
  };

  return {
    flags: { durable: true, shared: false, publishesOnce: true },
    // Its log is in the store, whose own health says all there is.
    health: () => null,
    partitions: (topic) => logsOf(topic).length,
    partitionOf: (topic, key) => partitionOfKey(key, logsOf(topic).length),
    publish(topic, messages) {
      const partitions = logsOf(topic);
      const byPartition = new Map<PartitionLog, Message<unknown>[]>();
      for (const { key, value } of messages) {
        const partitionLog = partitions[partitionOfKey(key, partitions.length)] as PartitionLog;
        const part = byPartition.get(partitionLog);
        if (part) part.push({ key, value });
        else byPartition.set(partitionLog, [{ key, value }]);
      }
      return publisher.publish([...byPartition].map(([partitionLog, part]) => ({ log: partitionLog, messages: part })));
    },
    broadcast: (topic, value) =>
      publisher.publish(logsOf(topic).map((partitionLog) => ({ log: partitionLog, messages: [{ key: '', value }] }))),
    async consume(topic, name, handler) {
      const group = groupOf(topic, name);
      // Its own object: the same handler may join twice.
      const member: ConsumerHandler<unknown> = {
        assigned: (partition) => handler.assigned(partition),
        batch: (batch) => handler.batch(batch as Parameters<typeof handler.batch>[0]),
        revoked: (partition) => handler.revoked(partition),
      };
      let left: Promise<void> | undefined;
      const close = (): Promise<void> => {
        left ??= group.leave(member);
        leaving.delete(close);
        return left;
      };
      leaving.add(close);
      await group.join(member);
      return { close };
    },
    commit: (topic, group, partition, nextOffset) => commits.save(topic, group, partition, nextOffset),
    async tail(topic, handler) {
      const reader: Tail = (batch) => (handler as Tail)(batch);
      tails.get(topic)?.add(reader);
      return {
        async close() {
          tails.get(topic)?.delete(reader);
        },
      };
    },
    async lag(topic, group, only) {
      return logsOf(topic).reduce((sum, partitionLog) => {
        if (only !== undefined && partitionLog.partition !== only) return sum;
        const place = commits.of(topic, group, partitionLog.partition) ?? partitionLog.firstOffset();
        return sum + Math.max(0, partitionLog.nextOffset() - place);
      }, 0);
    },
    async close() {
      await publisher.close();
      await Promise.all([...leaving].map((close) => close()));
      await stopTrimming();
      await commits.settled();
    },
  };
}
