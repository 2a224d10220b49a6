/**
 * Reads one partition's log on the server from a place on, and finds the place where a group begins.
 */

import { type LogReader, untilDone } from '#adapters/bus/leased/log-reader.ts';
import type { Link } from '#adapters/redis/link.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { PartitionLog } from './partition-log.ts';
import { type Keys, RAISE } from './scripts.ts';

export function readFrom(partitionLog: PartitionLog, start: number, clock: Clock): LogReader {
  let offset = start;
  return {
    async next(limit, signal) {
      await partitionLog.reached(offset, signal);
      const piece = await untilDone(clock, () => partitionLog.read(offset, limit), signal);
      if (piece !== undefined) offset = piece.nextOffset;
      return piece;
    },
    close: async () => {},
  };
}

export interface BeginOptions {
  readonly link: Link;
  readonly keys: Keys;
  readonly topic: string;
  readonly group: string;
  readonly log: Log;
}

/** Where the group begins: where its reader asked to, at its last commit, or at the first message that is kept. */
export async function beginAt(
  partitionLog: PartitionLog,
  asked: number | undefined,
  { link, keys, topic, group, log }: BeginOptions,
): Promise<number> {
  const { partition } = partitionLog;
  const committed = await link.send('HGET', keys.commits, `${partition} ${group}`);
  const first = await partitionLog.lookForFirst();
  const end = await partitionLog.lookForEnd();
  const offset = asked ?? (committed === null ? first : Number(committed));
  if (offset < first)
    log.error({ topic, group, partition, offset, first }, 'the log no longer holds what a reader asked for');
  if (offset > end) {
    log.error({ topic, group, partition, offset, end }, 'the broker has lost the end of the log; it goes on after it');
    await link.run(RAISE, [keys.end(partition)], offset);
    partitionLog.endsAt(offset);
  }
  return Math.max(offset, first);
}
