/** Indicators of the closes that swing about a middle: RSI, MACD, rate of change. */
import { type Calculator, shareOf } from './calculator.ts';
import { SmoothedAverage } from './moving-average.ts';
import { RollingWindow } from './rolling-window.ts';
import type { Loading, Saving } from './saving.ts';

/** Wilder's relative strength: the share of the gains in all movement. 50 where nothing has moved. */
export class RelativeStrength implements Calculator<number> {
  readonly course = 'one way';
  readonly warmUp: number;
  readonly #gains: SmoothedAverage;
  readonly #losses: SmoothedAverage;
  #last = Number.NaN;

  constructor(length: number) {
    this.warmUp = length + 1;
    this.#gains = SmoothedAverage.wilder(length);
    this.#losses = SmoothedAverage.wilder(length);
  }

  get value(): number {
    return shareOf(this.#gains.value, this.#losses.value);
  }

  push(value: number): void {
    const change = value - this.#last;
    this.#last = value;
    if (Number.isNaN(change)) return;
    this.#gains.push(Math.max(change, 0));
    this.#losses.push(Math.max(-change, 0));
  }

  live(value: number): number {
    const change = value - this.#last;
    return shareOf(this.#gains.live(Math.max(change, 0)), this.#losses.live(Math.max(-change, 0)));
  }

  save(to: Saving): void {
    to.add(this.#last);
    this.#gains.save(to);
    this.#losses.save(to);
  }

  load(from: Loading): void {
    this.#last = from.take();
    this.#gains.load(from);
    this.#losses.load(from);
  }
}

/** The fast exponential average less the slow one; the signal is its exponential average, the histogram their gap. */
export class AverageConvergence implements Calculator<number> {
  readonly course = 'one way';
  readonly warmUp: number;
  readonly #output: 'line' | 'signal' | 'histogram';
  readonly #fast: SmoothedAverage;
  readonly #slow: SmoothedAverage;
  readonly #signal: SmoothedAverage;

  constructor(fast: number, slow: number, signal: number, output: 'line' | 'signal' | 'histogram') {
    this.#output = output;
    this.#fast = SmoothedAverage.exponential(fast);
    this.#slow = SmoothedAverage.exponential(slow);
    this.#signal = SmoothedAverage.exponential(signal);
    this.warmUp = Math.max(fast, slow) + (output === 'line' ? 0 : signal - 1);
  }

  get value(): number {
    return this.#pick(this.#fast.value - this.#slow.value, this.#signal.value);
  }

  push(value: number): void {
    this.#fast.push(value);
    this.#slow.push(value);
    const line = this.#fast.value - this.#slow.value;
    if (!Number.isNaN(line)) this.#signal.push(line);
  }

  live(value: number): number {
    const line = this.#fast.live(value) - this.#slow.live(value);
    return this.#pick(line, this.#output === 'line' ? Number.NaN : this.#signal.live(line));
  }

  save(to: Saving): void {
    for (const part of [this.#fast, this.#slow, this.#signal]) part.save(to);
  }

  load(from: Loading): void {
    for (const part of [this.#fast, this.#slow, this.#signal]) part.load(from);
  }

  #pick(line: number, signal: number): number {
    if (this.#output === 'line') return line;
    return this.#output === 'signal' ? signal : line - signal;
  }
}

/** The change in percent against the value `length` inputs ago; unknown where that was not above zero. */
export class RateOfChange implements Calculator<number> {
  readonly course = 'one way';
  readonly warmUp: number;
  readonly #window: RollingWindow;

  constructor(length: number) {
    this.warmUp = length + 1;
    this.#window = new RollingWindow(length + 1);
  }

  get value(): number {
    const { isFull, length } = this.#window;
    return isFull ? percentFrom(this.#window.at(0), this.#window.at(length - 1)) : Number.NaN;
  }

  push(value: number): void {
    this.#window.push(value);
  }

  live(value: number): number {
    const { isFull, isNearlyFull } = this.#window;
    return isNearlyFull ? percentFrom(this.#window.at(isFull ? 1 : 0), value) : Number.NaN;
  }

  save(to: Saving): void {
    this.#window.save(to);
  }

  load(from: Loading): void {
    this.#window.load(from);
  }
}

/** From `then` to `now` in percent. NaN where `then` is not above zero. */
export function percentFrom(then: number, now: number): number {
  return then > 0 ? 100 * (now / then - 1) : Number.NaN;
}
