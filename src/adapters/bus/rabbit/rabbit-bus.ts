/**
 * The bus on RabbitMQ: a stream a partition; who reads it and how far each group has come is kept in the store, because
 * the server knows neither (docs/adr/0018).
 *
 * Promises: those of the contract; durable as far as the server is: it does not sync what it confirms, so that a single
 * one may lose its last seconds with the power. Retention is by size alone (streams.ts).
 */
import { randomUUID } from 'node:crypto';
import { untilDone } from '#adapters/bus/leased/log-reader.ts';
import { LEASE_MS, Member } from '#adapters/bus/leased/member.ts';
import { Publisher } from '#adapters/bus/leased/publisher.ts';
import { startTail, type Tail } from '#adapters/bus/leased/tail.ts';
import type { Bus, ConsumerHandler, Message, Partitions, TopicName } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { partitionOfKey } from '#contracts/partition-of-key.ts';
import type { Crash } from '#contracts/role.ts';
import type { BusLeaseStore } from '#contracts/store/bus-leases.ts';
import { Failure } from '#errors.ts';
import { Link } from './link.ts';
import { Moves } from './moves.ts';
import { MAX_ENTRY_MESSAGES, offsetOf, placeOf } from './offsets.ts';
import { Reader } from './reader.ts';
import { idOf } from './repetitions.ts';
import { Sender } from './sender.ts';
import { bodyOf, Stream } from './stream.ts';
import { checkVersion, makeStream } from './streams.ts';

export interface RabbitBusOptions {
  /** amqp://user:password@host:port/vhost, or amqps:// */
  readonly url: string;
  /** Of each topic; a topic that is there must be opened with the number it was made with. */
  readonly partitions: Partitions;
  readonly leases: BusLeaseStore;
  /** Of all processes on the store: streams are made by one. */
  oneAtATime<T>(task: () => Promise<T>): Promise<T>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  /** Begins the names of all streams. */
  readonly prefix?: string;
  readonly leaseMs?: number;
}

const RETRY_MS = 200;

export async function createRabbitBus(options: RabbitBusOptions): Promise<Bus> {
  const { url, clock, log, crash, leases, prefix = 'tocsin', leaseMs = LEASE_MS } = options;
  const published = options.metrics.counter({
    name: 'tocsin_bus_published_messages_total',
    help: 'Messages made durable on the bus.',
    labels: ['topic'],
  });
  const me = randomUUID();
  const partitions = { ...options.partitions, asks: 1 };
  const names = Object.keys(partitions) as TopicName[];
  const opened: Link[] = [];
  const open = async (name: string): Promise<Link> => {
    const link = await Link.open({ url, name, clock, log });
    opened.push(link);
    return link;
  };
  try {
    // Two connections: a server that is full stops those that publish, and readers are to go on.
    const writes = await open('tocsin-writes');
    const reads = await open('tocsin-reads');
    checkVersion(reads.version);
    const sender = new Sender(writes);
    const streams = new Map<string, readonly Stream[]>();
    await options.oneAtATime(async () => {
      for (const topic of names) {
        const found = await leases.partitions(topic, partitions[topic]);
        if (found !== partitions[topic])
          throw new Failure(
            'conflict',
            `${topic} has ${found} partitions on the broker; this program was started with BUS_PARTITIONS=${partitions[topic]}`,
          );
        const made = Array.from({ length: found }, (_, partition) => `${prefix}.${topic}.${partition}`);
        for (const [partition, name] of made.entries()) await makeStream(reads, name, { topic, partition, leases });
        streams.set(
          topic,
          made.map((name, partition) => new Stream(name, partition, reads, sender)),
        );
      }
    });
    const streamsOf = (topic: string): readonly Stream[] => {
      const found = streams.get(topic);
      if (!found) throw new Error(`there is no topic ${topic}`);
      return found;
    };
    const members = new Map<Member, string>();
    const tails = new Set<Tail>();
    /** The last token we had of a partition in a group, for commits. */
    const tokens = new Map<string, number>();
    const tokenName = (topic: string, group: string, partition: number): string => `${topic} ${partition} ${group}`;
    const moves = new Moves(`${prefix}.moves`, reads, clock, (moving) => {
      for (const [member, name] of members) if (moving === null || moving === name) member.hurry();
    });
    await moves.listen();
    const publisher = new Publisher({
      ...{ clock, maxMessages: MAX_ENTRY_MESSAGES },
      async append({ topic, partition, number, messages, isAgain }) {
        const id = idOf(me, number);
        await streamsOf(topic)[partition]?.append({ body: bodyOf(messages), id, isAgain });
        published.add(messages.length, { topic });
      },
    });
    const closing = new AbortController();

    return {
      // Readers drop what came twice.
      flags: { durable: true, shared: true, publishesOnce: true },
      health() {
        const problem = writes.problem() ?? reads.problem();
        return problem === null ? sender.problem() : `the message broker cannot be reached: ${problem}`;
      },
      partitions: (topic) => partitions[topic],
      partitionOf: (topic, key) => partitionOfKey(key, partitions[topic]),
      publish(topic, messages) {
        const parts = new Map<number, Message<unknown>[]>();
        for (const message of messages) {
          const partition = partitionOfKey(message.key, partitions[topic]);
          const part = parts.get(partition);
          if (part) part.push(message);
          else parts.set(partition, [message]);
        }
        return publisher.publish(topic, parts);
      },
      broadcast: (topic, value) =>
        publisher.publish(topic, new Map(streamsOf(topic).map(({ partition }) => [partition, [{ key: '', value }]]))),
      async consume(topic, group, handler) {
        const name = `${topic} ${group}`;
        const of = { topic, group, member: `${me}:${randomUUID()}`, partitions: partitions[topic] };
        const member = new Member({
          ...{ topic, group, clock, log, leaseMs },
          leases: {
            async beat(leaves) {
              const { held, isNew } = await leases.beat(of, leaseMs, leaves);
              if (isNew) moves.tell(name);
              return held;
            },
            async letGo(given, leaves) {
              await leases.letGo(of, given, leaves);
              moves.tell(name);
            },
          },
          async open(partition, asked, signal) {
            const start = await untilDone(
              clock,
              async () => ({ offset: asked ?? (await leases.committed(of, partition)) }),
              signal,
            );
            const stream = streamsOf(topic)[partition] as Stream;
            const generation = (): Promise<number> => leases.generation(topic, partition);
            return start && new Reader({ stream, start: start.offset, clock, log, generation });
          },
          handler: handler as ConsumerHandler<unknown>,
          owns: (partition, token) => tokens.set(tokenName(topic, group, partition), token),
          crash: (error) => crash(group, error),
        });
        members.set(member, name);
        const close = async (): Promise<void> => {
          await member.leave();
          members.delete(member);
        };
        await member.join();
        return { close };
      },
      async commit(topic, group, partition, nextOffset) {
        const token = tokens.get(tokenName(topic, group, partition)) ?? 0;
        for (;;) {
          try {
            if (await leases.commit({ topic, group }, partition, token, nextOffset)) return;
            const said = 'a commit came too late: the partition has another reader';
            log.warn({ topic, group, partition, nextOffset }, said);
            return;
          } catch (error) {
            if (!(error instanceof Failure) || closing.signal.aborted) throw error;
            await sleep(clock, RETRY_MS, closing.signal);
          }
        }
      },
      async tail(topic, handler) {
        const readers = await Promise.all(
          streamsOf(topic).map(async (stream) => {
            const generation = (): Promise<number> => leases.generation(topic, stream.partition);
            const start = offsetOf(await generation(), await stream.end());
            return new Reader({ stream, start, clock, log, generation });
          }),
        );
        const tail = startTail({
          ...{ readers, crash: (error) => crash('bus', error) },
          handler: handler as Parameters<typeof startTail>[0]['handler'],
        });
        tails.add(tail);
        return {
          close: () => {
            tails.delete(tail);
            return tail.close();
          },
        };
      },
      async lag(topic, group, only) {
        let lag = 0;
        for (const stream of streamsOf(topic)) {
          if (only !== undefined && stream.partition !== only) continue;
          const committed = await leases.committed({ topic, group }, stream.partition);
          const generation = await leases.generation(topic, stream.partition);
          const place = committed === undefined ? undefined : placeOf(generation, committed);
          const index = place === undefined ? 0 : (committed ?? 0) - offsetOf(generation, place);
          lag += await stream.countFrom(place ?? 'first', index);
        }
        return lag;
      },
      async close() {
        await Promise.all([...members.keys()].map((member) => member.leave()));
        await Promise.all([...tails].map((tail) => tail.close()));
        closing.abort();
        moves.close();
        await publisher.close();
        await Promise.all(opened.splice(0).map((link) => link.close()));
      },
    };
  } catch (error) {
    await Promise.all(opened.splice(0).map((link) => link.close()));
    throw error;
  }
}
