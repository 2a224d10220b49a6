/**
 * Makes the bars of one size from the ticks of one tape, in the order of their times. The bar at hand is open until a
 * tick or the clock shows that its end has passed; only then is it handed out, once, and never changed again.
 */
import type { Candle } from '../../market/candle.ts';
import type { Bar, BarSize, BarSpan } from './bar.ts';
import { type BarHours, barSpanAt } from './bar-span.ts';

export interface BarSeriesState {
  readonly open: Bar | null;
}

export class BarSeries {
  readonly size: BarSize;
  readonly hours: BarHours;
  #span: BarSpan | null = null;
  #until = Number.NEGATIVE_INFINITY;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;
  #trades = 0;
  /** Before the last tick: whether it had begun, and what of it was otherwise. */
  #hadBegun = false;
  #highBefore = 0;
  #lowBefore = 0;
  #closeBefore = 0;
  #volumeBefore = 0;
  #tradesBefore = 0;

  constructor(size: BarSize, hours: BarHours) {
    this.size = size;
    this.hours = hours;
  }

  static restore(size: BarSize, hours: BarHours, { open }: BarSeriesState): BarSeries {
    const series = new BarSeries(size, hours);
    if (open === null) return series;
    series.#begin(open, open);
    series.#trades = open.trades;
    series.#volume = open.volume;
    return series;
  }

  /** The bar as it would be if it closed now; null where there is none. */
  get open(): Bar | null {
    if (this.#span === null) return null;
    const { at, until, day } = this.#span;
    const [open, high, low, close] = [this.#open, this.#high, this.#low, this.#close];
    return { at, until, day, open, high, low, close, volume: this.#volume, trades: this.#trades };
  }

  /** The same before the last tick; null where that began it. */
  get openBefore(): Bar | null {
    const { open } = this;
    if (open === null || !this.#hadBegun) return null;
    const [high, low, close] = [this.#highBefore, this.#lowBefore, this.#closeBefore];
    return { ...open, high, low, close, volume: this.#volumeBefore, trades: this.#tradesBefore };
  }

  /** Whether time has come to the end of the open bar. */
  closesAt(at: number): boolean {
    return this.#span !== null && at >= this.#until;
  }

  /** Time has come to `at`: the bar that this closes, if any. */
  pass(at: number): Bar | null {
    if (!this.closesAt(at)) return null;
    const closed = this.open;
    this.#span = null;
    this.#until = Number.NEGATIVE_INFINITY;
    return closed;
  }

  /** Takes a tick in after `pass` with its time. */
  tick(at: number, price: number, volume: number): void {
    if (this.#span === null) {
      this.#begin(barSpanAt(this.size, this.hours, at), { open: price, high: price, low: price, close: price });
      this.#hadBegun = false;
    } else {
      this.#hadBegun = true;
      this.#highBefore = this.#high;
      this.#lowBefore = this.#low;
      this.#closeBefore = this.#close;
      this.#volumeBefore = this.#volume;
      this.#tradesBefore = this.#trades;
      if (price > this.#high) this.#high = price;
      if (price < this.#low) this.#low = price;
      this.#close = price;
    }
    this.#volume += volume;
    this.#trades += 1;
  }

  /** Takes a candle of history in, not longer than a bar and within the hours, after `pass` with its time. */
  candle({ at, open, high, low, close, volume, trades }: Candle): void {
    if (this.#span === null) this.#begin(barSpanAt(this.size, this.hours, at), { open, high, low, close });
    else {
      this.#high = Math.max(this.#high, high);
      this.#low = Math.min(this.#low, low);
      this.#close = close;
    }
    this.#volume += volume;
    this.#trades += trades;
  }

  state(): BarSeriesState {
    return { open: this.open };
  }

  #begin({ at, until, day }: BarSpan, { open, high, low, close }: Pick<Bar, 'open' | 'high' | 'low' | 'close'>): void {
    this.#span = { at, until, day };
    this.#until = until;
    this.#open = open;
    this.#high = high;
    this.#low = low;
    this.#close = close;
    this.#volume = 0;
    this.#trades = 0;
  }
}
