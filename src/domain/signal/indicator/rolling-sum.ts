/** The sum of the last `length` numbers. */
import { ExactSum } from './exact-sum.ts';
import { RollingWindow } from './rolling-window.ts';
import type { Loading, Saving } from './saving.ts';

export class RollingSum {
  readonly window: RollingWindow;
  readonly #sum = new ExactSum();
  readonly #live = new ExactSum();
  /** Where nothing is left to add up, the sum is nothing too, and not what rounding has left. */
  #nonZero = 0;

  constructor(length: number) {
    this.window = new RollingWindow(length);
  }

  get value(): number {
    return this.#sum.value;
  }

  push(value: number): void {
    const { leaving } = this.window;
    this.#nonZero += (value === 0 ? 0 : 1) - (leaving === 0 ? 0 : 1);
    this.window.push(value);
    if (this.#nonZero === 0) this.#sum.clear();
    else if (this.window.hasLapped) {
      this.#sum.clear();
      for (let index = 0; index < this.window.size; index += 1) this.#sum.add(this.window.at(index));
    } else {
      this.#sum.add(value);
      this.#sum.add(-leaving);
    }
  }

  live(value: number): number {
    const { leaving } = this.window;
    if (this.#nonZero + (value === 0 ? 0 : 1) - (leaving === 0 ? 0 : 1) === 0) return 0;
    const sum = this.#live.copy(this.#sum);
    sum.add(value);
    sum.add(-leaving);
    return sum.value;
  }

  /** Takes the sum away from another one. */
  takeFrom(other: ExactSum): void {
    other.addTimes(-1, this.#sum);
  }

  clear(): void {
    this.window.clear();
    this.#sum.clear();
    this.#nonZero = 0;
  }

  save(to: Saving): void {
    this.window.save(to);
    this.#sum.save(to);
  }

  load(from: Loading): void {
    this.window.load(from);
    this.#sum.load(from);
    for (let index = 0; index < this.window.size; index += 1) if (this.window.at(index) !== 0) this.#nonZero += 1;
  }
}
