/**
 * Where each log's offsets begin. Kafka counts every topic from 0, but the store knows offsets of before: of the bus
 * used until now, or of a topic that was made again. So our offsets are Kafka's plus the log's origin, which is the time
 * it was made: beyond any offset of an older log, as long as that had less than 100,000 messages a second over its
 * life. Origins stand in a topic of their own that keeps everything; of two for one log the first counts.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import type { Address } from './address.ts';
import type { KafkaMessage } from './client.ts';
import { decode } from './decode.ts';
import { openFeed } from './feed.ts';
import type { Publisher } from './publisher.ts';
import type { Topics } from './topics.ts';

const SINCE = Date.UTC(2025, 0, 1);
const OFFSETS_A_MS = 100;
const READ_WITHIN_MS = 30_000;
const LOOK_MS = 20;

export interface OriginsOptions {
  readonly address: Address;
  /** The topic that keeps them. */
  readonly topic: string;
  readonly groupId: string;
  readonly topics: Topics;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Log;
}

/** The origin of each of the logs with these ids. */
export async function findOrigins(
  ids: readonly string[],
  options: OriginsOptions,
): Promise<ReadonlyMap<string, number>> {
  const { clock, publisher, topic } = options;
  const origins = await readOrigins(options);
  const unknown = ids.filter((id) => !origins.has(id));
  if (unknown.length === 0) return origins;
  const value = (clock.now() - SINCE) * OFFSETS_A_MS;
  await publisher.publish(
    topic,
    unknown.map((key) => ({ partition: 0, message: { key, value } })),
  );
  return readOrigins(options);
}

async function readOrigins(options: OriginsOptions): Promise<ReadonlyMap<string, number>> {
  const { topic, topics, clock } = options;
  const origins = new Map<string, number>();
  const [bounds] = await topics.bounds(topic, [0]);
  const { first, end } = bounds as { first: number; end: number };
  if (first === end) return origins;
  let next = first;
  const feed = await openFeed({
    ...options,
    name: 'tocsin-origins',
    received(records: readonly KafkaMessage[]) {
      for (const record of records) {
        next = record.offset + 1;
        const line = decode(record, 0);
        if (typeof line?.value === 'number' && !origins.has(line.key)) origins.set(line.key, line.value);
      }
    },
  });
  try {
    feed.consumer.assign([{ topic, partition: 0, offset: first }]);
    const until = clock.now() + READ_WITHIN_MS;
    while (next < end) {
      if (clock.now() > until) throw new Failure('bus-unavailable', `cannot read the Kafka topic ${topic}`);
      await sleep(clock, LOOK_MS);
    }
  } finally {
    await feed.close();
  }
  return origins;
}
