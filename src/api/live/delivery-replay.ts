/**
 * Deliveries that changed while a client was away, for the one reader that came back: from the store, the oldest change
 * first, at the reader's pace. What is heard meanwhile waits and comes after, so that an older state never follows a
 * newer one. A delivery is told as it is now; a change made close to the client's last moment may be told again.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { DeliveryStore } from '#contracts/store/deliveries.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { Reader } from './reader.ts';

/** Clocks of two processes may differ, and a change is seen a moment after its time: so much is told again. */
export const OVERLAP_MS = 10_000;
/** Deliveries read at once. */
const PAGE = 200;
/** When the store did not answer. */
const RETRY_MS = 1000;
/** When the reader had no room. */
const PACE_MS = 50;
/** Changes that may wait for the replay's end; a user with more of them at once comes back and begins again. */
const MAX_HELD = 1000;

export interface ReplayOptions {
  readonly reader: Reader;
  readonly deliveries: Pick<DeliveryStore, 'changedAfter'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: (reader: Reader, delivery: Delivery) => void;
}

export class DeliveryReplay {
  private readonly options: ReplayOptions;
  private readonly held: Delivery[] = [];
  private place: { readonly at: number; readonly id: string };

  constructor(options: ReplayOptions, since: number) {
    this.options = options;
    this.place = { at: since - OVERLAP_MS, id: '' };
  }

  /** Something changed while the replay is under way. */
  hold(delivery: Delivery): void {
    this.held.push(delivery);
    if (this.held.length > MAX_HELD) this.options.reader.giveUp();
  }

  /** Resolves when the reader is up to date. Never rejects. */
  async run(): Promise<void> {
    const { reader, clock, log, tell } = this.options;
    let isMore = true;
    while (isMore && !reader.isClosed) {
      try {
        isMore = await this.sendPage();
        if (isMore && !reader.hasRoom) await sleep(clock, PACE_MS);
      } catch (error) {
        log.warn({ err: error }, 'deliveries could not be read for the stream; trying again');
        await sleep(clock, RETRY_MS);
      }
    }
    reader.replay = null;
    for (const delivery of this.held) tell(reader, delivery);
  }

  /** False where that was the last. */
  private async sendPage(): Promise<boolean> {
    const { reader, deliveries, tell } = this.options;
    if (!reader.hasRoom) return true;
    const page = await deliveries.changedAfter(reader.userId, this.place, PAGE);
    for (const delivery of page) {
      if (!reader.hasRoom) return true;
      tell(reader, delivery);
      this.place = { at: delivery.updatedAt, id: delivery.id };
    }
    return page.length === PAGE;
  }
}
