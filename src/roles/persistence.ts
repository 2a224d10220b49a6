/**
 * Does something that may fail for a while until it works: a store or a bus that is away comes back, and what a role has
 * in hand waits for it instead of being lost. Gives up only when told to stop, or where trying again cannot help.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';

/** A short outage costs little; a long one is not made worse by asking. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

interface Trouble {
  readonly since: number;
  /** What was said last. */
  readonly said: string;
}

export interface PersistenceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 <= n < 1: waits are spread, so that many do not come back at once. */
  readonly random: () => number;
}

export class Persistence {
  readonly #deps: PersistenceDeps;
  readonly #stop: AbortSignal;
  /** By what does not work. */
  readonly #troubles = new Map<string, Trouble>();

  constructor(deps: PersistenceDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  /** The result of `attempt`; throws what trying again cannot mend, and when told to stop the last failure. */
  async untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { clock, log, random } = this.#deps;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await attempt();
        this.#troubles.delete(what);
        return result;
      } catch (error) {
        if (!(error instanceof Failure) || error.kind.retry === 'never') throw error;
        this.#troubles.set(what, { since: this.#troubles.get(what)?.since ?? clock.now(), said: error.message });
        if (this.#stop.aborted) throw error;
        log.warn({ error, what, waitMs }, 'not done yet; trying again');
        await sleep(clock, waitMs * (0.5 + random() / 2), this.#stop);
      }
    }
  }

  /** The same for callers that have something to do when told to stop: undefined says so. */
  async unlessStopped<T>(what: string, attempt: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    try {
      return { value: await this.untilDone(what, attempt) };
    } catch (error) {
      if (this.#stop.aborted && error instanceof Failure && error.kind.retry !== 'never') return undefined;
      throw error;
    }
  }

  /** What has not worked for longer than `ms`, in a sentence; null where all is well. */
  stuckFor(ms: number): string | null {
    const now = this.#deps.clock.now();
    for (const [what, { since, said }] of this.#troubles)
      if (now - since >= ms) return `cannot ${what} for ${Math.round((now - since) / 1000)} s: ${said}`;
    return null;
  }
}
