/**
 * One partition as this process sees it: where its log begins and ends, its newest messages in memory, and who waits for
 * more. Messages enter only when they are durable; what is no longer in memory is read from the store's log.
 */
import type { StoredMessage } from '#contracts/bus.ts';
import type { BusLogStore, LogAppend } from '#contracts/store/bus-log.ts';

/** A few MB of ticks a partition: some seconds at full speed, minutes at a market's. Slower readers read the store. */
export const MAX_RECENT_MESSAGES = 20_000;

export interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  firstOffset(): number;
  nextOffset(): number;
  /** The rows are durable and begin at `nextOffset`. */
  added(row: LogAppend): void;
  /** The end is here, by the store; messages up to it that are not in memory are read from the store. */
  movedTo(nextOffset: number): void;
  trimmedTo(offset: number): void;
  /** Messages at or after `offset`, in order, at most `limit`; empty when there is none yet. */
  read(offset: number, limit: number): Promise<readonly StoredMessage<unknown>[]>;
  /** Resolves when there is something at `offset`, or the signal says to stop. */
  reached(offset: number, signal: AbortSignal): Promise<void>;
}

function messagesOf(rows: readonly LogAppend[], offset: number, limit: number): StoredMessage<unknown>[] {
  const messages: StoredMessage<unknown>[] = [];
  for (const row of rows) {
    for (let i = Math.max(0, offset - row.baseOffset); i < row.messages.length; i++) {
      if (messages.length === limit) return messages;
      const { key, value } = row.messages[i] as LogAppend['messages'][number];
      messages.push({ offset: row.baseOffset + i, key, value });
    }
  }
  return messages;
}

export function createPartitionLog(
  topic: string,
  partition: number,
  busLog: BusLogStore,
  begin: { readonly firstOffset: number; readonly nextOffset: number },
): PartitionLog {
  let first = begin.firstOffset;
  let next = begin.nextOffset;
  let recent: LogAppend[] = [];
  let recentCount = 0;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resolve of [...waiting]) resolve();
  };
  /** Where in `recent` the row with `offset` is: rows are in order and without holes. */
  const rowAt = (offset: number): number => {
    let low = 0;
    let high = recent.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((recent[middle] as LogAppend).baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    topic,
    partition,
    firstOffset: () => first,
    nextOffset: () => next,
    added(row) {
      recent.push(row);
      recentCount += row.messages.length;
      next = row.baseOffset + row.messages.length;
      let drop = 0;
      while (recentCount > MAX_RECENT_MESSAGES && drop < recent.length - 1) {
        recentCount -= (recent[drop] as LogAppend).messages.length;
        drop += 1;
      }
      if (drop > 0) recent = recent.slice(drop);
      wake();
    },
    movedTo(nextOffset) {
      if (nextOffset <= next) return;
      next = nextOffset;
      recent = [];
      recentCount = 0;
      wake();
    },
    trimmedTo(offset) {
      first = Math.max(first, Math.min(offset, next));
    },
    async read(offset, limit) {
      if (offset >= next) return [];
      const [oldest] = recent;
      if (oldest && offset >= oldest.baseOffset) {
        const from = rowAt(offset);
        return messagesOf(recent.slice(from, from + limit), offset, limit);
      }
      return messagesOf(await busLog.read(topic, partition, offset, limit), offset, limit);
    },
    reached(offset, signal) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (offset >= next && !signal.aborted) return;
          waiting.delete(check);
          signal.removeEventListener('abort', check);
          resolve();
        };
        waiting.add(check);
        signal.addEventListener('abort', check);
        check();
      });
    },
  };
}
