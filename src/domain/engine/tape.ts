/**
 * The ticks of one instrument within the hours of one calendar, as evaluated: `24/7` is all hours, an exchange's
 * calendar its regular hours. It knows the last tick and the signals that alerts on it use. It decides nothing about
 * alerts.
 *
 * A tape never goes back in time: where two sources' clocks differ, a tick counts as of the newest time seen.
 */
import { openTime, sessionAt } from '../calendar/session.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { BarCells } from '../signal/bar-cells.ts';
import { BarSignal } from '../signal/bar-signal.ts';
import type { History, HistoryState } from '../signal/history.ts';
import { LiveSignal } from '../signal/live-signal.ts';
import { partsOfRecipe, type Recipe } from '../signal/recipe.ts';
import type { Cell } from './calm.ts';
import type { PastPrices } from './event.ts';
import type { Policy } from './policy.ts';
import { type BarsBefore, TapeBars, type TapeBarsState } from './tape-bars.ts';
import { TapePasts } from './tape-pasts.ts';
import { Timers } from './timers.ts';
import { Trails, type TrailsState } from './trails.ts';

export interface TapeState {
  readonly last: Tick | null;
  readonly at: number | null;
  readonly volume: number | null;
  readonly sessionUntil: number | null;
  readonly lost: { readonly from: number; readonly to: number } | null;
  readonly histories: Readonly<Record<string, HistoryState>>;
  /** Absent where no alert needs bars, as in checkpoints of before. */
  readonly bars?: TapeBarsState;
  readonly trails?: TrailsState;
  /** Of the lengths of silence that alerts ask for, those that have passed. */
  readonly silent?: readonly number[];
  /** Absent where none are counted. */
  readonly ticks?: number;
}

/** What was seen of another instrument: its last tick, and the one before the step at hand. */
export interface OtherTicks {
  readonly symbol: InstrumentSymbol;
  readonly before: Tick | null;
  readonly last: Tick | null;
  /** Whether its last value counts now. */
  readonly isFresh: boolean;
}

export interface GapBefore {
  readonly from: number;
  readonly to: number;
}

export class Tape {
  readonly calendar: CalendarId;
  readonly signals = new Map<string, LiveSignal>();
  /** Slots to be judged at the next tick, whatever it touches. */
  readonly pending = new Set<number>();
  /** How many alerts on it have more than a level to watch: what it takes to see after them is nothing to the others. */
  manifold = 0;
  /** Slots of holds that ticks confirm, the ticks since there are any, and the one at which which is confirmed. */
  readonly counting = new Set<number>();
  ticks = 0;
  readonly fullTicks = new Timers();
  /** Slots of holds that a gap begins anew. */
  readonly wary = new Set<number>();
  /** When which move's firing value stops being what it is measured from. */
  readonly anchorEnds = new Timers();
  /** Signals of silence in use, and the lengths of those that wait for a timer. */
  silences: LiveSignal[] = [];
  readonly timedSilences = new Set<number>();
  /** Lengths of silence that had passed when it was restored. */
  wasSilent: readonly number[] = [];
  trails = new Trails();
  readonly pasts = new TapePasts();
  before: Tick | null = null;
  last: Tick | null = null;
  beforeAt = Number.NaN;
  at = Number.NaN;
  /** Between the last two ticks the market was closed, or the source lost sight. */
  brokenBefore = false;
  /** What the source has reported lost since the last tick. */
  lost: { readonly from: number; readonly to: number } | null = null;
  #volume = Number.NaN;
  /** End of the session of the last tick. */
  #sessionUntil = Number.POSITIVE_INFINITY;
  readonly #price: LiveSignal;
  readonly #volumes: LiveSignal;
  #order: LiveSignal[] = [];
  readonly #bars: TapeBars;
  readonly #barCells = new BarCells();
  /** How often its signals are in use. */
  #users = 0;
  /** What was in use until now is left as it should be by one more tick. */
  #isSettling = false;
  /** The last answer of the calendar: from here to there it is open, or not. */
  #known = { from: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY, open: false };

  constructor(calendar: CalendarId) {
    this.calendar = calendar;
    this.#bars = new TapeBars(calendar);
    this.#price = this.#signal(new LiveSignal({ kind: 'price', key: 'price' }, null));
    this.#volumes = this.#signal(new LiveSignal({ kind: 'volume', key: 'volume' }, null));
  }

  /** Whether each tick counts for a hold. */
  get watchesHolds(): boolean {
    return this.counting.size > 0 || this.wary.size > 0;
  }

  /** No alert is on it: it has to know what was seen last, and nothing else. */
  get isIdle(): boolean {
    return this.#users === 0 && !this.#isSettling && this.pending.size === 0 && !this.watchesHolds;
  }

  /** Until when its hours stay open, or closed, as they were at the last tick of any. */
  get sameUntil(): number {
    return this.calendar === '24/7' ? Number.POSITIVE_INFINITY : this.#known.until;
  }

  /** The instruments it sees beside its own. */
  get others(): readonly OtherTicks[] {
    return [];
  }

  /** The time of its last tick. */
  get seenAt(): number {
    return this.at;
  }

  /** The time of the last tick that has told of a signal. */
  toldUntil(_recipe: Recipe): number {
    return this.at;
  }

  /** Whether a tick at `at` is within its hours. */
  hasOpen(at: number): boolean {
    if (this.calendar === '24/7') return true;
    const known = this.#known;
    if (at < known.from || at >= known.until) {
      const { open, until } = sessionAt(this.calendar, at);
      this.#known = { from: at, until, open };
    }
    return this.#known.open;
  }

  takes({ at }: Tick): boolean {
    return this.hasOpen(at);
  }

  /** What its signals are between ticks, at `at`. */
  rest(_at: number): void {}

  /** Whether its last value still counts at `at`: closed hours do not age it. */
  isKnown({ calendar, staleAfterMs }: Policy, at: number): boolean {
    return this.last !== null && openTime(calendar, this.at, at, staleAfterMs + 1) <= staleAfterMs;
  }

  isStale(policy: Policy, at: number): boolean {
    return !this.isKnown(policy, at);
  }

  /** Where between the last two ticks nothing was seen for longer than that, or its market was closed. */
  gapBefore(staleAfterMs: number): GapBefore | null {
    if (this.before === null || !(this.brokenBefore || this.at - this.beforeAt > staleAfterMs)) return null;
    return { from: this.beforeAt, to: this.at };
  }

  /** Takes the next tick of its hours in and adds the slots of the levels it touches to `touched`. */
  advance(tick: Tick, touched: number[]): void {
    this.ticks = this.manifold === 0 || this.counting.size === 0 ? 0 : this.ticks + 1;
    this.before = this.last;
    this.beforeAt = this.at;
    this.last = tick;
    this.at = this.at > tick.at ? this.at : tick.at;
    this.brokenBefore = this.at >= this.#sessionUntil || (this.lost !== null && this.lost.from < this.at);
    this.lost = null;
    if (this.calendar !== '24/7') {
      const { until } = this.#known;
      this.#sessionUntil = this.before === null ? until : Math.max(this.#sessionUntil, until);
    }
    if (tick.volume !== undefined) this.#volume = tick.volume;
    // Most instruments have alerts in the hours of one calendar only; a signal catches up when it is asked for.
    if (this.#users === 0 && !this.#isSettling) return;
    if (this.#isSettling) {
      this.#bars.settle();
      this.pasts.settle();
    }
    this.#isSettling = false;
    if (!this.#bars.areNone) {
      if (this.#bars.closesAt(this.at)) this.#barCells.settle();
      this.#bars.tick(this.at, tick.price, tick.volume ?? 0);
      this.#barCells.advance(tick.price, tick.volume ?? 0, touched);
    }
    for (const signal of this.#order) {
      if (signal.users === 0) continue;
      signal.before = signal.now;
      signal.now = signal.compute(this.at, tick.price, this.#volume);
      signal.touched(touched);
    }
    this.pasts.remember(this.at);
    if (this.manifold > 0) this.trails.follow(touched);
  }

  /**
   * Whether ticks after the last one change nothing but what was seen last, within a cell that is narrowed to where that
   * holds. What makes each tick count must make it false.
   */
  isCalm(cell: Cell): boolean {
    if (this.calendar !== '24/7') {
      cell.until = Math.min(cell.until, this.#known.until);
      if (!this.#known.open) return true;
    }
    if (this.pending.size > 0 || this.watchesHolds) return false;
    if (this.#users === 0) return true;
    const { users, rising, falling, now } = this.#price;
    if (users < this.#users || !this.trails.areNone || Number.isNaN(now)) return false;
    cell.low = Math.max(cell.low, rising.lastUpTo(now), falling.lastUpTo(now));
    cell.high = Math.min(cell.high, rising.firstAbove(now), falling.firstAbove(now));
    return true;
  }

  /** The source has lost sight since the last tick. */
  isBlind(at: number): boolean {
    return this.lost !== null && this.lost.from < at;
  }

  /** The source saw nothing between these times; what ended before the last tick is of no matter any more. */
  lose(from: number, to: number): void {
    if (!(to > this.at)) return;
    this.lost =
      this.lost === null ? { from, to } : { from: Math.min(this.lost.from, from), to: Math.max(this.lost.to, to) };
  }

  /** The signal of a recipe, computed from now on for one more user. */
  acquire(recipe: Recipe, before: BarsBefore): LiveSignal {
    this.#catchUp();
    this.#users += 1;
    const [first, second] = partsOfRecipe(recipe);
    const of = first === undefined ? null : this.acquire(first, before);
    const and = second === undefined ? null : this.acquire(second, before);
    if (recipe.kind === 'relative' && of !== null) this.pasts.keep(of, recipe.windowMs, this.at);
    let signal = this.signals.get(recipe.key);
    if (signal === undefined) {
      // A new indicator may bring its feed a bar to go on from.
      if (recipe.kind === 'bars') this.#barCells.settle();
      signal = this.#signal(
        recipe.kind === 'bars'
          ? new BarSignal(recipe, this.#bars.acquire(recipe, before, this.at))
          : new LiveSignal(recipe, of, and),
      );
    }
    signal.users += 1;
    return signal;
  }

  /**
   * Takes in prices of before what it remembers, oldest first, for a window of this length. Gives the slots, in order
   * and each once, of the levels on values that are known only now.
   */
  recall(past: PastPrices, windowMs: number): readonly number[] {
    const { last, at } = this;
    if (last === null) return [];
    this.#catchUp();
    const price = this.#price;
    this.pasts.keep(price, windowMs, at);
    const oldestAt = price.history?.oldestAt ?? at;
    const older = past.filter(([pastAt]) => pastAt < oldestAt);
    if (older.length === 0) return [];
    price.history?.prepend(older, price.keepMs);
    const touched: number[] = [];
    for (const signal of this.#order) {
      if (signal.of === null || !Number.isNaN(signal.now)) continue;
      signal.before = Number.NaN;
      signal.now = signal.compute(at, last.price, this.#volume);
      this.pasts.recall(signal, at);
      signal.touched(touched);
    }
    return [...new Set(touched)].sort((one, other) => one - other);
  }

  release(recipe: Recipe): void {
    const signal = this.signals.get(recipe.key) as LiveSignal;
    signal.users -= 1;
    this.#users -= 1;
    this.#isSettling = true;
    if (signal.users === 0 && recipe.kind !== 'price' && recipe.kind !== 'volume') {
      this.signals.delete(recipe.key);
      this.#order = this.#order.filter((other) => other !== signal);
      if (recipe.kind === 'bars') this.#bars.release(recipe);
      if (signal instanceof BarSignal) this.#barCells.remove(signal);
      this.silences = this.silences.filter((other) => other !== signal);
      if (recipe.kind === 'relative' && signal.of !== null) this.pasts.keepFor(signal.of, this.#windowsOn(signal.of));
    }
    for (const part of partsOfRecipe(recipe)) this.release(part);
  }

  signal(recipe: Recipe): LiveSignal {
    if (recipe.key === 'price') return this.#price;
    return this.signals.get(recipe.key) as LiveSignal;
  }

  state(): TapeState {
    const bars = this.#bars.state();
    const trails = this.trails.state();
    const silent = this.silences.flatMap(({ now }) => (now > 0 ? [now] : [])).sort((a, b) => a - b);
    return {
      last: this.last,
      at: orNull(this.at),
      volume: orNull(this.#volume),
      sessionUntil: orNull(this.#sessionUntil),
      lost: this.lost,
      histories: this.pasts.state(),
      ...(bars === undefined ? {} : { bars }),
      ...(trails === undefined ? {} : { trails }),
      ...(silent.length === 0 ? {} : { silent }),
      ...(this.ticks === 0 ? {} : { ticks: this.ticks }),
    };
  }

  /** The state as it was; alerts acquire their signals after. */
  restore(state: TapeState, history: (signal: string, state: HistoryState) => History): void {
    this.last = state.last;
    this.at = state.at ?? Number.NaN;
    this.#volume = state.volume ?? Number.NaN;
    this.#sessionUntil = state.sessionUntil ?? Number.POSITIVE_INFINITY;
    this.lost = state.lost;
    this.#bars.restore(state.bars);
    this.trails = new Trails(state.trails);
    this.wasSilent = state.silent ?? [];
    this.ticks = state.ticks ?? 0;
    this.#isSettling = true;
    if (this.last === null) return;
    this.#catchUp();
    for (const [key, kept] of Object.entries(state.histories)) this.pasts.restore(key, history(key, kept));
  }

  #signal(signal: LiveSignal): LiveSignal {
    if (this.last !== null) signal.now = signal.compute(this.at, this.last.price, this.#volume);
    this.signals.set(signal.recipe.key, signal);
    if (signal instanceof BarSignal) this.#barCells.add(signal);
    else this.#order.push(signal);
    if (signal.recipe.kind === 'silence') this.silences.push(signal);
    return signal;
  }

  /** What a tick does for these two only where an alert uses them. */
  #catchUp(): void {
    if (this.last === null) return;
    this.#price.now = this.last.price;
    this.#volumes.now = this.#volume;
  }

  #windowsOn(signal: LiveSignal): readonly number[] {
    return this.#order.flatMap(({ recipe, of }) =>
      of === signal && recipe.kind === 'relative' ? [recipe.windowMs] : [],
    );
  }
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
