/**
 * Reads every partition from now on, for one listener. Best effort: what was trimmed before it was read is passed over.
 */
import type { Batch } from '#contracts/bus.ts';
import type { LogReader } from './log-reader.ts';

/** Small pieces: a listener does all of one in a single turn of the event loop. */
const MAX_BATCH_MESSAGES = 2_000;

export interface Tail {
  close(): Promise<void>;
}

export interface TailOptions {
  /** One a partition, each at the end of its log. */
  readonly readers: readonly LogReader[];
  readonly handler: (batch: Batch<unknown>) => void;
  readonly crash: (error: unknown) => void;
}

export function startTail({ readers, handler, crash }: TailOptions): Tail {
  const stop = new AbortController();
  const { signal } = stop;
  const follow = async (reader: LogReader, partition: number): Promise<void> => {
    try {
      for (;;) {
        const piece = await reader.next(MAX_BATCH_MESSAGES, signal);
        if (piece === undefined || signal.aborted) return;
        if (piece.messages.length > 0) handler({ partition, ...piece });
      }
    } catch (error) {
      stop.abort();
      crash(error);
    } finally {
      await reader.close();
    }
  };
  const following = readers.map(follow);
  return {
    async close() {
      stop.abort();
      await Promise.all(following);
    },
  };
}
