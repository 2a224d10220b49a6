/**
 * The bus on Redis or Valkey: a stream a partition, and a lease on each partition for its reader (docs/adr/0009).
 *
 * Promises: those of the contract; durable as far as the server syncs what it acknowledges (server-check.ts). Never: a
 * Redis Cluster, whose nodes could not do our steps as one.
 */
import { randomUUID } from 'node:crypto';
import { untilDone } from '#adapters/bus/leased/log-reader.ts';
import { LEASE_MS, Member } from '#adapters/bus/leased/member.ts';
import { Publisher } from '#adapters/bus/leased/publisher.ts';
import { startTail, type Tail } from '#adapters/bus/leased/tail.ts';
import { Link } from '#adapters/redis/link.ts';
import {
  type Bus,
  type ConsumerHandler,
  MAX_ASKS,
  type Message,
  type Partitions,
  type TopicName,
} from '#contracts/bus.ts';
import { type Clock, every, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { partitionOfKey } from '#contracts/partition-of-key.ts';
import type { Crash } from '#contracts/role.ts';
import { Failure } from '#errors.ts';
import { leasesOf } from './leases.ts';
import { type EntryMessages, PartitionLog } from './partition-log.ts';
import { beginAt, readFrom } from './reader.ts';
import { APPEND, COMMIT, type Keys, keysOf, TRIM } from './scripts.ts';
import { checkServer } from './server-check.ts';

export interface RedisBusOptions {
  /** redis://user:password@host:port/database, or rediss:// */
  readonly url: string;
  /** Of each topic; a topic that is there must be opened with the number it was made with. */
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  /** Begins the names of all keys. */
  readonly prefix?: string;
  readonly keepMessages?: number;
  readonly leaseMs?: number;
}

/** Kept although every group has committed it, to look into what just happened: some 20 MB of memory a partition. */
const KEEP_MESSAGES = 100_000;
const TRIM_EVERY_MS = 10_000;
/** One entry of the log; a reader that begins within it parses all of it. Readers read more than that at once. */
const MAX_ENTRY_MESSAGES = 1_000;
/** The server forgets a producer's number after so long; an append is tried again for as long as the producer lives. */
const REMEMBER_MS = 24 * 3_600_000;
/** News of messages may get lost with a connection; readers that wait look by themselves. */
const LOOK_EVERY_MS = 1_000;
const RETRY_MS = 200;

interface Topic {
  readonly keys: Keys;
  readonly logs: readonly PartitionLog[];
}

export async function createRedisBus(options: RedisBusOptions): Promise<Bus> {
  const { url, clock, log, crash, prefix = 'tocsin', leaseMs = LEASE_MS } = options;
  const published = options.metrics.counter({
    name: 'tocsin_bus_published_messages_total',
    help: 'Messages made durable on the bus.',
    labels: ['topic'],
  });
  const me = randomUUID();
  const partitions = { ...options.partitions, asks: 1 };
  const names = Object.keys(partitions) as TopicName[];
  const topics = new Map<string, Topic>();
  const members = new Map<Member, { readonly moves: string; readonly group: string }>();
  const tails = new Set<Tail>();
  /** The last token we had of a partition in a group, for commits. */
  const tokens = new Map<string, number>();
  const tokenName = (topic: string, group: string, partition: number): string => `${topic} ${partition} ${group}`;
  const topicOf = (name: string): Topic => {
    const topic = topics.get(name);
    if (!topic) throw new Error(`there is no topic ${name}`);
    return topic;
  };

  const lookAtAll = async (onlyAwaited: boolean): Promise<void> => {
    for (const { logs } of topics.values())
      await Promise.all(logs.filter((one) => !onlyAwaited || one.isAwaited).map((one) => one.lookForEnd()));
  };
  // What is no number the server refuses by itself.
  const database = Number(new URL(url).pathname.slice(1)) || 0;
  const keys = names.map((name) => ({ name, keys: keysOf(prefix, name, database) }));
  const common = { url, clock, log, what: 'message broker' };
  const commands = await Link.open({ ...common, name: 'tocsin-commands' });
  const opened: { close(): Promise<unknown> }[] = [commands];
  const closeAll = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one.close();
  };
  try {
    await checkServer(commands, log);
    for (const name of names) await claimPartitions(commands, `${prefix}:partitions:${name}`, partitions[name]);
    const reads = await Link.open({ ...common, name: 'tocsin-reads' });
    opened.push(reads);
    for (const { name, keys: of } of keys)
      topics.set(name, {
        keys: of,
        logs: Array.from({ length: partitions[name] }, (_, partition) => new PartitionLog(reads, of, partition)),
      });
    const byNews = new Map(keys.map(({ name, keys: of }) => [of.news, topicOf(name).logs]));
    const ear = await Link.open({
      ...common,
      name: 'tocsin-news',
      listen: {
        channels: keys.flatMap(({ keys: of }) => [of.news, of.moves]),
        heard(message, channel) {
          const logs = byNews.get(channel);
          const [partition, end] = message.split(' ').map(Number);
          if (logs) logs[partition as number]?.endsAt(end as number);
          else
            for (const [member, { moves, group }] of members)
              if (moves === channel && group === message) member.hurry();
        },
        missed() {
          for (const member of members.keys()) member.hurry();
          lookAtAll(false).catch(() => {});
        },
      },
    });
    opened.push(ear);
    await lookAtAll(false);
    const publisher = new Publisher({
      ...{ clock, maxMessages: MAX_ENTRY_MESSAGES },
      async append({ topic, partition, number, messages }) {
        const { keys: of, logs } = topicOf(topic);
        const named = [of.log(partition), of.end(partition), of.sent(partition, me)];
        const entry = JSON.stringify(messages.map(({ key, value }): EntryMessages[number] => [key, value]));
        const said = [number, messages.length, entry, REMEMBER_MS, of.news, partition];
        const end = await commands.run(APPEND, named, ...said);
        published.add(messages.length, { topic });
        logs[partition]?.endsAt(Number(end));
      },
    });
    const said = (what: string) => (error: unknown) => log.debug({ error: String(error) }, what);
    const stopLooking = every(clock, LOOK_EVERY_MS, () => lookAtAll(true), said('could not look for messages'));
    const trim = async (): Promise<void> => {
      for (const [topic, { keys: of, logs }] of topics)
        for (const { partition } of logs)
          await commands.run(
            TRIM,
            [of.log(partition), of.end(partition), of.commits, of.groups],
            ...(topic === 'asks' ? [partition, MAX_ASKS, 1] : [partition, options.keepMessages ?? KEEP_MESSAGES, 0]),
          );
    };
    const stopTrimming = every(clock, TRIM_EVERY_MS, trim, said('could not trim the logs'));
    const closing = new AbortController();

    return {
      flags: { durable: true, shared: true, publishesOnce: true },
      health: () => {
        const problem = commands.problem() ?? reads.problem() ?? ear.problem();
        return problem === null ? null : `the message broker cannot be reached: ${problem}`;
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
        publisher.publish(
          topic,
          new Map(topicOf(topic).logs.map(({ partition }) => [partition, [{ key: '', value }]])),
        ),
      async consume(topic, group, handler) {
        const { keys: of, logs } = topicOf(topic);
        const id = `${me}:${randomUUID()}`;
        const member = new Member({
          ...{ topic, group, clock, log, leaseMs },
          leases: leasesOf({ link: commands, keys: of, group, id, partitions: logs.length, leaseMs }),
          async open(partition, asked, signal) {
            const one = logs[partition] as PartitionLog;
            const begin = () => beginAt(one, asked, { link: commands, keys: of, topic, group, log });
            const offset = await untilDone(clock, begin, signal);
            return offset === undefined ? undefined : readFrom(one, offset, clock);
          },
          handler: handler as ConsumerHandler<unknown>,
          owns: (partition, token) => tokens.set(tokenName(topic, group, partition), token),
          crash: (error) => crash(group, error),
        });
        members.set(member, { moves: of.moves, group });
        const close = async (): Promise<void> => {
          await member.leave();
          members.delete(member);
        };
        await member.join();
        return { close };
      },
      async commit(topic, group, partition, nextOffset) {
        const { keys: of } = topicOf(topic);
        const named = [of.members(group), of.owners(group), of.tokens(group), of.commits, of.groups];
        const token = tokens.get(tokenName(topic, group, partition)) ?? 0;
        for (;;) {
          try {
            if ((await commands.run(COMMIT, named, partition, token, nextOffset, group)) === 1) return;
            log.warn(
              { topic, group, partition, nextOffset },
              'a commit came too late: the partition has another reader',
            );
            return;
          } catch (error) {
            if (!(error instanceof Failure) || closing.signal.aborted) throw error;
            await sleep(clock, RETRY_MS, closing.signal);
          }
        }
      },
      async tail(topic, handler) {
        const { logs } = topicOf(topic);
        const ends = await Promise.all(logs.map((one) => one.lookForEnd()));
        const tail = startTail({
          readers: logs.map((one, i) => readFrom(one, ends[i] as number, clock)),
          crash: (error) => crash('bus', error),
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
        const { keys: of, logs } = topicOf(topic);
        let lag = 0;
        for (const one of logs) {
          if (only !== undefined && one.partition !== only) continue;
          const committed = await commands.send('HGET', of.commits, `${one.partition} ${group}`);
          const place = committed === null ? await one.lookForFirst() : Number(committed);
          lag += await one.lookForRest(place);
        }
        return lag;
      },
      async close() {
        await Promise.all([...members.keys()].map((member) => member.leave()));
        await Promise.all([...tails].map((tail) => tail.close()));
        closing.abort();
        await publisher.close();
        await Promise.all([stopLooking(), stopTrimming()]);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Which partition a key is in depends on their number: it is written down by the first, and held against all others. */
async function claimPartitions(link: Link, key: string, wanted: number): Promise<void> {
  await link.send('SET', key, wanted, 'NX');
  const found = Number(await link.send('GET', key));
  if (found !== wanted)
    throw new Failure(
      'conflict',
      `${key} on the broker says ${found} partitions; this program was started with BUS_PARTITIONS=${wanted}`,
    );
}
