/**
 * Reads every partition from now on, for one listener. Best effort: what was trimmed before it was read is passed over.
 */
import type { Batch } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import { Failure } from '#errors.ts';
import type { PartitionLog } from './partition-log.ts';

/** Small pieces: a listener does all of one in a single turn of the event loop. */
const MAX_BATCH_MESSAGES = 2_000;
const RETRY_MS = 200;

export interface Tail {
  close(): Promise<void>;
}

export interface TailOptions {
  readonly logs: readonly PartitionLog[];
  readonly handler: (batch: Batch<unknown>) => void;
  readonly clock: Clock;
  readonly crash: (error: unknown) => void;
}

export async function startTail({ logs, handler, clock, crash }: TailOptions): Promise<Tail> {
  const stop = new AbortController();
  const { signal } = stop;
  const follow = async (log: PartitionLog, from: number): Promise<void> => {
    for (let offset = from; !signal.aborted; ) {
      await log.reached(offset, signal);
      if (signal.aborted) return;
      try {
        const { messages, nextOffset } = await log.read(offset, MAX_BATCH_MESSAGES);
        if (messages.length > 0 && !signal.aborted) handler({ partition: log.partition, messages, nextOffset });
        offset = nextOffset;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await sleep(clock, RETRY_MS, signal);
      }
    }
  };
  const ends = await Promise.all(logs.map((log) => log.lookForEnd()));
  const following = logs.map((log, i) =>
    follow(log, ends[i] as number).catch((error: unknown) => {
      stop.abort();
      crash(error);
    }),
  );
  return {
    async close() {
      stop.abort();
      await Promise.all(following);
    },
  };
}
