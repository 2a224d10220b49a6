/**
 * The bars of one tape and the indicators on them, each once however many alerts use it. An indicator that nobody uses
 * any more stays until the next tick, so that an edited alert goes on with what it had.
 */
import type { CalendarId } from '../market/instrument.ts';
import type { BarSize } from '../signal/bar/bar.ts';
import type { BarHours } from '../signal/bar/bar-span.ts';
import { BarFeed, type BarFeedState } from '../signal/bar-feed.ts';
import type { BarRecipe } from '../signal/bar-recipe.ts';
import type { Indicator, IndicatorState } from '../signal/indicator/indicator.ts';
import type { LiveSignal } from '../signal/live-signal.ts';
import type { BarHistory, PutRule } from './event.ts';

/** Feeds by size, indicators by key. */
export interface TapeBarsState {
  /** Whose days the bars follow: the instrument's calendar, as the first rule that needed bars had it. */
  readonly calendar: CalendarId;
  readonly feeds: Readonly<Record<string, BarFeedState>>;
  readonly indicators: Readonly<Record<string, IndicatorState>>;
}

/** What a signal needs beyond its recipe when it is new: whose days its bars follow, and what was traded before. */
export interface BarsBefore {
  readonly calendar: CalendarId;
  readonly history: BarHistory;
  /** The same of other instruments, by symbol. */
  readonly others?: Readonly<Record<string, BarHistory>>;
}

const NO_HISTORY: BarHistory = {};

export function barsBefore({ rule, history = NO_HISTORY, elsewhere }: PutRule): BarsBefore {
  const { calendar } = rule;
  if (elsewhere === undefined) return { calendar, history };
  const others = Object.entries(elsewhere).map(([symbol, past]) => [symbol, past.history ?? NO_HISTORY]);
  return { calendar, history, others: Object.fromEntries(others) };
}

export class TapeBars {
  /** The calendar of the tape: `24/7` for all hours. */
  readonly #tape: CalendarId;
  #calendar: CalendarId | null = null;
  readonly #feeds = new Map<BarSize, BarFeed>();
  /** The same, for ticks. */
  #all: readonly BarFeed[] = [];
  readonly #indicators = new Map<string, { readonly size: BarSize; readonly indicator: Indicator }>();
  readonly #idle = new Set<string>();
  /** Of a checkpoint, until alerts have taken up their signals again. */
  #kept: TapeBarsState | null = null;

  constructor(calendar: CalendarId) {
    this.#tape = calendar;
  }

  get areNone(): boolean {
    return this.#all.length === 0;
  }

  /** Whether a tick at `at` closes a bar. */
  closesAt(at: number): boolean {
    for (const feed of this.#all) if (feed.closesAt(at)) return true;
    return false;
  }

  tick(at: number, price: number, volume: number): void {
    for (const feed of this.#all) feed.tick(at, price, volume);
  }

  /** The indicator of a signal: as it runs, as a checkpoint had it, or at its beginning. `at` is the last tick's time. */
  acquire({ key, size, make }: BarRecipe, before: BarsBefore, at: number): NonNullable<LiveSignal['bars']> {
    this.#idle.delete(key);
    this.#calendar ??= before.calendar;
    const calendar = this.#calendar;
    const hours: BarHours = { calendar, hours: this.#tape === calendar ? 'regular' : 'all' };
    const keptFeed = this.#kept?.feeds[size];
    let feed = this.#feeds.get(size);
    if (feed === undefined) {
      feed = keptFeed === undefined ? new BarFeed(size, hours, at) : BarFeed.restore(size, hours, keptFeed);
      this.#feeds.set(size, feed);
      this.#all = [...this.#feeds.values()];
    }
    const running = this.#indicators.get(key)?.indicator;
    if (running !== undefined) return { feed, indicator: running };
    const indicator = make(calendar);
    const kept = this.#kept?.indicators[key];
    if (kept === undefined) feed.add(key, indicator, before.history[size] ?? []);
    else {
      indicator.restore(kept);
      feed.put(key, indicator);
    }
    this.#indicators.set(key, { size, indicator });
    return { feed, indicator };
  }

  release({ key }: BarRecipe): void {
    this.#idle.add(key);
  }

  /** What is idle, or was kept and not taken up, is gone for good. */
  settle(): void {
    this.#kept = null;
    for (const key of this.#idle) {
      const found = this.#indicators.get(key);
      this.#indicators.delete(key);
      if (found !== undefined) this.#feeds.get(found.size)?.remove(key);
    }
    this.#idle.clear();
    for (const [size, feed] of this.#feeds) if (feed.isIdle) this.#feeds.delete(size);
    this.#all = [...this.#feeds.values()];
    if (this.areNone) this.#calendar = null;
  }

  /** Undefined where there is nothing. */
  state(): TapeBarsState | undefined {
    if (this.#calendar === null) return undefined;
    const indicators: Record<string, IndicatorState> = { ...this.#kept?.indicators };
    for (const [key, { indicator }] of this.#indicators) indicators[key] = indicator.state();
    const feeds: Record<string, BarFeedState> = { ...this.#kept?.feeds };
    for (const [size, feed] of this.#feeds) feeds[size] = feed.state();
    return { calendar: this.#calendar, feeds, indicators };
  }

  restore(state: TapeBarsState | undefined): void {
    this.#kept = state ?? null;
    this.#calendar = state?.calendar ?? null;
  }
}
