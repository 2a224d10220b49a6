/**
 * The highest or lowest price of a stretch of time: of the bars that end within `windowMs` before the end of the newest
 * bar. Unknown until the bars reach back that far; without a window it is that of all bars seen.
 */
import type { Bar } from '../bar/bar.ts';
import type { Calculator } from './calculator.ts';
import type { Loading, Saving } from './saving.ts';

export class TimeExtreme implements Calculator<Bar> {
  readonly course = 'still';
  readonly warmUp: number;
  readonly wantsAll: boolean;
  readonly #of: 'high' | 'low';
  readonly #windowMs: number;
  readonly #barMs: number;
  /** Bars that no later one has passed, with their ends; those before `#first` have left the window. */
  #values: number[] = [];
  #ends: number[] = [];
  #first = 0;
  #since = Number.NaN;
  #until = Number.NaN;

  /** `windowMs` may be Infinity. `barMs` is the usual length of a bar. */
  constructor(of: 'high' | 'low', windowMs: number, barMs: number) {
    this.#of = of;
    this.#windowMs = windowMs;
    this.#barMs = barMs;
    this.wantsAll = !Number.isFinite(windowMs);
    this.warmUp = Number.isFinite(windowMs) ? Math.ceil(windowMs / barMs) : 1;
  }

  get missing(): number {
    if (this.#isKnown(this.#until)) return 0;
    const covered = Number.isNaN(this.#since) ? 0 : this.#until - this.#since;
    return Number.isFinite(this.#windowMs) ? Math.ceil((this.#windowMs - covered) / this.#barMs) : 1;
  }

  get value(): number {
    return this.#isKnown(this.#until) ? (this.#values[this.#first] as number) : Number.NaN;
  }

  push(bar: Bar): void {
    const value = bar[this.#of];
    while (this.#values.length > this.#first && !this.#isBeyond(this.#values.at(-1) as number, value)) {
      this.#values.pop();
      this.#ends.pop();
    }
    this.#values.push(value);
    this.#ends.push(bar.until);
    if (Number.isNaN(this.#since)) this.#since = bar.at;
    this.#until = bar.until;
    this.#first = this.#firstWithin(bar.until);
    if (this.#first * 2 <= this.#values.length) return;
    this.#values = this.#values.slice(this.#first);
    this.#ends = this.#ends.slice(this.#first);
    this.#first = 0;
  }

  live(bar: Bar): number {
    if (!this.#isKnown(bar.until, bar.at)) return Number.NaN;
    const rest = this.#values[this.#firstWithin(bar.until)];
    const value = bar[this.#of];
    return rest !== undefined && this.#isBeyond(rest, value) ? rest : value;
  }

  save(to: Saving): void {
    to.add(this.#since, this.#until);
    to.addAll(this.#ends.slice(this.#first));
    to.addAll(this.#values.slice(this.#first));
  }

  load(from: Loading): void {
    this.#since = from.take();
    this.#until = from.take();
    this.#ends = from.takeAll();
    this.#values = from.takeAll();
  }

  #isBeyond(value: number, other: number): boolean {
    return this.#of === 'high' ? value > other : value < other;
  }

  #isKnown(until: number, at = Number.POSITIVE_INFINITY): boolean {
    const since = Number.isNaN(this.#since) ? at : this.#since;
    return Number.isFinite(this.#windowMs) ? since <= until - this.#windowMs : Number.isFinite(since);
  }

  /** The place of the oldest bar that ends after the window's start. */
  #firstWithin(until: number): number {
    const start = until - this.#windowMs;
    let from = this.#first;
    let to = this.#ends.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#ends[middle] as number) <= start) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
