/** What needs no calculation but memory: the volume of a bar, the open of a day, the close before it, the gap between. */
import type { Bar } from '../bar/bar.ts';
import type { Calculator } from './calculator.ts';
import type { Loading, Saving } from './saving.ts';

/** A number read from a bar and the close before it (NaN for the first). */
export class BarReading implements Calculator<Bar> {
  readonly warmUp: number;
  readonly #read: (bar: Bar, previousClose: number) => number;
  #close = Number.NaN;
  #value = Number.NaN;

  constructor(needs: 'the bar' | 'the close before', read: (bar: Bar, previousClose: number) => number) {
    this.warmUp = needs === 'the bar' ? 1 : 2;
    this.#read = read;
  }

  get value(): number {
    return this.#value;
  }

  push(bar: Bar): void {
    this.#value = this.live(bar);
    this.#close = bar.close;
  }

  live(bar: Bar): number {
    return this.#read(bar, this.#close);
  }

  save(to: Saving): void {
    to.add(this.#close, this.#value);
  }

  load(from: Loading): void {
    this.#close = from.take();
    this.#value = from.take();
  }
}
