/**
 * The signals of one tape that are made of bars, and for each between which prices it meets no level: side by side, so
 * that a tick that concerns none of them looks at nothing else.
 */
import type { BarSignal, CloseCell } from './bar-signal.ts';

export class BarCells {
  #signals: BarSignal[] = [];
  /** Of each signal the lowest and the highest price; NaN where every tick has to be looked at. */
  #cells = new Float64Array(0);
  readonly #found: CloseCell = { low: Number.NaN, high: Number.NaN };

  add(signal: BarSignal): void {
    this.#place([...this.#signals, signal]);
  }

  remove(signal: BarSignal): void {
    this.#place(this.#signals.filter((other) => other !== signal));
  }

  /** Before a bar closes: what its signals were is asked for once more. */
  settle(): void {
    for (const signal of this.#signals) signal.catchUp();
    this.#cells.fill(Number.NaN);
  }

  /** After the bars have taken a tick in: adds the slots of the levels it touches to `touched`. */
  advance(price: number, touched: number[]): void {
    const cells = this.#cells;
    for (let place = 0; place < cells.length; place += 2) {
      if (price >= (cells[place] as number) && price <= (cells[place + 1] as number)) continue;
      const signal = this.#signals[place >> 1] as BarSignal;
      signal.touched(touched);
      const isFound = signal.findCell(this.#found);
      cells[place] = isFound ? this.#found.low : Number.NaN;
      cells[place + 1] = this.#found.high;
    }
  }

  #place(signals: BarSignal[]): void {
    this.#signals = signals;
    this.#cells = new Float64Array(2 * signals.length).fill(Number.NaN);
    for (const [index, signal] of signals.entries())
      signal.woken = () => {
        this.#cells[2 * index] = Number.NaN;
      };
  }
}
