/**
 * Keeps out what an ingest says that is no longer on duty: it was paused, another took over, and it does not know yet. Who
 * begins a duty says so in every partition before anything else, so in the log it is plain what came too late.
 *
 * One for each partition; it goes with the log, so whoever reads on from a place needs the fence of that place.
 */
import type { PriceEvent } from '#contracts/topics.ts';

export class DutyFence {
  #newest: number;

  constructor(newest = 0) {
    this.#newest = newest;
  }

  /** The highest duty that was heard of. */
  get newest(): number {
    return this.#newest;
  }

  /** False for what came too late. Rule changes, and all there was before duties had numbers, belong to none. */
  passes({ duty }: Pick<PriceEvent, 'duty'>): boolean {
    if (duty === undefined) return true;
    if (duty < this.#newest) return false;
    this.#newest = duty;
    return true;
  }
}
