/**
 * One reader of one partition, from its place on: what the buses that keep leases of their own hand to a member and to a
 * tail. It survives its broker: while that is away it waits.
 */
import type { StoredMessage } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import { Failure } from '#errors.ts';

export interface Piece {
  /** May be empty: what was left out was not for readers. */
  readonly messages: readonly StoredMessage<unknown>[];
  readonly nextOffset: number;
}

export interface LogReader {
  /** The next messages, about `limit` at most, as soon as there are any; undefined where the signal said to stop. */
  next(limit: number, signal: AbortSignal): Promise<Piece | undefined>;
  close(): Promise<void>;
}

/** A restart of a broker is over in seconds. */
const RETRY_MS = 200;

/** Tries until it goes well, for as long as what is wrong may pass; undefined where told to stop before that. */
export async function untilDone<T>(
  clock: Clock,
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await sleep(clock, RETRY_MS, signal);
    }
  }
  return undefined;
}
