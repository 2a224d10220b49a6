/**
 * A back-test: the evaluation engine itself over bars of the past, for one condition with its policy. It says when the
 * alert would have fired, at what price, how often, and what the price did after. It is fed in portions of any size, so
 * that whoever feeds it can pause; the result does not depend on the portions.
 *
 * Bars before `from` fill the windows of the condition; the alert is armed at `from`. A bar becomes four ticks the way
 * `market/bar-path` says, so a replay of the same bars fires at the same ticks. Within a bar nothing finer is known.
 */
import type { AlertId } from '../alert/alert.ts';
import { Engine } from '../engine/engine.ts';
import type { Effect, OtherInstrument, Rule } from '../engine/event.ts';
import { type BarSpan, barSpan, priceInBar, STALE_AFTER_BARS, TICKS_A_BAR, timeInBar } from '../market/bar-path.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import type { Bars } from './bars.ts';
import { countsByMonth, type MonthCount } from './months.ts';
import { type Firing, HORIZONS_MS, type OutcomeSummary, Outcomes } from './outcome.ts';

/** The alert to try; what identifies it does not matter. */
export type TriedRule = Omit<Rule, 'alertId' | 'version' | 'paused' | 'symbol'>;

export interface BacktestOptions {
  /** The alert is armed here; earlier bars only fill windows. */
  readonly from: number;
  readonly intervalMs: number;
}

export interface BacktestResult {
  /** From the arming, or the first bar where it is later, to the end of the last bar; equal where there was none. */
  readonly from: number;
  readonly to: number;
  /** Bars from `from` on. */
  readonly bars: number;
  readonly count: number;
  /** Each month of the range in UTC, those without a firing too. */
  readonly months: readonly MonthCount[];
  readonly outcomes: readonly OutcomeSummary[];
}

const TRIED = 'tried' as AlertId;
/** Paused, it fires nothing and keeps the signals of the condition going. */
const WARM_UP = 'warm-up' as AlertId;
const SYMBOL = 'BACKTEST' as InstrumentSymbol;
const SOURCE = 'bars';

/** A bar of another instrument, or of its own (null). */
interface OneBar {
  readonly of: OtherInstrument | null;
  readonly bars: Bars;
  readonly index: number;
}

export class Backtest {
  readonly #rule: TriedRule;
  readonly #from: number;
  readonly #intervalMs: number;
  readonly #engine = new Engine();
  readonly #outcomes = new Outcomes();
  readonly #effects: Effect[] = [];
  readonly #months = new Map<number, number>();
  #complete: Firing[] = [];
  #isArmed = false;
  #count = 0;
  #bars = 0;
  #firstAt = Number.NaN;
  #end = Number.NaN;
  #price = Number.NaN;
  #at = Number.NaN;

  constructor(rule: TriedRule, { from, intervalMs }: BacktestOptions) {
    const withBars = <T extends { readonly staleAfterMs: number }>(one: T): T => {
      return { ...one, staleAfterMs: Math.max(one.staleAfterMs, intervalMs * STALE_AFTER_BARS) };
    };
    this.#rule = withBars(rule.others === undefined ? rule : { ...rule, others: rule.others.map(withBars) });
    this.#from = from;
    this.#intervalMs = intervalMs;
    this.#put(WARM_UP, true);
  }

  /** How often it has fired so far. */
  get count(): number {
    return this.#count;
  }

  /** Takes in the bars from `start` to before `end`; all later than those before. */
  advance(bars: Bars, start = 0, end = bars.length): void {
    for (let index = start; index < end; index += 1) this.#minute([{ of: null, bars, index }]);
  }

  /** Takes in the bars of all its instruments within a stretch of time that is later than those before. */
  advanceTogether(own: Bars, others: readonly { readonly of: OtherInstrument; readonly bars: Bars }[]): void {
    // Its own last: at one moment the others are known by then.
    const all = [...others, { of: null, bars: own }].map((one) => ({ ...one, index: 0 }));
    for (;;) {
      const at = Math.min(...all.map(({ bars, index }) => bars.at[index] ?? Number.POSITIVE_INFINITY));
      if (!Number.isFinite(at)) return;
      const now = all.filter(({ bars, index }) => bars.at[index] === at);
      this.#minute(now);
      for (const one of now) one.index += 1;
    }
  }

  /** Firings of which all is known that will be, oldest first, each given once. */
  takeComplete(): readonly Firing[] {
    const complete = this.#complete;
    this.#complete = [];
    return complete;
  }

  /** There are no more bars. What was still waited for is complete now. */
  finish(): BacktestResult {
    if (!this.#isArmed) this.#arm(this.#from);
    if (!Number.isNaN(this.#at)) {
      this.#settle(this.#at + 1);
      this.#engine.apply({ kind: 'clock', at: this.#end }, this.#effects);
      this.#collect();
    }
    for (const firing of this.#outcomes.end()) this.#complete.push(firing);
    const hasBars = this.#bars > 0;
    const from = hasBars ? Math.max(this.#from, this.#firstAt) : this.#from;
    const to = hasBars ? this.#end : from;
    return {
      ...{ from, to, bars: this.#bars, count: this.#count },
      months: countsByMonth(this.#months, from, to),
      outcomes: this.#outcomes.summary(),
    };
  }

  /** Bars that begin at one moment: what is open first is told first. */
  #minute(all: readonly OneBar[]): void {
    const [first] = all;
    const at = first?.bars.at[first.index];
    if (at === undefined) return;
    const spans = all.map(({ of }) => barSpan(of?.calendar ?? this.#rule.calendar, at, this.#intervalMs));
    if (!this.#isArmed && spans.some(({ from }) => from >= this.#from)) this.#arm(at);
    this.#end = at + this.#intervalMs;
    if (this.#isArmed && all.some(({ of }) => of === null)) this.#bars += 1;
    for (let place = 0; place < TICKS_A_BAR; place += 1)
      for (const [index, one] of all.entries()) this.#tick(one, place, timeInBar(place, spans[index] as BarSpan));
  }

  #tick({ of, bars, index }: OneBar, place: number, at: number): void {
    const { open, high, low, close, volume } = bars;
    const price = priceInBar(
      place,
      open[index] as number,
      high[index] as number,
      low[index] as number,
      close[index] as number,
    );
    const traded = volume[index] as number;
    if (of === null && at > this.#outcomes.nextDue) this.#settle(at);
    const tick = { symbol: of?.symbol ?? SYMBOL, price, at, receivedAt: at, source: SOURCE };
    this.#engine.apply(
      { kind: 'tick', tick: place === TICKS_A_BAR - 1 && !Number.isNaN(traded) ? { ...tick, volume: traded } : tick },
      this.#effects,
    );
    if (of === null) {
      this.#price = price;
      this.#at = at;
    }
    if (this.#effects.length > 0) this.#collect();
  }

  #arm(firstAt: number): void {
    this.#isArmed = true;
    this.#firstAt = firstAt;
    // Only where something came before: an alert armed before the first tick has that tick for its beginning.
    if (!Number.isNaN(this.#at)) this.#engine.apply({ kind: 'clock', at: this.#from }, this.#effects);
    this.#put(TRIED, false);
    this.#collect();
  }

  #put(alertId: AlertId, paused: boolean): void {
    const rule: Rule = { ...this.#rule, alertId, version: 1, symbol: SYMBOL, paused };
    this.#engine.apply({ kind: 'put-rule', symbol: SYMBOL, rule, at: this.#from }, this.#effects);
  }

  #collect(): void {
    for (const effect of this.#effects) {
      if (effect.kind !== 'trigger' || effect.trigger.alertId !== TRIED) continue;
      const { firedAt, before, after, gap } = effect.trigger;
      this.#count += 1;
      const { price } = after;
      this.#outcomes.add({ firedAt, price, before: before?.price ?? null, gap, after: HORIZONS_MS.map(() => null) });
      const date = new Date(firedAt);
      const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
      this.#months.set(month, (this.#months.get(month) ?? 0) + 1);
    }
    this.#effects.length = 0;
  }

  #settle(until: number): void {
    for (const firing of this.#outcomes.settle(until, this.#price, this.#at)) this.#complete.push(firing);
  }
}
