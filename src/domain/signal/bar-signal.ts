/**
 * A signal made of bars. It is computed when somebody asks, and else only where it might meet a level: most ticks leave
 * it far from any. What it gives is what it would have given, had it been computed at every tick.
 */
import type { BarFeed } from './bar-feed.ts';
import type { BarRecipe } from './bar-recipe.ts';
import type { Indicator } from './indicator/indicator.ts';
import { LiveSignal } from './live-signal.ts';

/** How far a cell reaches to either side at first and at most, as a part of the price. */
const [FIRST_REACH, MAX_REACH] = [1 / 256, 1 / 16];
/** A cell that would meet a level is tried again this much smaller, after so many ticks more each time. */
const [SHRINKING, MAX_WAIT] = [4, 64];
/** Doubles round: a value counts as this part of it nearer to the levels than it is. */
const ROUNDING = 1e-6;

/** Closes of the open bar between which, both included, no level is met. */
export interface CloseCell {
  low: number;
  high: number;
}

export class BarSignal extends LiveSignal {
  /** Told when a level comes that no cell knows of. */
  woken: () => void = () => {};
  readonly #feed: BarFeed;
  readonly #indicator: Indicator;
  /** The tick of its feed that it is computed for. */
  #tick: number;
  #reach = FIRST_REACH;
  /** Ticks until a cell is tried again, and how many it will be the next time. */
  #wait = 0;
  #nextWait = 1;

  constructor(recipe: BarRecipe, bars: { readonly feed: BarFeed; readonly indicator: Indicator }) {
    super(recipe, null, null, bars);
    this.#feed = bars.feed;
    this.#indicator = bars.indicator;
    this.#tick = bars.feed.ticks;
  }

  override get before(): number {
    this.catchUp();
    return super.before;
  }

  override set before(value: number) {
    super.before = value;
  }

  override get now(): number {
    this.catchUp();
    return super.now;
  }

  override set now(value: number) {
    super.now = value;
  }

  override compute(): number {
    return this.#at(this.#feed.open);
  }

  override addLevel(rising: boolean, key: number, slot: number): void {
    super.addLevel(rising, key, slot);
    this.woken();
  }

  /** To be called, too, before its indicator takes a bar: then what it was is gone. */
  catchUp(): void {
    const { ticks, open, openBefore } = this.#feed;
    if (this.#tick === ticks) return;
    super.before = this.#tick === ticks - 1 ? super.now : this.#at(openBefore);
    super.now = this.#at(open);
    this.#tick = ticks;
  }

  /** Sets the cell around the last tick; false where there is none. */
  findCell(cell: CloseCell): boolean {
    const { rising, falling } = this;
    if (rising.size === 0 && falling.size === 0) {
      cell.low = Number.NEGATIVE_INFINITY;
      cell.high = Number.POSITIVE_INFINITY;
      return true;
    }
    const { open } = this.#feed;
    const { course } = this.#indicator;
    if (course === undefined || open === null) return false;
    if (this.#wait > 0) {
      this.#wait -= 1;
      return false;
    }
    const { close } = open;
    const inRange = course === 'still' || course === 'one way in range';
    const reach = this.#reach * close;
    cell.low = inRange ? Math.max(open.low, close - reach) : close - reach;
    cell.high = inRange ? Math.min(open.high, close + reach) : close + reach;
    if (course === 'still') {
      cell.low = open.low;
      cell.high = open.high;
      return true;
    }
    const { now } = this;
    const atLow = this.#indicator.live({ ...open, close: cell.low });
    const atHigh = this.#indicator.live({ ...open, close: cell.high });
    // Where the slope only rises, the values lie above the lines from both ends through the middle.
    const least = course === 'valley' ? 2 * now - Math.max(atLow, now, atHigh) : Math.min(atLow, now, atHigh);
    const most = course === 'hill' ? 2 * now - Math.min(atLow, now, atHigh) : Math.max(atLow, now, atHigh);
    const slack = ROUNDING * Math.max(Math.abs(least), Math.abs(most));
    const isClear =
      least - slack >= Math.max(rising.lastUpTo(now), falling.lastUpTo(now)) &&
      most + slack < Math.min(rising.firstAbove(now), falling.firstAbove(now));
    if (isClear) {
      this.#reach = Math.min(MAX_REACH, 2 * this.#reach);
      this.#nextWait = 1;
    } else {
      this.#reach /= SHRINKING;
      this.#wait = this.#nextWait;
      this.#nextWait = Math.min(MAX_WAIT, 2 * this.#nextWait);
    }
    return isClear;
  }

  #at(bar: BarFeed['open']): number {
    return bar === null ? this.#indicator.value : this.#indicator.live(bar);
  }
}
