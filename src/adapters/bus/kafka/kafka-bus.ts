/**
 * The bus on Kafka 4.0 or newer: a topic each, a record a message, the brokers' own consumer groups (docs/adr/0017).
 *
 * Promises: those of the contract; what is acknowledged is on every replica in sync. Never: other topics or groups than
 * its own; it makes its topics and changes none.
 */
import type { Bus, ConsumerHandler, Partitions, TopicName } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { partitionOfKey } from '#contracts/partition-of-key.ts';
import type { Crash } from '#contracts/role.ts';
import { readAddress } from './address.ts';
import { Member } from './member.ts';
import { findOrigins } from './origins.ts';
import { Outsiders } from './outsiders.ts';
import { type Part, Publisher } from './publisher.ts';
import { startPulse } from './pulse.ts';
import { type TailedTopic, Tails } from './tails.ts';
import { Topics } from './topics.ts';

export interface KafkaBusOptions {
  /** See address.ts. */
  readonly url: string;
  /** Of each topic; a topic that is there must be opened with the number it was made with. */
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
}

export async function createKafkaBus(options: KafkaBusOptions): Promise<Bus> {
  const { url, clock, log, crash } = options;
  const address = readAddress(url);
  const published = options.metrics.counter({
    name: 'tocsin_bus_published_messages_total',
    help: 'Messages made durable on the bus.',
    labels: ['topic'],
  });
  const partitions = { ...options.partitions, asks: 1 } as const;
  const nameOf = (topic: string): string => `${address.prefix}${topic === 'origins' ? 'tocsin.origins' : topic}`;
  const groupIdOf = (group: string): string => `${address.prefix}tocsin.${group}`;
  const failed = (error: unknown): void => crash('bus', error);
  const common = { address, clock, log };
  const members = new Map<Member, { readonly topic: TopicName; readonly group: string }>();

  const publisher = await Publisher.open({ ...common, crash: failed });
  const opened: { close(): Promise<void> }[] = [publisher];
  const closeAll = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one.close();
  };
  try {
    const topics = new Topics(publisher.producer, clock, log);
    const ids = await topics.ensure({ ...partitions, origins: 1 }, nameOf);
    const names = Object.keys(partitions) as TopicName[];
    const origins = await findOrigins(
      names.map((name) => ids.get(name) as string),
      { ...common, topics, publisher, topic: nameOf('origins'), groupId: groupIdOf('origins') },
    );
    const logs = new Map<TopicName, TailedTopic>(
      names.map((name) => [
        name,
        {
          kafkaName: nameOf(name),
          origin: origins.get(ids.get(name) as string) as number,
          partitions: Array.from({ length: partitions[name] }, (_, partition) => partition),
        },
      ]),
    );
    const logOf = (topic: TopicName): TailedTopic => {
      const found = logs.get(topic);
      if (!found) throw new Error(`there is no topic ${topic}`);
      return found;
    };
    const outsiders = new Outsiders(common);
    opened.push(outsiders);
    const tails = new Map<number, Tails>();
    const tailsThatGather = (gatherMs: number): Tails => {
      const known = tails.get(gatherMs);
      if (known) return known;
      const made = new Tails({ ...common, groupId: groupIdOf('tail'), topics, gatherMs, crash: failed });
      tails.set(gatherMs, made);
      opened.push(made);
      return made;
    };
    const pulse = startPulse(publisher.producer, clock);
    const publish = async (topic: TopicName, parts: readonly Part[]): Promise<void> => {
      await publisher.publish(nameOf(topic), parts);
      published.add(parts.length, { topic });
    };
    const membersOf = (topic: TopicName, group: string): readonly Member[] =>
      [...members].filter(([, of]) => of.topic === topic && of.group === group).map(([member]) => member);

    return {
      flags: { durable: true, shared: true, publishesOnce: true },
      health: () => {
        const unreached = pulse.problem() ?? publisher.problem();
        if (unreached !== null) return `Kafka cannot be reached: ${unreached}`;
        const unread = [...members.keys()].map((member) => member.problem()).find((problem) => problem !== null);
        return unread === undefined ? null : `Kafka is not read: ${unread}`;
      },
      partitions: (topic) => partitions[topic],
      partitionOf: (topic, key) => partitionOfKey(key, partitions[topic]),
      publish: (topic, messages) =>
        publish(
          topic,
          messages.map((message) => ({ partition: partitionOfKey(message.key, partitions[topic]), message })),
        ),
      broadcast: (topic, value) =>
        publish(
          topic,
          logOf(topic).partitions.map((partition) => ({ partition, message: { key: '', value } })),
        ),
      async consume(topic, group, handler, { gatherMs = 0 } = {}) {
        const { kafkaName, origin } = logOf(topic);
        const member = await Member.join({
          ...{ ...common, topics, topic, kafkaTopic: kafkaName, origin, group, groupId: groupIdOf(group), gatherMs },
          handler: handler as ConsumerHandler<unknown>,
          crash: (error) => crash(group, error),
        });
        members.set(member, { topic, group });
        return {
          async close() {
            await member.leave();
            members.delete(member);
          },
        };
      },
      async commit(topic, group, partition, nextOffset) {
        const { kafkaName, origin } = logOf(topic);
        const offset = Math.max(0, nextOffset - origin);
        const own = membersOf(topic, group);
        const owner = own.find((member) => member.owns(partition));
        // Who is a member and no longer has the partition has lost it: it is not for us any more.
        const isCommitted =
          own.length > 0
            ? await owner?.commit(partition, offset)
            : await outsiders.commit(groupIdOf(group), kafkaName, partition, offset);
        if (!isCommitted)
          log.warn({ topic, group, partition, nextOffset }, 'a commit came too late: the partition has another reader');
      },
      tail: (topic, handler, { gatherMs = 0 } = {}) =>
        tailsThatGather(gatherMs).listen(logOf(topic), handler as Parameters<Tails['listen']>[1]),
      async lag(topic, group, only) {
        const { kafkaName, partitions: all } = logOf(topic);
        const asked = only === undefined ? all : [only];
        const committed = await outsiders.committed(groupIdOf(group), kafkaName, asked);
        const bounds = await topics.bounds(kafkaName, asked);
        return bounds.reduce((lag, { first, end }, i) => lag + Math.max(0, end - (committed[i] ?? first)), 0);
      },
      async close() {
        await Promise.all([...members.keys()].map((member) => member.leave()));
        await pulse.stop();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
