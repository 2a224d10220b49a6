/** Moving averages: simple, weighted, and smoothed by a factor (exponential, and Wilder's). */
import type { Calculator } from './calculator.ts';
import { ExactSum } from './exact-sum.ts';
import { RollingSum } from './rolling-sum.ts';
import type { Loading, Saving } from './saving.ts';

/** The mean of the last `length`. After something unknown it starts anew. */
export class SimpleAverage implements Calculator<number> {
  readonly course = 'one way';
  readonly warmUp: number;
  readonly #sum: RollingSum;

  constructor(length: number) {
    this.warmUp = length;
    this.#sum = new RollingSum(length);
  }

  get value(): number {
    return this.#sum.window.isFull ? this.#sum.value / this.warmUp : Number.NaN;
  }

  push(value: number): void {
    if (Number.isNaN(value)) this.#sum.clear();
    else this.#sum.push(value);
  }

  live(value: number): number {
    return this.#sum.window.isNearlyFull ? this.#sum.live(value) / this.warmUp : Number.NaN;
  }

  save(to: Saving): void {
    this.#sum.save(to);
  }

  load(from: Loading): void {
    this.#sum.load(from);
  }
}

/** Weights 1, 2 … `length`, the newest the heaviest. */
export class WeightedAverage implements Calculator<number> {
  readonly course = 'one way';
  readonly warmUp: number;
  readonly #plain: RollingSum;
  readonly #weighted = new ExactSum();
  readonly #live = new ExactSum();

  constructor(length: number) {
    this.warmUp = length;
    this.#plain = new RollingSum(length);
  }

  get value(): number {
    return this.#plain.window.isFull ? this.#weighted.value / this.#weights : Number.NaN;
  }

  push(value: number): void {
    this.#step(this.#weighted, value);
    this.#plain.push(value);
    const { window } = this.#plain;
    if (!window.hasLapped) return;
    this.#weighted.clear();
    for (let index = 0; index < window.size; index += 1) this.#weighted.addProduct(1, index + 1, window.at(index));
  }

  live(value: number): number {
    if (!this.#plain.window.isNearlyFull) return Number.NaN;
    this.#step(this.#live.copy(this.#weighted), value);
    return this.#live.value / this.#weights;
  }

  save(to: Saving): void {
    this.#plain.save(to);
    this.#weighted.save(to);
  }

  load(from: Loading): void {
    this.#plain.load(from);
    this.#weighted.load(from);
  }

  get #weights(): number {
    return (this.warmUp * (this.warmUp + 1)) / 2;
  }

  /** Each weight falls by one, and the newest has the highest that is in use. */
  #step(weighted: ExactSum, value: number): void {
    const { window } = this.#plain;
    if (window.isFull) this.#plain.takeFrom(weighted);
    weighted.addProduct(1, window.isFull ? this.warmUp : window.size + 1, value);
  }
}

/** Begins with the mean of the first `length`; from there it goes the part `factor` of the way to each new value. */
export class SmoothedAverage implements Calculator<number> {
  readonly course = 'one way';
  readonly warmUp: number;
  readonly #factor: number;
  readonly #seed = new ExactSum();
  #count = 0;
  #value = Number.NaN;

  private constructor(length: number, factor: number) {
    this.warmUp = length;
    this.#factor = factor;
  }

  static exponential(length: number): SmoothedAverage {
    return new SmoothedAverage(length, 2 / (length + 1));
  }

  static wilder(length: number): SmoothedAverage {
    return new SmoothedAverage(length, 1 / length);
  }

  get value(): number {
    return this.#value;
  }

  push(value: number): void {
    this.#value = this.live(value);
    if (this.#count >= this.warmUp) return;
    this.#count += 1;
    this.#seed.add(value);
  }

  live(value: number): number {
    if (this.#count >= this.warmUp) return this.#value + this.#factor * (value - this.#value);
    if (this.#count < this.warmUp - 1) return Number.NaN;
    const seed = begun.copy(this.#seed);
    seed.add(value);
    return seed.value / this.warmUp;
  }

  save(to: Saving): void {
    to.add(this.#count, this.#value);
    this.#seed.save(to);
  }

  load(from: Loading): void {
    this.#count = from.take();
    this.#value = from.take();
    this.#seed.load(from);
  }
}

/** Working space of the first value. */
const begun = new ExactSum();
