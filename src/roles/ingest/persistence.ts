/**
 * Does something that may fail for a while until it works: a store or a bus that is away comes back, and prices wait
 * for it instead of being lost. Gives up only when told to stop, or where trying again cannot help.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';

/** A short outage costs little; a long one is not made worse by asking. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

export class Persistence {
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly stop: AbortSignal;
  /** Since when nothing works, and what was said last. */
  private trouble: { readonly since: number; readonly said: string } | null = null;

  constructor(clock: Clock, log: Log, stop: AbortSignal) {
    this.clock = clock;
    this.log = log;
    this.stop = stop;
  }

  async untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await attempt();
        this.trouble = null;
        return result;
      } catch (error) {
        if (!(error instanceof Failure) || error.kind.retry === 'never' || this.stop.aborted) throw error;
        this.trouble = { since: this.trouble?.since ?? this.clock.now(), said: error.message };
        this.log.warn({ error, what, waitMs }, 'not done yet; trying again');
        await sleep(this.clock, waitMs, this.stop);
      }
    }
  }

  /** What has not worked for longer than `ms`, in a sentence; null where all is well. */
  stuckFor(ms: number): string | null {
    if (this.trouble === null || this.clock.now() - this.trouble.since <= ms) return null;
    return `prices have been waiting for ${Math.round((this.clock.now() - this.trouble.since) / 1000)} s: ${this.trouble.said}`;
  }
}
