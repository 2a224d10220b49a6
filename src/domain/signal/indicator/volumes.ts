/** Indicators of what was traded: on-balance volume, VWAP, money flow, relative volume. */
import type { Bar } from '../bar/bar.ts';
import { type Calculator, shareOf, typicalOf } from './calculator.ts';
import { ExactSum } from './exact-sum.ts';
import { SimpleAverage } from './moving-average.ts';
import { RollingSum } from './rolling-sum.ts';
import type { Loading, Saving } from './saving.ts';

/** Working space of the live values. */
const working = new ExactSum();
const weights = new ExactSum();

/** The volumes of bars that closed higher less those of bars that closed lower, counted from the first bar's own. */
export class OnBalanceVolume implements Calculator<Bar> {
  readonly warmUp = 1;
  readonly course = 'with volume';
  readonly #sum = new ExactSum();
  #close = Number.NaN;

  get value(): number {
    return Number.isNaN(this.#close) ? Number.NaN : this.#sum.value;
  }

  push(bar: Bar): void {
    this.#sum.add(this.#flow(bar));
    this.#close = bar.close;
  }

  turn(): number {
    return this.#close;
  }

  live(bar: Bar): number {
    working.copy(this.#sum).add(this.#flow(bar));
    return working.value;
  }

  save(to: Saving): void {
    to.add(this.#close);
    this.#sum.save(to);
  }

  load(from: Loading): void {
    this.#close = from.take();
    this.#sum.load(from);
  }

  #flow({ close, volume }: Bar): number {
    return Number.isNaN(this.#close) ? volume : Math.sign(close - this.#close) * volume;
  }
}

/** The mean typical price of the trading day's bars, weighted by their volumes; it begins anew every trading day. */
export class VolumeWeightedPrice implements Calculator<Bar> {
  readonly warmUp = 1;
  readonly #money = new ExactSum();
  readonly #volume = new ExactSum();
  #day = Number.NaN;

  get value(): number {
    return this.#volume.value > 0 ? this.#money.value / this.#volume.value : Number.NaN;
  }

  push(bar: Bar): void {
    if (bar.day !== this.#day) {
      this.#money.clear();
      this.#volume.clear();
      this.#day = bar.day;
    }
    this.#money.addProduct(1, typicalOf(bar), bar.volume);
    this.#volume.add(bar.volume);
  }

  live(bar: Bar): number {
    working.clear();
    weights.clear();
    if (bar.day === this.#day) {
      working.copy(this.#money);
      weights.copy(this.#volume);
    }
    working.addProduct(1, typicalOf(bar), bar.volume);
    weights.add(bar.volume);
    return weights.value > 0 ? working.value / weights.value : Number.NaN;
  }

  save(to: Saving): void {
    to.add(this.#day);
    this.#money.save(to);
    this.#volume.save(to);
  }

  load(from: Loading): void {
    this.#day = from.take();
    this.#money.load(from);
    this.#volume.load(from);
  }
}

/** The share of the money that flowed while the typical price rose. 50 where none has flowed. */
export class MoneyFlow implements Calculator<Bar> {
  readonly course = 'with volume';
  readonly warmUp: number;
  readonly #up: RollingSum;
  readonly #down: RollingSum;
  #typical = Number.NaN;

  constructor(length: number) {
    this.warmUp = length + 1;
    this.#up = new RollingSum(length);
    this.#down = new RollingSum(length);
  }

  get value(): number {
    return this.#up.window.isFull ? shareOf(this.#up.value, this.#down.value) : Number.NaN;
  }

  push(bar: Bar): void {
    const typical = typicalOf(bar);
    if (!Number.isNaN(this.#typical)) {
      this.#up.push(typical > this.#typical ? typical * bar.volume : 0);
      this.#down.push(typical < this.#typical ? typical * bar.volume : 0);
    }
    this.#typical = typical;
  }

  /** The close at which the typical price is what it was. */
  turn({ high, low }: Bar): number {
    return 3 * this.#typical - high - low;
  }

  live(bar: Bar): number {
    if (Number.isNaN(this.#typical) || !this.#up.window.isNearlyFull) return Number.NaN;
    const typical = typicalOf(bar);
    return shareOf(
      this.#up.live(typical > this.#typical ? typical * bar.volume : 0),
      this.#down.live(typical < this.#typical ? typical * bar.volume : 0),
    );
  }

  save(to: Saving): void {
    to.add(this.#typical);
    this.#up.save(to);
    this.#down.save(to);
  }

  load(from: Loading): void {
    this.#typical = from.take();
    this.#up.load(from);
    this.#down.load(from);
  }
}

/** The volume of the bar against the mean of the `length` bars before it; unknown where nothing was traded in those. */
export class RelativeVolume implements Calculator<Bar> {
  readonly course = 'with volume';
  readonly warmUp: number;
  readonly #average: SimpleAverage;
  #value = Number.NaN;

  constructor(length: number) {
    this.warmUp = length + 1;
    this.#average = new SimpleAverage(length);
  }

  get value(): number {
    return this.#value;
  }

  push(bar: Bar): void {
    this.#value = this.live(bar);
    this.#average.push(bar.volume);
  }

  live({ volume }: Bar): number {
    return this.#average.value > 0 ? volume / this.#average.value : Number.NaN;
  }

  save(to: Saving): void {
    to.add(this.#value);
    this.#average.save(to);
  }

  load(from: Loading): void {
    this.#value = from.take();
    this.#average.load(from);
  }
}
