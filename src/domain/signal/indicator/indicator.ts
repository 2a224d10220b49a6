/**
 * An indicator at work on the bars of one size of one tape. It takes closed bars, one after another; `live` looks at
 * the open one without taking it. Equal bars give equal values, with a save and a restore between any two of them.
 */
import type { Bar } from '../bar/bar.ts';
import type { Calculator, Course } from './calculator.ts';
import { Loading, type Saved, Saving } from './saving.ts';

export interface IndicatorState {
  /** Bars taken so far. */
  readonly bars: number;
  readonly numbers: Saved;
}

/** Of the usual lengths of 14 to 26, less than a millionth of the beginning is left by then. */
const FADING_BARS = 200;

export class Indicator {
  readonly #calculator: Calculator<Bar>;
  #bars = 0;

  constructor(calculator: Calculator<Bar>) {
    this.#calculator = calculator;
  }

  /** How many closed bars it takes until its value at a close is known; for a live value the open one counts too. */
  get warmUp(): number {
    return this.#calculator.warmUp;
  }

  /** How many bars of before are worth having: enough that how an average began has faded. Infinity for all. */
  get wants(): number {
    return this.#calculator.wantsAll ? Number.POSITIVE_INFINITY : this.warmUp + FADING_BARS;
  }

  /** How many of them are still to come. */
  get missing(): number {
    return this.#calculator.missing ?? Math.max(0, this.warmUp - this.#bars);
  }

  /** Of its live value, where that is known; undefined otherwise. */
  get course(): Course | undefined {
    return this.#calculator.course;
  }

  turn(open: Bar): number {
    return this.#calculator.turn?.(open) ?? Number.NaN;
  }

  /** At the last close; NaN while not known. */
  get value(): number {
    return this.#calculator.value;
  }

  push(bar: Bar): void {
    this.#bars += 1;
    this.#calculator.push(bar);
  }

  /** What the value would be if this bar closed now. */
  live(open: Bar): number {
    return this.#calculator.live(open);
  }

  state(): IndicatorState {
    const to = new Saving();
    this.#calculator.save(to);
    return { bars: this.#bars, numbers: to.saved };
  }

  /** Only of one that is new. */
  restore({ bars, numbers }: IndicatorState): void {
    this.#bars = bars;
    this.#calculator.load(new Loading(numbers));
  }
}
