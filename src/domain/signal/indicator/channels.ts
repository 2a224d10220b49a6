/** Indicators of the highest and lowest prices of the last bars: Donchian's channel, stochastic, Williams %R, drawdown. */
import type { Bar } from '../bar/bar.ts';
import { type Calculator, type Course, placeIn } from './calculator.ts';
import { SimpleAverage } from './moving-average.ts';
import { percentFrom } from './oscillators.ts';
import { RollingExtreme } from './rolling-extreme.ts';
import type { Loading, Saving } from './saving.ts';

const IN_RANGE: Course = 'one way in range';

/** A number read from the highest high, the lowest low and the last close of `length` bars. */
export class ChannelReading implements Calculator<Bar> {
  readonly warmUp: number;
  readonly wantsAll: boolean;
  readonly course: Course;
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;
  readonly #read: (low: number, high: number, close: number) => number;
  #close = Number.NaN;

  /** `length` may be Infinity: then the value is known from the first bar. */
  constructor(length: number, course: Course, read: (low: number, high: number, close: number) => number) {
    this.wantsAll = !Number.isFinite(length);
    this.warmUp = this.wantsAll ? 1 : length;
    this.#highest = new RollingExtreme('high', length);
    this.#lowest = new RollingExtreme('low', length);
    this.#read = read;
    this.course = course;
  }

  get value(): number {
    if (this.#highest.count < this.warmUp) return Number.NaN;
    return this.#read(this.#lowest.value, this.#highest.value, this.#close);
  }

  push({ high, low, close }: Bar): void {
    this.#highest.push(high);
    this.#lowest.push(low);
    this.#close = close;
  }

  live({ high, low, close }: Bar): number {
    if (this.#highest.count < this.warmUp - 1) return Number.NaN;
    return this.#read(this.#lowest.live(low), this.#highest.live(high), close);
  }

  save(to: Saving): void {
    to.add(this.#close);
    this.#highest.save(to);
    this.#lowest.save(to);
  }

  load(from: Loading): void {
    this.#close = from.take();
    this.#highest.load(from);
    this.#lowest.load(from);
  }
}

export function donchian(length: number, band: 'upper' | 'lower' | 'middle'): ChannelReading {
  return new ChannelReading(length, 'still', (low, high) => {
    if (band === 'middle') return (low + high) / 2;
    return band === 'upper' ? high : low;
  });
}

export function williams(length: number): ChannelReading {
  return new ChannelReading(length, IN_RANGE, (low, high, close) => 100 * placeIn(low, high, close) - 100);
}

/** How far the close is below the highest high, in percent: 0 or less. */
export function drawdown(length: number): ChannelReading {
  return new ChannelReading(length, IN_RANGE, (_, high, close) => percentFrom(high, close));
}

/** Where the close stands between lowest and highest, averaged over `smooth` bars (`k`), and that over `signal` (`d`). */
export class Stochastic implements Calculator<Bar> {
  readonly course = IN_RANGE;
  readonly warmUp: number;
  readonly #output: 'k' | 'd';
  readonly #raw: ChannelReading;
  readonly #k: SimpleAverage;
  readonly #d: SimpleAverage;

  constructor(length: number, smooth: number, signal: number, output: 'k' | 'd') {
    this.#output = output;
    this.#raw = new ChannelReading(length, IN_RANGE, (low, high, close) => 100 * placeIn(low, high, close));
    this.#k = new SimpleAverage(smooth);
    this.#d = new SimpleAverage(signal);
    this.warmUp = length + smooth - 1 + (output === 'k' ? 0 : signal - 1);
  }

  get value(): number {
    return this.#output === 'k' ? this.#k.value : this.#d.value;
  }

  push(bar: Bar): void {
    this.#raw.push(bar);
    this.#k.push(this.#raw.value);
    this.#d.push(this.#k.value);
  }

  live(bar: Bar): number {
    const k = this.#k.live(this.#raw.live(bar));
    return this.#output === 'k' ? k : this.#d.live(k);
  }

  save(to: Saving): void {
    for (const part of [this.#raw, this.#k, this.#d]) part.save(to);
  }

  load(from: Loading): void {
    for (const part of [this.#raw, this.#k, this.#d]) part.load(from);
  }
}
