/**
 * The signals of one tape that are made of bars, and for each between which prices, and up to what volume, it meets no
 * level: side by side, so that a tick that concerns none of them looks at nothing else.
 */
import type { BarSignal, Cell } from './bar-signal.ts';

/** Of a cell: its lowest price (NaN where every tick has to be looked at), its highest, and how much may be traded. */
const [ROW, LOW, HIGH, TRADED] = [3, 0, 1, 2];
/** The sum of what was traded rounds in another way than the volume of a bar: so much of it is left free. */
const ROUNDING = 1e-9;

export class BarCells {
  #signals: readonly BarSignal[] = [];
  #cells = new Float64Array(0);
  /** What all ticks have traded, since cells were last there. */
  #traded = 0;
  readonly #found: Cell = { low: Number.NaN, high: Number.NaN, volume: Number.NaN };

  add(signal: BarSignal): void {
    this.#place([...this.#signals, signal]);
  }

  remove(signal: BarSignal): void {
    this.#place(this.#signals.filter((other) => other !== signal));
  }

  /** Before a bar closes: what its signals were is asked for once more. */
  settle(): void {
    for (const signal of this.#signals) signal.catchUp();
    this.#clear();
  }

  /** After the bars have taken a tick in: adds the slots of the levels it touches to `touched`. */
  advance(price: number, volume: number, touched: number[]): void {
    this.#traded += volume;
    const cells = this.#cells;
    const traded = this.#traded;
    for (let row = 0, place = 0; row < cells.length; row += ROW, place += 1) {
      const isWithin =
        price >= (cells[row + LOW] as number) &&
        price <= (cells[row + HIGH] as number) &&
        traded <= (cells[row + TRADED] as number);
      if (isWithin) continue;
      const signal = this.#signals[place] as BarSignal;
      signal.touched(touched);
      const found = this.#found;
      cells[row + LOW] = signal.findCell(found) ? found.low : Number.NaN;
      cells[row + HIGH] = found.high;
      cells[row + TRADED] = (traded + found.volume - signal.volume) * (1 - ROUNDING);
    }
  }

  #place(signals: readonly BarSignal[]): void {
    this.#signals = signals;
    this.#cells = new Float64Array(ROW * signals.length);
    this.#clear();
    for (const [index, signal] of signals.entries())
      signal.woken = () => {
        this.#cells[ROW * index + LOW] = Number.NaN;
      };
  }

  #clear(): void {
    this.#cells.fill(Number.NaN);
    this.#traded = 0;
  }
}
