/**
 * What the price did after each firing: its change in percent 1 hour, 1 day and 5 days later, by the calendar's time.
 * Unknown where history ends before, and where no price came between the firing and then.
 */
import type { Gap } from '../alert/trigger.ts';

export const HORIZONS_MS = [3_600_000, 86_400_000, 432_000_000] as const;

/** One time at which the condition would have fired. */
export interface Firing {
  readonly firedAt: number;
  /** The price of the tick that fired it. */
  readonly price: number;
  /** The price before it; null where it held already when the test began. */
  readonly before: number | null;
  readonly gap: Gap | null;
  /** In percent of `price`, by the places of {@link HORIZONS_MS}; null where unknown. */
  readonly after: (number | null)[];
}

/** Of all firings whose outcome after this long is known. */
export interface OutcomeSummary {
  readonly horizonMs: number;
  readonly known: number;
  /** How many of them stood higher than at the firing. */
  readonly higher: number;
  /** In percent; null where none is known. */
  readonly mean: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
}

interface Sums {
  known: number;
  higher: number;
  sum: number;
  lowest: number;
  highest: number;
}

export class Outcomes {
  /** Firings that still wait for their longest horizon, oldest first. */
  #waiting: Firing[] = [];
  /** By horizon: how many of those waiting are settled for it. */
  readonly #settled = HORIZONS_MS.map(() => 0);
  readonly #sums: readonly Sums[] = HORIZONS_MS.map(() => ({
    ...{ known: 0, higher: 0, sum: 0 },
    ...{ lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY },
  }));
  /** No firing is to be settled by a tick that is not after this. */
  nextDue = Number.POSITIVE_INFINITY;

  add(firing: Firing): void {
    this.#waiting.push(firing);
    this.#findNextDue();
  }

  /** Time is about to pass beyond `nextDue`: `price` at `lastAt` was the last tick until then. Gives what is complete. */
  settle(until: number, price: number, lastAt: number): readonly Firing[] {
    HORIZONS_MS.forEach((horizonMs, place) => {
      let index = this.#settled[place] as number;
      for (; index < this.#waiting.length; index += 1) {
        const firing = this.#waiting[index] as Firing;
        if (!(firing.firedAt + horizonMs < until)) break;
        if (lastAt > firing.firedAt) this.#know(firing, place, price);
      }
      this.#settled[place] = index;
    });
    const done = Math.min(...this.#settled);
    const complete = this.#waiting.slice(0, done);
    if (done > 0) {
      this.#waiting = this.#waiting.slice(done);
      this.#settled.forEach((count, place) => {
        this.#settled[place] = count - done;
      });
    }
    this.#findNextDue();
    return complete;
  }

  /** History has ended: what waits still stays unknown. */
  end(): readonly Firing[] {
    const rest = this.#waiting;
    this.#waiting = [];
    this.#settled.fill(0);
    this.#findNextDue();
    return rest;
  }

  summary(): readonly OutcomeSummary[] {
    return HORIZONS_MS.map((horizonMs, place) => {
      const { known, higher, sum, lowest, highest } = this.#sums[place] as Sums;
      const isKnown = known > 0;
      return {
        ...{ horizonMs, known, higher },
        mean: isKnown ? sum / known : null,
        lowest: isKnown ? lowest : null,
        highest: isKnown ? highest : null,
      };
    });
  }

  #know(firing: Firing, place: number, price: number): void {
    const change = 100 * (price / firing.price - 1);
    // A series that may be zero or below has no percent.
    if (!(firing.price > 0) || !Number.isFinite(change)) return;
    firing.after[place] = change;
    const sums = this.#sums[place] as Sums;
    sums.known += 1;
    sums.sum += change;
    if (change > 0) sums.higher += 1;
    sums.lowest = Math.min(sums.lowest, change);
    sums.highest = Math.max(sums.highest, change);
  }

  #findNextDue(): void {
    let next = Number.POSITIVE_INFINITY;
    HORIZONS_MS.forEach((horizonMs, place) => {
      const firing = this.#waiting[this.#settled[place] as number];
      if (firing !== undefined) next = Math.min(next, firing.firedAt + horizonMs);
    });
    this.nextDue = next;
  }
}
