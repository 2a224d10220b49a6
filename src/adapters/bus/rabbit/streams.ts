/**
 * The streams of all partitions on the server: made where they are not there, and found out where one was lost.
 */
import type { BusLeaseStore } from '#contracts/store/bus-leases.ts';
import { Failure } from '#errors.ts';
import type { Link } from './link.ts';

/** The first with streams. */
const OLDEST = '3.9';
const MB = 1_000_000;
/**
 * What the server keeps of a partition, whether it was read or not; it forgets in segments. A group that stays away until
 * so much has come has lost what is older. Days of a busy market; of `alerts`, what a page that was away asks the store for.
 */
const KEPT_BYTES: Readonly<Record<string, { readonly bytes: number; readonly segment: number }>> = {
  'stock-prices': { bytes: 10_000 * MB, segment: 100 * MB },
  alerts: { bytes: 1_000 * MB, segment: 50 * MB },
  // Some MAX_ASKS of them.
  asks: { bytes: 2 * MB, segment: MB },
};

export function checkVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 9))
    throw new Failure('bus-unavailable', `the RabbitMQ server is ${version}; ${OLDEST} or newer is needed`);
}

/** One process at a time. */
export async function makeStream(
  link: Link,
  queue: string,
  { topic, partition, leases }: { readonly topic: string; readonly partition: number; readonly leases: BusLeaseStore },
): Promise<void> {
  if (await isThere(link, queue)) return;
  // Before it can be read: a log that the server lost has offsets of its own from now.
  await leases.beginAnew(topic, partition);
  const kept = KEPT_BYTES[topic];
  const channel = await link.channel();
  await link.answer(
    channel.assertQueue(queue, {
      durable: true,
      arguments: {
        'x-queue-type': 'stream',
        'x-max-length-bytes': kept?.bytes,
        'x-stream-max-segment-size-bytes': kept?.segment,
      },
    }),
  );
  await link.answer(channel.close());
}

const NOT_FOUND = 404;

async function isThere(link: Link, queue: string): Promise<boolean> {
  const channel = await link.channel();
  try {
    await link.answer(channel.checkQueue(queue));
  } catch (error) {
    const { cause } = error as Failure;
    if ((cause as { readonly code?: unknown } | undefined)?.code === NOT_FOUND) return false;
    throw error;
  }
  await link.answer(channel.close());
  return true;
}
