/**
 * A signal made of bars. It is computed when somebody asks, and else only where it might meet a level: most ticks leave
 * it far from any. What it gives is what it would have given, had it been computed at every tick.
 */
import type { Bar } from './bar/bar.ts';
import type { BarFeed } from './bar-feed.ts';
import type { BarRecipe } from './bar-recipe.ts';
import type { Course } from './indicator/calculator.ts';
import type { Indicator } from './indicator/indicator.ts';
import { LiveSignal } from './live-signal.ts';

/** How far a cell reaches to either side at first and at most, as a part of the price. */
const [FIRST_REACH, MAX_REACH] = [1 / 256, 1 / 16];
/** A cell that would meet a level is tried again this much smaller, after so many ticks more each time. */
const [SHRINKING, MAX_WAIT] = [4, 64];
/** Doubles round: a value counts as this part of it nearer to the levels than it is. */
const ROUNDING = 1e-6;
/** So much of the price is left free beside a turn. */
const BESIDE_TURN = 1e-9;

/** Closes of the open bar between which, both included, and up to what volume of it no level is met. */
export interface Cell {
  low: number;
  high: number;
  volume: number;
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
    const feed = this.#feed;
    const { ticks } = feed;
    if (this.#tick === ticks) return;
    super.before = this.#tick === ticks - 1 ? super.now : this.#at(feed.openBefore);
    super.now = this.#at(feed.open);
    this.#tick = ticks;
  }

  /** The volume of the open bar. */
  get volume(): number {
    return this.#feed.open?.volume ?? 0;
  }

  /** Sets the cell around the last tick; false where there is none. */
  findCell(cell: Cell): boolean {
    const { rising, falling } = this;
    cell.volume = Number.POSITIVE_INFINITY;
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
    const isClear = this.#reachOut(cell, open, course) && this.#isClear(cell, open, course);
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

  /** As far as its course may hold. */
  #reachOut(cell: Cell, open: Bar, course: Course): boolean {
    const { close, volume } = open;
    const isFree = course === 'one way' || course === 'valley' || course === 'hill';
    const reach = course === 'still' ? Number.POSITIVE_INFINITY : this.#reach * close;
    cell.low = isFree ? close - reach : Math.max(open.low, close - reach);
    cell.high = isFree ? close + reach : Math.min(open.high, close + reach);
    if (course !== 'with volume') return true;
    cell.volume = volume * (1 + this.#reach / FIRST_REACH);
    const turn = this.#indicator.turn(open);
    if (Number.isNaN(turn)) return true;
    const beside = BESIDE_TURN * close;
    if (turn < close) cell.low = Math.max(cell.low, turn + beside);
    else cell.high = Math.min(cell.high, turn - beside);
    return cell.low <= close && close <= cell.high;
  }

  /** Whether all values within the cell are between the same levels as the value now. */
  #isClear({ low, high, volume }: Cell, open: Bar, course: Course): boolean {
    if (course === 'still') return true;
    const { now, rising, falling } = this;
    const corners = [low, high].map((close) => this.#indicator.live({ ...open, close }));
    if (course === 'with volume')
      corners.push(...[low, high].map((close) => this.#indicator.live({ ...open, close, volume })));
    // Where the slope only rises, the values lie above the lines from both ends through the middle.
    const [lowest, highest] = [Math.min(now, ...corners), Math.max(now, ...corners)];
    const least = course === 'valley' ? 2 * now - highest : lowest;
    const most = course === 'hill' ? 2 * now - lowest : highest;
    const slack = ROUNDING * Math.max(Math.abs(least), Math.abs(most));
    return (
      least - slack >= Math.max(rising.lastUpTo(now), falling.lastUpTo(now)) &&
      most + slack < Math.min(rising.firstAbove(now), falling.firstAbove(now))
    );
  }

  #at(bar: Bar | null): number {
    return bar === null ? this.#indicator.value : this.#indicator.live(bar);
  }
}
