/**
 * A signal of one tape at work: its value before and at the last tick, the levels watched on it, and its past where a
 * window needs it. NaN stands for "not known".
 */

import type { BarFeed } from './bar-feed.ts';
import type { History } from './history.ts';
import type { Indicator } from './indicator/indicator.ts';
import { LevelBook } from './level-book.ts';
import { calculate, changeFrom, type Recipe } from './recipe.ts';

export class LiveSignal {
  readonly recipe: Recipe;
  /** The signals it is computed from; null where it comes from the tick itself, or from bars. */
  readonly of: LiveSignal | null;
  readonly and: LiveSignal | null;
  /** For one made of bars. */
  readonly bars: { readonly feed: BarFeed; readonly indicator: Indicator } | null;
  /** Levels whose alerts wait for the value to come up to them, and to go below them. */
  readonly rising = new LevelBook();
  readonly falling = new LevelBook();
  #before = Number.NaN;
  #now = Number.NaN;
  /** It did not count for a while and does again: what turned in between is told of now. */
  isBack = false;
  /** How many alerts use it, by themselves or through another signal. */
  users = 0;
  /** The longest window measured on it. */
  keepMs = 0;
  history: History | null = null;

  constructor(
    recipe: Recipe,
    of: LiveSignal | null,
    and: LiveSignal | null = null,
    bars: { readonly feed: BarFeed; readonly indicator: Indicator } | null = null,
  ) {
    this.recipe = recipe;
    this.of = of;
    this.and = and;
    this.bars = bars;
  }

  get before(): number {
    return this.#before;
  }

  set before(value: number) {
    this.#before = value;
  }

  get now(): number {
    return this.#now;
  }

  set now(value: number) {
    this.#now = value;
  }

  addLevel(rising: boolean, key: number, slot: number): void {
    (rising ? this.rising : this.falling).add(key, slot);
  }

  removeLevel(rising: boolean, key: number, slot: number): void {
    (rising ? this.rising : this.falling).remove(key, slot);
  }

  /** The last value there was, also where it does not count any more. */
  get known(): number {
    return this.now;
  }

  /** The value at a tick at `at`; what it is computed from has been brought up to it. */
  compute(at: number, price: number, volume: number): number {
    const { recipe, of } = this;
    switch (recipe.kind) {
      case 'price':
        return price;
      case 'volume':
        return volume;
      case 'relative': {
        const then = of?.history?.valueAt(at - recipe.windowMs) ?? Number.NaN;
        return changeFrom(then, of?.now ?? Number.NaN, recipe.percent);
      }
      case 'since':
        return changeFrom(this.and?.now ?? Number.NaN, of?.now ?? Number.NaN, true);
      case 'silence':
        return 0;
      case 'abs':
        return Math.abs(of?.now ?? Number.NaN);
      case 'number':
        return recipe.value;
      case 'arithmetic':
        return calculate(recipe.op, of?.now ?? Number.NaN, this.and?.now ?? Number.NaN);
      case 'other':
        return of?.now ?? Number.NaN;
      case 'bars':
        return Number.NaN;
    }
  }

  /** Adds the slots of the levels that the last step has touched to `found`: all that lie on the way. */
  touched(found: number[]): void {
    const { now } = this;
    const before = this.isBack ? Number.NaN : this.before;
    if (now > before) this.rising.between(before, now, found);
    else if (now < before) this.falling.between(now, before, found);
    else if (Number.isNaN(before) && !Number.isNaN(now)) {
      this.rising.between(Number.NEGATIVE_INFINITY, now, found);
      this.falling.between(now, Number.POSITIVE_INFINITY, found);
    } else if (Number.isNaN(now) && !Number.isNaN(before)) {
      // What held does so no more.
      this.rising.between(before, Number.POSITIVE_INFINITY, found);
      this.falling.between(Number.NEGATIVE_INFINITY, before, found);
    }
  }
}
