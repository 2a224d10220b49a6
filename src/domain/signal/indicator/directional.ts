/** Wilder's average true range and directional movement. */
import type { Bar } from '../bar/bar.ts';
import type { Calculator } from './calculator.ts';
import { SmoothedAverage } from './moving-average.ts';
import type { Loading, Saving } from './saving.ts';

/** The range of a bar together with the jump to it. */
function trueRange({ high, low }: Bar, close: number): number {
  return Math.max(high, close) - Math.min(low, close);
}

/** The first bar has no close before it and counts as that only. */
export class AverageTrueRange implements Calculator<Bar> {
  readonly course = 'still';
  readonly warmUp: number;
  readonly #average: SmoothedAverage;
  #close = Number.NaN;

  constructor(length: number) {
    this.warmUp = length + 1;
    this.#average = SmoothedAverage.wilder(length);
  }

  get value(): number {
    return this.#average.value;
  }

  push(bar: Bar): void {
    if (!Number.isNaN(this.#close)) this.#average.push(trueRange(bar, this.#close));
    this.#close = bar.close;
  }

  live(bar: Bar): number {
    return this.#average.live(trueRange(bar, this.#close));
  }

  save(to: Saving): void {
    to.add(this.#close);
    this.#average.save(to);
  }

  load(from: Loading): void {
    this.#close = from.take();
    this.#average.load(from);
  }
}

/** Up moves, down moves and true ranges, each summed up and thinned by 1/length a bar. */
interface Movement {
  up: number;
  down: number;
  range: number;
}

/**
 * The directional index: the balance of up and down moves, smoothed (`adx`), and each as a part of the range (`plus`,
 * `minus`). The sums begin with the `length - 1` bars after the first, the average with the first `length` balances.
 */
export class DirectionalIndex implements Calculator<Bar> {
  readonly course = 'still';
  readonly warmUp: number;
  readonly #length: number;
  readonly #output: 'adx' | 'plus' | 'minus';
  readonly #average: SmoothedAverage;
  readonly #sums: Movement = { up: 0, down: 0, range: 0 };
  readonly #next: Movement = { up: 0, down: 0, range: 0 };
  #high = Number.NaN;
  #low = Number.NaN;
  #close = Number.NaN;
  #count = 0;

  constructor(length: number, output: 'adx' | 'plus' | 'minus') {
    this.#length = length;
    this.#output = output;
    this.#average = SmoothedAverage.wilder(length);
    this.warmUp = output === 'adx' ? 2 * length : length + 1;
  }

  get value(): number {
    if (this.#output === 'adx') return this.#average.value;
    return this.#count < this.warmUp ? Number.NaN : part(this.#sums, this.#output);
  }

  push(bar: Bar): void {
    if (this.#count > 0) {
      this.#move(bar);
      Object.assign(this.#sums, this.#next);
      if (this.#count >= this.#length) this.#average.push(balance(this.#sums));
    }
    this.#high = bar.high;
    this.#low = bar.low;
    this.#close = bar.close;
    this.#count += 1;
  }

  live(bar: Bar): number {
    if (this.#count < this.warmUp - 1) return Number.NaN;
    this.#move(bar);
    return this.#output === 'adx' ? this.#average.live(balance(this.#next)) : part(this.#next, this.#output);
  }

  save(to: Saving): void {
    to.add(this.#count, this.#high, this.#low, this.#close, this.#sums.up, this.#sums.down, this.#sums.range);
    this.#average.save(to);
  }

  load(from: Loading): void {
    this.#count = from.take();
    this.#high = from.take();
    this.#low = from.take();
    this.#close = from.take();
    this.#sums.up = from.take();
    this.#sums.down = from.take();
    this.#sums.range = from.take();
    this.#average.load(from);
  }

  /** The sums with this bar, into `#next`. */
  #move(bar: Bar): void {
    const up = bar.high - this.#high;
    const down = this.#low - bar.low;
    const kept = this.#count < this.#length ? 1 : 1 - 1 / this.#length;
    this.#next.up = kept * this.#sums.up + (up > down && up > 0 ? up : 0);
    this.#next.down = kept * this.#sums.down + (down > up && down > 0 ? down : 0);
    this.#next.range = kept * this.#sums.range + trueRange(bar, this.#close);
  }
}

function part({ up, down, range }: Movement, output: 'plus' | 'minus'): number {
  return range === 0 ? 0 : (100 * (output === 'plus' ? up : down)) / range;
}

function balance({ up, down }: Movement): number {
  return up + down === 0 ? 0 : (100 * Math.abs(up - down)) / (up + down);
}
