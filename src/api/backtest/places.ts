/**
 * How many back-tests may run at once. Each takes turns with everything else on one core, so there are few.
 */
import { Failure } from '#errors.ts';

/** One to look at and one that a new question has not yet ended. */
export const MAX_BACKTESTS_PER_USER = 2;
export const MAX_BACKTESTS = 6;
/** Two years take a few seconds. */
const RETRY_AFTER_MS = 3000;

export class Places {
  readonly #taken = new Map<string, number>();
  #all = 0;

  /** The answer gives the place back; calling it again changes nothing. */
  take(asker: string): () => void {
    const own = this.#taken.get(asker) ?? 0;
    const later = { retryAfterMs: RETRY_AFTER_MS };
    if (own >= MAX_BACKTESTS_PER_USER)
      throw new Failure(
        'rate-limited',
        `A user may run ${MAX_BACKTESTS_PER_USER} back-tests at once (MAX_BACKTESTS_PER_USER).`,
        later,
      );
    if (this.#all >= MAX_BACKTESTS)
      throw new Failure('overloaded', `${MAX_BACKTESTS} back-tests run at once (MAX_BACKTESTS).`, later);
    this.#taken.set(asker, own + 1);
    this.#all += 1;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#all -= 1;
      const left = (this.#taken.get(asker) ?? 1) - 1;
      if (left === 0) this.#taken.delete(asker);
      else this.#taken.set(asker, left);
    };
  }
}
