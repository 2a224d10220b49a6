/** Mean and deviation of the last `length` numbers. */
import { ExactSum } from './exact-sum.ts';
import { RollingWindow } from './rolling-window.ts';
import type { Loading, Saving } from './saving.ts';

/** A deviation under 1e-15 of the values is below what doubles can tell apart: there is none. */
const NO_SPREAD = 1e-30;

export interface Spread {
  mean: number;
  /** Square root of the mean squared distance from the mean. */
  population: number;
  /** The same, divided by one less: the estimate of the deviation of all from these few. */
  sample: number;
}

export class RollingSpread {
  readonly window: RollingWindow;
  readonly #sum = new ExactSum();
  readonly #squares = new ExactSum();
  readonly #liveSum = new ExactSum();
  readonly #liveSquares = new ExactSum();
  /** Of what was pushed, and of what `look` was asked; unknown until the window is full. */
  readonly closed: Spread = { mean: Number.NaN, population: Number.NaN, sample: Number.NaN };
  readonly #live: Spread = { mean: Number.NaN, population: Number.NaN, sample: Number.NaN };

  /** What left with the last push. */
  #left = 0;

  constructor(length: number) {
    this.window = new RollingWindow(length);
  }

  push(value: number): void {
    this.#left = this.window.leaving;
    step(this.#sum, this.#squares, value, this.#left);
    this.window.push(value);
    if (this.window.hasLapped) {
      this.#sum.clear();
      this.#squares.clear();
      for (let index = 0; index < this.window.size; index += 1)
        step(this.#sum, this.#squares, this.window.at(index), 0);
    }
    if (this.window.isFull) this.#measure(this.#sum, this.#squares, this.#left, this.closed);
  }

  /** The spread if this came now. One object, written anew by the next call. */
  look(value: number): Spread {
    if (!this.window.isNearlyFull) return this.closed;
    const sum = this.#liveSum.copy(this.#sum);
    const squares = this.#liveSquares.copy(this.#squares);
    const { leaving } = this.window;
    step(sum, squares, value, leaving);
    this.#measure(sum, squares, leaving, this.#live);
    return this.#live;
  }

  clear(): void {
    this.window.clear();
    this.#sum.clear();
    this.#squares.clear();
    this.#left = 0;
    Object.assign(this.closed, { mean: Number.NaN, population: Number.NaN, sample: Number.NaN });
  }

  save(to: Saving): void {
    to.add(this.#left);
    this.window.save(to);
    this.#sum.save(to);
    this.#squares.save(to);
  }

  load(from: Loading): void {
    const left = from.take();
    this.window.load(from);
    this.#sum.load(from);
    this.#squares.load(from);
    this.#left = left;
    if (this.window.isFull) this.#measure(this.#sum, this.#squares, left, this.closed);
  }

  #measure(sum: ExactSum, squares: ExactSum, left: number, into: Spread): void {
    const { length } = this.window;
    into.mean = sum.value / length;
    // n * sum of squares - square of sum = n * n * variance.
    measured.clear();
    measured.addTimes(length, squares);
    // What has just left may leave its rounding behind.
    const limit = (measured.value + length * left * left) * NO_SPREAD;
    measured.addSquare(-1, sum);
    const scaled = measured.value > limit ? measured.value : 0;
    into.population = Math.sqrt(scaled) / length;
    into.sample = Math.sqrt(scaled / (length * (length - 1)));
  }
}

/** Working space of `#measure`. */
const measured = new ExactSum();

function step(sum: ExactSum, squares: ExactSum, value: number, leaving: number): void {
  sum.add(value);
  sum.add(-leaving);
  squares.addProduct(1, value, value);
  squares.addProduct(-1, leaving, leaving);
}
