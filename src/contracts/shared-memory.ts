/**
 * What gateways share where there are several: counts that limits are held against, the newest prices, and a note of who
 * is connected. Nothing of it is the truth: it may be lost at any moment, and a gateway that cannot reach it goes on with
 * what it knows by itself.
 *
 * Every method throws a `Failure` where the memory cannot be reached, soon enough for a request to wait for it.
 */
import type { Tick } from '#domain/market/tick.ts';

export interface Attendance {
  /** Gateways that have said within the last seconds that they live, this one among them. */
  readonly gateways: number;
  /** Live streams of all of them. */
  readonly streams: number;
  /** One of them does what one is enough for. */
  readonly isFirst: boolean;
  /** The memory did not know us: it is new, or we were away for longer than it waits. */
  readonly isNew: boolean;
}

export interface SharedMemory {
  /** This gateway lives and holds so many live streams. What one that says nothing held is soon not counted. */
  beat(streams: number): Promise<Attendance>;
  /** One more from the bucket that fills with `perMinute`: 0 where it may pass, else how many ms to wait. */
  take(bucket: string, perMinute: number): Promise<number>;
  /** This gateway holds so many streams under the name, whatever it said before; the answer: how many all hold. */
  hold(name: string, streams: number): Promise<number>;
  prices(): Promise<readonly Tick[]>;
  /** Those that are newer than what is there. */
  keepPrices(ticks: readonly Tick[]): Promise<void>;
  close(): Promise<void>;
}
