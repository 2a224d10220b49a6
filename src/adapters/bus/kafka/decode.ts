/**
 * A message of ours from a record of the broker's. Our offsets are the broker's plus the origin of the log (origins.ts).
 */
import type { StoredMessage } from '#contracts/bus.ts';
import type { KafkaMessage } from './client.ts';

/** Undefined where somebody else wrote what we do not understand. */
export function decode({ key, value, offset }: KafkaMessage, origin: number): StoredMessage<unknown> | undefined {
  if (value === null) return undefined;
  try {
    return { offset: offset + origin, key: key === null ? '' : key.toString(), value: JSON.parse(value.toString()) };
  } catch {
    return undefined;
  }
}
