/**
 * The lowest and highest of an instrument's last good prices, and what is suspicious beside them. Constant memory; a
 * price costs a comparison, and a scan of the window only when the lowest or highest one leaves it.
 */

/** Prices remembered: about a minute of a busy feed, an hour of a slow one. */
export const WINDOW = 64;
/** A step of less than this share of the price is never suspicious, however calm the market was. */
export const CALM_SHARE = 0.15;
/** Nor is a step of less than this many times what the price ranged over. */
export const RANGES = 8;
/** Pence for pounds and the like: a hundred times or a hundredth of the last price, this near. */
export const SCALE = 100;
const SCALE_TOLERANCE = 0.02;

export type Suspicion = 'not-positive' | 'scale-error' | 'off-range';

export class RecentRange {
  private readonly prices: number[] = [];
  private next = 0;
  private low = Number.POSITIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;
  /** The newest good price; NaN before the first. */
  last = Number.NaN;

  add(price: number): void {
    const leaving = this.prices[this.next];
    this.prices[this.next] = price;
    this.next = (this.next + 1) % WINDOW;
    this.last = price;
    if (leaving !== undefined && (leaving === this.low || leaving === this.high)) {
      this.low = Math.min(...this.prices);
      this.high = Math.max(...this.prices);
    } else {
      if (price < this.low) this.low = price;
      if (price > this.high) this.high = price;
    }
  }

  /** Forgets all: the market has moved to another level. */
  clear(): void {
    this.prices.length = 0;
    this.next = 0;
    this.low = Number.POSITIVE_INFINITY;
    this.high = Number.NEGATIVE_INFINITY;
    this.last = Number.NaN;
  }

  /** What is wrong with a price, or null. The first price of all is taken at its word, if it is above zero. */
  suspicion(price: number): Suspicion | null {
    if (!(price > 0)) return 'not-positive';
    if (price >= this.low && price <= this.high) return null;
    const { last } = this;
    if (Number.isNaN(last)) return null;
    const ratio = price / last;
    if (Math.abs(ratio / SCALE - 1) <= SCALE_TOLERANCE || Math.abs(ratio * SCALE - 1) <= SCALE_TOLERANCE)
      return 'scale-error';
    const beyond = Math.max(this.low - price, price - this.high);
    return beyond > Math.max(CALM_SHARE * Math.abs(last), RANGES * (this.high - this.low)) ? 'off-range' : null;
  }
}
