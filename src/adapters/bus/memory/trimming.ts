/**
 * Keeps the log from growing for ever: forgets what every group has committed and what is older than `keepMs`, or more
 * than `keepMessages` behind the end. A message's age is known since this process saw it or began.
 */
import { type Clock, every } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { BusLogStore } from '#contracts/store/bus-log.ts';
import type { PartitionLog } from './partition-log.ts';

const TRIM_EVERY_MS = 60_000;

export interface TrimmingOptions {
  readonly busLog: BusLogStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly logs: readonly PartitionLog[];
  readonly keepMs: number;
  keepMessages(log: PartitionLog): number;
  /** No reader needs anything before this offset. */
  freeBefore(log: PartitionLog): number;
}

/** Trims from now on; the answer ends it and waits for a round under way. */
export function startTrimming(options: TrimmingOptions): () => Promise<void> {
  const { busLog, clock, log, logs, keepMs, keepMessages, freeBefore } = options;
  /** Where each log ended at what time, oldest first. */
  const marks = new Map<PartitionLog, { readonly at: number; readonly offset: number }[]>(logs.map((l) => [l, []]));

  const trim = async (): Promise<void> => {
    const now = clock.now();
    for (const [partitionLog, seen] of marks) {
      seen.push({ at: now, offset: partitionLog.nextOffset() });
      let old = 0;
      while (seen[1] && seen[0] && seen[1].at <= now - keepMs) seen.shift();
      if (seen[0] && seen[0].at <= now - keepMs) old = seen[0].offset;
      const offset = Math.min(
        freeBefore(partitionLog),
        Math.max(old, partitionLog.nextOffset() - keepMessages(partitionLog)),
      );
      if (offset <= partitionLog.firstOffset()) continue;
      await busLog.trim(partitionLog.topic, partitionLog.partition, offset);
      partitionLog.trimmedTo(offset);
    }
  };
  return every(clock, TRIM_EVERY_MS, trim, (error) =>
    log.warn({ error: String(error) }, 'the bus could not trim its log'),
  );
}
