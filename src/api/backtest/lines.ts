/**
 * Runs one back-test over stored candles of a minute and tells it line by line. Reads a page, evaluates a slice, lets
 * everything else have its turn, and goes on: no turn of its own is long, whatever the range.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '#contracts/clock.ts';
import type { PriceHistory } from '#contracts/store/prices.ts';
import { Backtest, type TriedRule } from '#domain/backtest/backtest.ts';
import { type Bars, barsOf } from '#domain/backtest/bars.ts';
import type { Firing } from '#domain/backtest/outcome.ts';
import { reachBackMs } from '#domain/backtest/reach-back.ts';
import type { OtherInstrument } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { type BacktestLine, MAX_LISTED_FIRINGS } from '../contract/backtest.ts';

/** The candles that are read; nothing finer is stored for long. */
export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A page is one read of the embedded store, which is one turn: about 3 ms. It is also the first slice. */
const PAGE_BARS = 250;
/** A slice is halved while it takes longer than a turn may, for conditions that cost much; at least this long. */
const LEAST_SLICE_BARS = 16;
const LONG_TURN_MS = 8;
/** Often enough for a bar on a screen to move smoothly. */
const PROGRESS_EVERY_MS = 100;

export interface Question {
  readonly symbol: InstrumentSymbol;
  readonly canonical: string;
  readonly rule: TriedRule;
  readonly from: number;
  readonly to: number;
}

export async function* backtestLines(
  prices: PriceHistory,
  clock: Clock,
  { symbol, canonical, rule, from: asked, to }: Question,
  isCancelled: () => boolean,
): AsyncGenerator<BacktestLine> {
  const [first] = await prices.candles(symbol, asked, to, MINUTE_MS, 1);
  const from = Math.max(asked, first?.at ?? asked);
  yield { kind: 'started', symbol, canonical, from, to };
  const backtest = new Backtest(rule, { from, intervalMs: MINUTE_MS });
  let listed = 0;
  const list = function* (firings: readonly Firing[]): Generator<BacktestLine> {
    for (const firing of firings) {
      if (listed === MAX_LISTED_FIRINGS) return;
      listed += 1;
      yield { kind: 'firing', firing };
    }
  };
  let slice = PAGE_BARS;
  let toldAt = clock.now();
  const begin = Math.max(0, from - longestReach(rule));
  const progress = (seen: number): BacktestLine => {
    const part = Math.min(1, Math.max(0, (seen - from) / (to - from)));
    return { kind: 'progress', at: seen, part, count: backtest.count };
  };
  /** The first bar of any of its instruments from a moment on; Infinity where there is none. */
  const nextBar = async (from: number): Promise<number> => {
    const found = [symbol, ...(rule.others ?? []).map((other) => other.symbol)].map((one) =>
      prices.candles(one, from, to, MINUTE_MS, 1),
    );
    return Math.min(...(await Promise.all(found)).map(([bar]) => bar?.at ?? Number.POSITIVE_INFINITY));
  };
  for (let at = begin; first !== undefined && rule.others !== undefined; at += PAGE_BARS * MINUTE_MS) {
    // Over a weekend, and before there was anything, there is nothing to read.
    at = await nextBar(at);
    if (at >= to) break;
    const end = Math.min(to, at + PAGE_BARS * MINUTE_MS);
    const page = async (one: InstrumentSymbol) => barsOf(await prices.candles(one, at, end, MINUTE_MS, PAGE_BARS));
    const others: { readonly of: OtherInstrument; readonly bars: Bars }[] = [];
    for (const of of rule.others) {
      others.push({ of, bars: await page(of.symbol) });
      await nextTurn();
      if (isCancelled()) return;
    }
    backtest.advanceTogether(await page(symbol), others);
    yield* list(backtest.takeComplete());
    if (clock.now() - toldAt < PROGRESS_EVERY_MS) continue;
    toldAt = clock.now();
    yield progress(end);
  }
  for (let at = begin; first !== undefined && rule.others === undefined; ) {
    const bars = barsOf(await prices.candles(symbol, at, to, MINUTE_MS, PAGE_BARS));
    for (let done = 0; done < bars.length; ) {
      await nextTurn();
      if (isCancelled()) return;
      const began = clock.now();
      const end = Math.min(bars.length, done + slice);
      backtest.advance(bars, done, end);
      done = end;
      const now = clock.now();
      if (now - began > LONG_TURN_MS) slice = Math.max(LEAST_SLICE_BARS, slice >> 1);
      yield* list(backtest.takeComplete());
      if (now - toldAt < PROGRESS_EVERY_MS) continue;
      toldAt = now;
      yield progress(bars.at[end - 1] as number);
    }
    if (bars.length < PAGE_BARS) break;
    at = (bars.at[bars.length - 1] as number) + MINUTE_MS;
    await nextTurn();
    if (isCancelled()) return;
  }
  const result = backtest.finish();
  yield* list(backtest.takeComplete());
  const days = (result.to - result.from) / DAY_MS;
  const perMonth = days >= 1 ? (30 * result.count) / days : null;
  yield {
    kind: 'done',
    result: { ...result, listed, perMonth, months: [...result.months], outcomes: [...result.outcomes] },
  };
}

/** As far back as any of its instruments needs bars. */
function longestReach({ condition, calendar, others = [] }: TriedRule): number {
  const calendars = [calendar, ...others.map((other) => other.calendar)];
  return Math.max(...calendars.map((one) => reachBackMs(condition, one)));
}
