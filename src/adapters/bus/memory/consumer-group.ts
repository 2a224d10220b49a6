/**
 * The readers of one group on one topic. Each partition is a seat with at most one reader; members share the seats and
 * hand them over when one joins or leaves: the old reader finishes its batch and is told `revoked` before the new one is
 * told `assigned`.
 */
import type { ConsumerHandler, StoredMessage } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import type { PartitionLog } from './partition-log.ts';

/** Large enough for the recorder's bulk inserts, small enough that the evaluator stops within some 10 ms. */
export const MAX_BATCH_MESSAGES = 10_000;
/** Between attempts to read a store that does not answer. */
const READ_RETRY_MS = 500;

type Handler = ConsumerHandler<unknown>;

interface Seat {
  readonly log: PartitionLog;
  reader: { readonly member: Handler; readonly stop: AbortController; readonly ended: Promise<void> } | null;
}

export interface ConsumerGroup {
  join(member: Handler): Promise<void>;
  leave(member: Handler): Promise<void>;
}

export interface ConsumerGroupOptions {
  readonly name: string;
  readonly logs: readonly PartitionLog[];
  readonly clock: Clock;
  readonly log: Log;
  committed(partition: number): number | undefined;
  crash(error: unknown): void;
}

export function createConsumerGroup(options: ConsumerGroupOptions): ConsumerGroup {
  const { logs, clock, log, committed, crash } = options;
  const seats: readonly Seat[] = logs.map((partitionLog) => ({ log: partitionLog, reader: null }));
  const members: Handler[] = [];
  let moving: Promise<void> = Promise.resolve();

  const begin = (asked: number | undefined, partitionLog: PartitionLog): number => {
    const first = partitionLog.firstOffset();
    const end = partitionLog.nextOffset();
    const offset = asked ?? committed(partitionLog.partition) ?? first;
    if (offset >= first && offset <= end) return offset;
    const begun = Math.min(Math.max(offset, first), end);
    log.error(
      { group: options.name, topic: partitionLog.topic, partition: partitionLog.partition, offset, begun },
      'the log does not hold the offset a reader asked for; it reads on from the nearest one that is there',
    );
    return begun;
  };

  const readSome = async (
    partitionLog: PartitionLog,
    offset: number,
    signal: AbortSignal,
  ): Promise<readonly StoredMessage<unknown>[]> => {
    while (!signal.aborted) {
      await partitionLog.reached(offset, signal);
      try {
        if (signal.aborted) break;
        const messages = await partitionLog.read(offset, MAX_BATCH_MESSAGES);
        if (messages.length === 0) throw new Error(`the log has nothing at ${offset}, before its end`);
        return messages;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log.warn({ group: options.name, error: error.message }, 'the bus cannot read its log; it tries again');
        await sleep(clock, READ_RETRY_MS, signal);
      }
    }
    return [];
  };

  const run = async (
    partitionLog: PartitionLog,
    member: Handler,
    start: number,
    signal: AbortSignal,
  ): Promise<void> => {
    let offset = start;
    while (!signal.aborted) {
      const messages = await readSome(partitionLog, offset, signal);
      const last = messages.at(-1);
      if (!last || signal.aborted) break;
      const nextOffset = last.offset + 1;
      await member.batch({ partition: partitionLog.partition, messages, nextOffset });
      offset = nextOffset;
    }
  };

  const sit = async (seat: Seat, member: Handler): Promise<void> => {
    const stop = new AbortController();
    const offset = begin(await member.assigned(seat.log.partition), seat.log);
    seat.reader = { member, stop, ended: run(seat.log, member, offset, stop.signal).catch(crash) };
  };
  const rise = async (seat: Seat): Promise<void> => {
    const { reader } = seat;
    if (!reader) return;
    reader.stop.abort();
    await reader.ended;
    seat.reader = null;
    await reader.member.revoked(seat.log.partition);
  };

  const settle = (): Promise<void> => {
    moving = moving.then(async () => {
      const moves = seats.map(async (seat, index) => {
        const member = members.length > 0 ? (members[index % members.length] as Handler) : null;
        if (seat.reader?.member === member) return;
        await rise(seat);
        if (member) await sit(seat, member);
      });
      for (const move of await Promise.allSettled(moves)) if (move.status === 'rejected') crash(move.reason);
    });
    return moving;
  };

  return {
    join(member) {
      members.push(member);
      return settle();
    },
    leave(member) {
      const index = members.indexOf(member);
      if (index >= 0) members.splice(index, 1);
      return settle();
    },
  };
}
