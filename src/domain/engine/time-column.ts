/**
 * For each slot a time, or none: nothing while no slot has one, then eight bytes a slot, however many have.
 */
const FIRST_CAPACITY = 8;
/** Room is added by a quarter: half the waste of doubling, for a copy more now and then. */
const GROWTH = 1.25;

export class TimeColumn {
  /** NaN where there is none. */
  #times: Float64Array | undefined;

  get(slot: number): number | undefined {
    const time = this.#times?.[slot];
    return time === undefined || Number.isNaN(time) ? undefined : time;
  }

  has(slot: number): boolean {
    return this.get(slot) !== undefined;
  }

  set(slot: number, time: number): void {
    const known = this.#times?.length ?? 0;
    if (slot >= known) {
      const grown = new Float64Array(Math.max(slot + 1, FIRST_CAPACITY, Math.ceil(known * GROWTH)));
      if (this.#times !== undefined) grown.set(this.#times);
      grown.fill(Number.NaN, known);
      this.#times = grown;
    }
    (this.#times as Float64Array)[slot] = time;
  }

  delete(slot: number): void {
    if (this.#times !== undefined && slot < this.#times.length) this.#times[slot] = Number.NaN;
  }
}
