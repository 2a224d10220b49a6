/** The last `length` numbers, oldest first. */
import type { Loading, Saving } from './saving.ts';

export class RollingWindow {
  readonly length: number;
  readonly #values: Float64Array;
  /** How many it holds, and where the next one goes. */
  #size = 0;
  #next = 0;

  constructor(length: number) {
    this.length = length;
    this.#values = new Float64Array(length);
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.length;
  }

  /** Whether one more fills it. */
  get isNearlyFull(): boolean {
    return this.#size >= this.length - 1;
  }

  /** Once in `length` pushes: sums of the window are then added up anew, so that what rounding leaves never adds up. */
  get hasLapped(): boolean {
    return this.#next === 0;
  }

  /** The one that leaves with the next; 0 while none does. */
  get leaving(): number {
    return this.isFull ? (this.#values[this.#next] as number) : 0;
  }

  /** The `index`th, oldest first. */
  at(index: number): number {
    const place = this.#next - this.#size + index;
    return this.#values[place < 0 ? place + this.length : place] as number;
  }

  push(value: number): void {
    this.#values[this.#next] = value;
    this.#next = this.#next + 1 === this.length ? 0 : this.#next + 1;
    if (this.#size < this.length) this.#size += 1;
  }

  clear(): void {
    this.#size = 0;
    this.#next = 0;
  }

  save(to: Saving): void {
    to.add(this.#next);
    to.addAll(Array.from({ length: this.#size }, (_, index) => this.at(index)));
  }

  load(from: Loading): void {
    const next = from.take();
    const values = from.takeAll();
    this.#next = (next - values.length + this.length) % this.length;
    for (const value of values) this.push(value);
  }
}
