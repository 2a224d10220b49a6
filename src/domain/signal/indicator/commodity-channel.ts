/**
 * The commodity channel index of D. Lambert: how far the typical price stands from its mean, in parts of the mean
 * distance from it. That distance is to a mean that moves with every price, so a value costs `length` additions; at the
 * usual 20 those are fewer steps than any cleverer way takes.
 */
import type { Bar } from '../bar/bar.ts';
import { type Calculator, typicalOf } from './calculator.ts';
import { RollingSum } from './rolling-sum.ts';
import type { Loading, Saving } from './saving.ts';

/** Chosen by Lambert so that most values lie between -100 and 100. */
const SCALE = 0.015;
/** Distances under 1e-15 of the price are below what doubles can tell apart. */
const NO_DISTANCE = 1e-15;

export class CommodityChannel implements Calculator<Bar> {
  /** The further the price, the more of all distance is its own. */
  readonly course = 'one way in range';
  readonly warmUp: number;
  readonly #typical: RollingSum;
  #value = Number.NaN;

  constructor(length: number) {
    this.warmUp = length;
    this.#typical = new RollingSum(length);
  }

  get value(): number {
    return this.#value;
  }

  push(bar: Bar): void {
    this.#value = this.live(bar);
    this.#typical.push(typicalOf(bar));
  }

  live(bar: Bar): number {
    const { window } = this.#typical;
    if (!window.isNearlyFull) return Number.NaN;
    const typical = typicalOf(bar);
    const mean = this.#typical.live(typical) / window.length;
    let distance = Math.abs(typical - mean);
    for (let index = window.isFull ? 1 : 0; index < window.size; index += 1)
      distance += Math.abs(window.at(index) - mean);
    distance /= window.length;
    return distance <= NO_DISTANCE * Math.abs(mean) ? 0 : (typical - mean) / (SCALE * distance);
  }

  save(to: Saving): void {
    to.add(this.#value);
    this.#typical.save(to);
  }

  load(from: Loading): void {
    this.#value = from.take();
    this.#typical.load(from);
  }
}
