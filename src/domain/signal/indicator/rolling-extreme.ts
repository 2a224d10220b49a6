/**
 * The highest or lowest of the last `length` numbers: a queue of those that no later one has passed, each pushed and
 * dropped once.
 */
import type { Loading, Saving } from './saving.ts';

export class RollingExtreme {
  readonly length: number;
  readonly #sign: 1 | -1;
  /** What is left of the window, falling (for the lowest, rising), each with its number since the beginning. */
  #values: number[] = [];
  #numbers: number[] = [];
  #first = 0;
  #count = 0;

  /** `length` may be Infinity. */
  constructor(of: 'high' | 'low', length: number) {
    this.#sign = of === 'high' ? 1 : -1;
    this.length = length;
  }

  get count(): number {
    return this.#count;
  }

  /** NaN before the first. */
  get value(): number {
    return this.#values[this.#first] ?? Number.NaN;
  }

  push(value: number): void {
    const values = this.#values;
    while (values.length > this.#first && this.#sign * ((values.at(-1) as number) - value) <= 0) {
      values.pop();
      this.#numbers.pop();
    }
    values.push(value);
    this.#numbers.push(this.#count);
    this.#count += 1;
    if ((this.#numbers[this.#first] as number) < this.#count - this.length) this.#first += 1;
    if (this.#first <= this.length) return;
    this.#values = values.slice(this.#first);
    this.#numbers = this.#numbers.slice(this.#first);
    this.#first = 0;
  }

  live(value: number): number {
    const leaves = (this.#numbers[this.#first] as number) <= this.#count - this.length;
    const rest = this.#values[leaves ? this.#first + 1 : this.#first];
    return rest === undefined || this.#sign * (rest - value) <= 0 ? value : rest;
  }

  save(to: Saving): void {
    to.add(this.#count);
    to.addAll(this.#numbers.slice(this.#first));
    to.addAll(this.#values.slice(this.#first));
  }

  load(from: Loading): void {
    this.#count = from.take();
    this.#numbers = from.takeAll();
    this.#values = from.takeAll();
  }
}
