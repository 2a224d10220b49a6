/**
 * Bars and what is made of them, straight from the text: part of the evaluator by brute force. Every value is computed
 * anew from all ticks since its signal came into use, by the formula as it is written.
 */

import type { Signal } from '#domain/condition/tree.ts';
import type { CalendarId } from '#domain/market/instrument.ts';
import type { BarSize } from '#domain/signal/bar/bar.ts';
import { BAR_MS, BAR_SIZES, type Bar } from '#domain/signal/bar/bar.ts';
import { barSpanAt } from '#domain/signal/bar/bar-span.ts';
import { indicatorEntry } from '#domain/signal/indicator/catalogue.ts';
import { formulaOf } from '#domain/signal/indicator/testing/formulas.ts';

interface Seen {
  readonly at: number;
  readonly price: number;
  readonly volume: number;
}

/** Since which bar a signal is in use; null while no tick has told in which bar that was. */
interface Use {
  readonly size: BarSize;
  from: number | null;
}

/** The bars of one instrument within some hours. */
export class BruteBars {
  readonly #hours: CalendarId;
  readonly #ticks: Seen[] = [];
  readonly #uses = new Map<string, Use>();
  /** Since when bars of a size are made; a bar that had begun before is left out. */
  readonly #sizes = new Map<BarSize, { from: number | null }>();
  /** Whose days they follow: as the first alert said that needed any. */
  #calendar: CalendarId = '24/7';

  constructor(hours: CalendarId) {
    this.#hours = hours;
  }

  /** An alert with these signals is watched from now on. */
  use(signals: readonly Signal[], calendar: CalendarId): void {
    for (const signal of signals) {
      const size = sizeOf(signal);
      if (size === null || this.#uses.has(JSON.stringify(signal))) continue;
      if (this.#sizes.size === 0) this.#calendar = calendar;
      const last = this.#ticks.at(-1);
      const made = this.#sizes.get(size) ?? {
        from: last === undefined ? null : this.#span(size, last.at).until,
      };
      this.#sizes.set(size, made);
      const isMaking = last !== undefined && made.from !== null && last.at >= made.from;
      const from = isMaking ? this.#span(size, last.at).at : made.from;
      this.#uses.set(JSON.stringify(signal), { size, from });
    }
  }

  /** The next tick; `inUse` are the signals of all alerts that are watched. */
  tick(at: number, price: number, volume: number, inUse: readonly Signal[]): void {
    const wanted = new Set(inUse.map((signal) => JSON.stringify(signal)));
    for (const key of this.#uses.keys()) if (!wanted.has(key)) this.#uses.delete(key);
    for (const [size, made] of this.#sizes) {
      const uses = [...this.#uses.values()].filter((use) => use.size === size);
      if (uses.length === 0) this.#sizes.delete(size);
      made.from ??= this.#span(size, at).until;
      for (const use of uses) use.from ??= made.from;
    }
    this.#ticks.push({ at, price, volume });
  }

  value(signal: Signal): number | null {
    const use = this.#uses.get(JSON.stringify(signal));
    if (use === undefined || use.from === null) return null;
    const value = valueOn(signal, this.#bars(use.size, use.from));
    return Number.isNaN(value) ? null : value;
  }

  #bars(size: BarSize, from: number): readonly Bar[] {
    const ticks = this.#ticks.filter(({ at }) => at >= from);
    const bySpan = Map.groupBy(ticks, ({ at }) => this.#span(size, at).at);
    return [...bySpan.values()].map((some) => {
      const prices = some.map(({ price }) => price);
      return {
        ...this.#span(size, (some[0] as Seen).at),
        open: prices[0] as number,
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: prices.at(-1) as number,
        volume: some.reduce((sum, { volume }) => sum + volume, 0),
        trades: some.length,
      };
    });
  }

  #span(size: BarSize, at: number) {
    const calendar = this.#calendar;
    return barSpanAt(size, { calendar, hours: calendar === this.#hours ? 'regular' : 'all' }, at);
  }
}

/** The size of the bars a signal is made of; null for one that is not. */
function sizeOf(signal: Signal): BarSize | null {
  switch (signal.kind) {
    case 'day':
      return '1d';
    case 'bar-volume':
    case 'indicator':
      return BAR_SIZES.find((size) => BAR_MS[size] === signal.barMs) as BarSize;
    case 'average':
      return sizeOf(signal.of);
    case 'extreme':
      // A minute is a fiftieth of what is below an hour-long window, and so on.
      if (signal.windowMs === null || signal.windowMs >= 50 * BAR_MS['1d']) return '1d';
      return signal.windowMs >= 50 * BAR_MS['1h'] ? '1h' : signal.windowMs >= 50 * BAR_MS['5m'] ? '5m' : '1m';
    default:
      return null;
  }
}

/** On bars of which the last one is still being made. */
function valueOn(signal: Signal, bars: readonly Bar[]): number {
  const last = bars.at(-1);
  if (last === undefined) return Number.NaN;
  switch (signal.kind) {
    case 'bar-volume':
      return last.volume;
    case 'day': {
      if (signal.of === 'open') return last.open;
      const before = bars.at(-2)?.close ?? Number.NaN;
      return signal.of === 'gap' ? 100 * (last.open / before - 1) : before;
    }
    case 'average': {
      const values = bars.map((_, index) => valueOn(signal.of, bars.slice(0, index + 1))).slice(-signal.count);
      return values.length < signal.count ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / signal.count;
    }
    case 'extreme': {
      const since = last.until - (signal.windowMs ?? Number.POSITIVE_INFINITY);
      if (signal.windowMs !== null && (bars[0] as Bar).at > since) return Number.NaN;
      const some = bars.filter(({ until }) => until > since);
      return signal.of === 'high' ? Math.max(...some.map(({ high }) => high)) : Math.min(...some.map(({ low }) => low));
    }
    case 'indicator':
      return formulaOf(signal.name, signal.parameters, signal.output ?? firstOutput(signal.name))(bars);
    default:
      throw new Error(`${signal.kind} is not made of bars`);
  }
}

function firstOutput(name: string): string {
  return indicatorEntry(name)?.outputs[0].name ?? '';
}

export function isOfBars(signal: Signal): boolean {
  return sizeOf(signal) !== null;
}
