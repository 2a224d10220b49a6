/**
 * The bars of one size of one tape and the indicators on them. A bar that had begun before the feed did is left out,
 * since its beginning was not seen: what an indicator takes is always a whole bar. History closes that hole.
 */
import { sessionAt } from '../calendar/session.ts';
import type { Candle } from '../market/candle.ts';
import type { Bar, BarSize } from './bar/bar.ts';
import { BarSeries } from './bar/bar-series.ts';
import { type BarHours, barSpanAt } from './bar/bar-span.ts';
import type { Indicator } from './indicator/indicator.ts';

export interface BarFeedState {
  /** Ticks before this time are left out; null before the first one. */
  readonly from: number | null;
  readonly open: Bar | null;
}

export class BarFeed {
  readonly #size: BarSize;
  readonly #hours: BarHours;
  #series: BarSeries;
  #indicators = new Map<string, Indicator>();
  /** NaN before the first tick. */
  #from: number;
  /** Made when somebody asks; undefined until then. */
  #open: Bar | null | undefined;
  #openBefore: Bar | null | undefined;
  /** How many ticks it has seen; not part of its state. */
  ticks = 0;

  /** `at` is the time of the last tick, NaN where there was none. */
  constructor(size: BarSize, hours: BarHours, at: number) {
    this.#size = size;
    this.#hours = hours;
    this.#series = new BarSeries(size, hours);
    this.#from = Number.isNaN(at) ? at : barSpanAt(size, hours, at).until;
  }

  static restore(size: BarSize, hours: BarHours, { from, open }: BarFeedState): BarFeed {
    const feed = new BarFeed(size, hours, Number.NaN);
    feed.#from = from ?? Number.NaN;
    feed.#series = BarSeries.restore(size, hours, { open });
    return feed;
  }

  /** The bar at hand, if it closed now. */
  get open(): Bar | null {
    if (this.#open === undefined) this.#open = this.#series.open;
    return this.#open;
  }

  /** The same before the last tick. */
  get openBefore(): Bar | null {
    if (this.#openBefore === undefined) this.#openBefore = this.#series.openBefore;
    return this.#openBefore;
  }

  get isIdle(): boolean {
    return this.#indicators.size === 0;
  }

  /** Whether a tick at `at` closes a bar. */
  closesAt(at: number): boolean {
    return this.#series.closesAt(at);
  }

  tick(at: number, price: number, volume: number): void {
    this.ticks += 1;
    if (Number.isNaN(this.#from)) this.#from = barSpanAt(this.#size, this.#hours, at).until;
    if (at < this.#from) {
      this.#openBefore = this.open;
      return;
    }
    const closed = this.#series.pass(at);
    if (closed !== null) for (const indicator of this.#indicators.values()) indicator.push(closed);
    this.#series.tick(at, price, volume);
    this.#open = undefined;
    this.#openBefore = closed ?? undefined;
  }

  /**
   * A new indicator, which takes what `history` has of closed bars first: candles in order, not longer than a bar, up to
   * now. Where the feed has no bar of its own yet, it goes on from the last one of the history.
   */
  add(key: string, indicator: Indicator, history: readonly Candle[]): void {
    this.#indicators.set(key, indicator);
    const [first] = history;
    if (first === undefined) return;
    const past = new BarSeries(this.#size, this.#hours);
    const limit = this.#series.open?.at ?? Number.POSITIVE_INFINITY;
    // The first bar may have begun before the history does.
    let from = Number.NEGATIVE_INFINITY;
    for (const candle of history) {
      const { at } = candle;
      if (at >= limit || !this.#isWithin(at)) continue;
      if (from === Number.NEGATIVE_INFINITY) {
        const span = barSpanAt(this.#size, this.#hours, at);
        from = span.at === at ? at : span.until;
      }
      if (at < from) continue;
      const closed = past.pass(at);
      if (closed !== null) indicator.push(closed);
      past.candle(candle);
    }
    if (Number.isFinite(limit)) {
      const closed = past.pass(limit);
      if (closed !== null) indicator.push(closed);
    } else if (past.open !== null) {
      this.#series = past;
      this.#from = past.open.at;
      this.#open = undefined;
    }
  }

  /** One that a checkpoint has brought back. */
  put(key: string, indicator: Indicator): void {
    this.#indicators.set(key, indicator);
  }

  remove(key: string): void {
    this.#indicators.delete(key);
  }

  state(): BarFeedState {
    return { from: Number.isNaN(this.#from) ? null : this.#from, open: this.#series.open };
  }

  #isWithin(at: number): boolean {
    const { calendar, hours } = this.#hours;
    return calendar === '24/7' || hours === 'all' || sessionAt(calendar, at).open;
  }
}
