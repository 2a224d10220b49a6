/**
 * How many prices come a second: of the last whole stretch of time, so that a burst does not look like a habit.
 */
const STRETCH_MS = 60_000;

export class Pace {
  private since: number;
  private counted = 0;
  private last: number | null = null;

  constructor(now: number) {
    this.since = now;
  }

  count(prices: number): void {
    this.counted += prices;
  }

  /** Null until a stretch is over. */
  perSecond(now: number): number | null {
    const passed = now - this.since;
    if (passed >= STRETCH_MS) {
      this.last = (this.counted * 1000) / passed;
      this.since = now;
      this.counted = 0;
    }
    return this.last;
  }
}
