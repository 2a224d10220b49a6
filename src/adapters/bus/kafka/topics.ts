/**
 * The topics on the broker: made where they are missing, checked where they are not, and asked for their ends.
 */
import type { Partitions, TopicName } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import {
  type Admin,
  ANSWER_TIMEOUT_MS,
  asked,
  CODES,
  KafkaFailure,
  loadClient,
  type Metadata,
  type Producer,
  type TopicDescription,
} from './client.ts';
import { MAX_MESSAGE_BYTES } from './publisher.ts';

const HOUR_MS = 3_600_000;
/** Readers that were away longer have lost what came before; an evaluator and a recorder are away for seconds. */
const RETENTION_MS: Readonly<Record<TopicName | 'origins', number>> = {
  'stock-prices': 7 * 24 * HOUR_MS,
  alerts: 24 * HOUR_MS,
  asks: HOUR_MS,
  origins: -1,
};
const MAX_COPIES = 3;
/** A topic that was just made is not known to every broker at once. */
const KNOWN_WITHIN_MS = 30_000;
const RETRY_MS = 100;
/** A partition without a leader, one whose leader is new, or a question that came to the broker before. */
const UNSETTLED = new Set([3, 5, 6, 7, 74, 75, 76, 78, -185]);
/** As of a partition without a leader. */
const UNTOLD = { code: 5, message: 'the brokers do not tell where the log begins and ends' };

export class Topics {
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(producer: Producer, clock: Clock, log: Log) {
    this.#admin = loadClient().AdminClient.createFrom(producer);
    this.#producer = producer;
    this.#clock = clock;
    this.#log = log;
  }

  /** Each topic's id, which it has for its life: one that is made again has another. */
  async ensure(
    partitions: Partitions & { readonly asks: 1; readonly origins: 1 },
    nameOf: (topic: string) => string,
  ): Promise<ReadonlyMap<string, string>> {
    const { brokers } = await asked<Metadata>((answer) =>
      this.#producer.getMetadata({ timeout: ANSWER_TIMEOUT_MS, allTopics: false }, answer),
    );
    const copies = Math.min(MAX_COPIES, brokers.length);
    const kinds = Object.entries(partitions) as [keyof typeof RETENTION_MS, number][];
    const known = await this.#describe(kinds.map(([kind]) => nameOf(kind)));
    for (const [kind, count] of kinds)
      if (known.get(nameOf(kind))?.error) await this.#create(nameOf(kind), kind, count, copies);
    const ids = new Map<string, string>();
    const until = this.#clock.now() + KNOWN_WITHIN_MS;
    for (;;) {
      const found = await this.#describe(kinds.map(([kind]) => nameOf(kind)));
      const isSettled = [...found.values()].every(
        ({ error, partitions: all }) => !error && all.every(({ leader }) => leader),
      );
      if (isSettled || this.#clock.now() > until) {
        for (const [kind, count] of kinds) {
          ids.set(kind, checked(found.get(nameOf(kind)), nameOf(kind), count));
          const { replicas = [] } = found.get(nameOf(kind))?.partitions[0] ?? {};
          if (replicas.length < copies)
            this.#log.warn(
              { topic: nameOf(kind), replicas: replicas.length, brokers: brokers.length },
              'a Kafka topic has fewer replicas than it could: a broker that is lost takes it along',
            );
        }
        if (copies < MAX_COPIES)
          this.#log.warn(
            { brokers: brokers.length },
            'Kafka has fewer than three brokers: what one acknowledged may be lost with it',
          );
        return ids;
      }
      await sleep(this.#clock, RETRY_MS);
    }
  }

  async #describe(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const found = await asked<readonly TopicDescription[]>((answer) =>
      this.#admin.describeTopics(names, { timeout: ANSWER_TIMEOUT_MS }, answer),
    );
    return new Map(found.map((topic) => [topic.name, topic]));
  }

  async #create(name: string, kind: keyof typeof RETENTION_MS, partitions: number, copies: number): Promise<void> {
    const config = {
      'cleanup.policy': 'delete',
      'retention.ms': String(RETENTION_MS[kind]),
      'retention.bytes': '-1',
      'min.insync.replicas': String(Math.max(1, copies - 1)),
      'unclean.leader.election.enable': 'false',
      // By the brokers' clock: a producer's that is wrong would have messages thrown away too early, or never.
      'message.timestamp.type': 'LogAppendTime',
      'compression.type': 'producer',
      'max.message.bytes': String(MAX_MESSAGE_BYTES),
    };
    const topic = { topic: name, num_partitions: partitions, replication_factor: copies, config };
    await asked((answer) => this.#admin.createTopic(topic, ANSWER_TIMEOUT_MS, answer)).then(
      () => this.#log.info({ topic: name, partitions, copies }, 'made a Kafka topic'),
      (error: unknown) => {
        if (!(error instanceof KafkaFailure)) throw error;
        // Another process may have been first.
        if (error.kafkaCode !== CODES.topicExists)
          throw new Failure('bus-unavailable', `cannot make the Kafka topic ${name}: ${error.message}`);
      },
    );
  }

  /** The offset of the first message of each partition, and the one after the last. */
  async bounds(
    topic: string,
    partitions: readonly number[],
  ): Promise<readonly { readonly first: number; readonly end: number }[]> {
    const { EARLIEST, LATEST } = loadClient().AdminClient.OffsetSpec;
    const firsts = await this.#offsets(topic, partitions, EARLIEST);
    const ends = await this.#offsets(topic, partitions, LATEST);
    return partitions.map((partition) => ({
      first: firsts.get(partition) as number,
      end: ends.get(partition) as number,
    }));
  }

  async #offsets(topic: string, partitions: readonly number[], offset: unknown): Promise<ReadonlyMap<number, number>> {
    const until = this.#clock.now() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const found = await asked<
        readonly {
          readonly partition: number;
          readonly offset: number;
          readonly error?: { readonly code: number; readonly message: string };
        }[]
      >((answer) =>
        this.#admin.listOffsets(
          partitions.map((partition) => ({ topic, partition, offset })),
          { timeout: ANSWER_TIMEOUT_MS },
          answer,
        ),
      );
      // Brokers that start may tell neither an offset nor an error; less than 0 is none.
      const untold = found.some(({ offset: at }) => at < 0) ? UNTOLD : undefined;
      const failed = found.find(({ error }) => error)?.error ?? untold;
      if (!failed) return new Map(found.map(({ partition, offset: at }) => [partition, at]));
      if (!UNSETTLED.has(failed.code) || this.#clock.now() > until) throw new KafkaFailure(failed);
      await sleep(this.#clock, RETRY_MS);
      await this.#learn(topic);
    }
  }

  /**
   * Who leads its partitions now, and since when. The client asks by itself where a partition has moved, but not where the
   * same broker leads it again: it would ask it for ever in the name of the past, and be refused (FENCED_LEADER_EPOCH).
   */
  async #learn(topic: string): Promise<void> {
    const asking = asked((answer) => this.#producer.getMetadata({ topic, timeout: ANSWER_TIMEOUT_MS }, answer));
    await asking.catch(() => {});
  }
}

/** Which partition a key is in depends on their number. */
function checked(topic: TopicDescription | undefined, name: string, wanted: number): string {
  if (!topic || topic.error)
    throw new Failure('bus-unavailable', `the Kafka topic ${name}: ${topic?.error?.message ?? 'is not there'}`);
  if (topic.partitions.length !== wanted)
    throw new Failure(
      'conflict',
      `the Kafka topic ${name} has ${topic.partitions.length} partitions; this program was started with BUS_PARTITIONS=${wanted}`,
    );
  return topic.topicId.base64;
}
