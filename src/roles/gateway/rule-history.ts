/**
 * What a rule's indicators and windows need of the past, put into its event on the way to the evaluator: so they are
 * known at once, and the engine stays a function of its log. Ticks that the store has by then are in the log before the event.
 */
import type { PriceStore } from '#contracts/store/prices.ts';
import type { BarHistory, PastPrices, PutRule } from '#domain/engine/event.ts';
import { tapeOf } from '#domain/engine/policy.ts';
import type { BarSize } from '#domain/signal/bar/bar.ts';
import { candlesFor } from '#domain/signal/bar/bar-history.ts';
import { barNeedsOf } from '#domain/signal/bar-needs.ts';
import { pastFor, pastOf, priceWindowIn } from '#domain/signal/past-needs.ts';

/** Half a megabyte of JSON: a message of Kafka may have one. */
export const MAX_CANDLES_A_RULE = 4000;
/** The same of prices, which are shorter. */
export const MAX_PRICES_A_RULE = 16_000;
/** Prices that are newer than the change, and recorded by now, count too. */
const AHEAD_MS = 3_600_000;

/** `given` are the signals whose history has gone out already; those of this rule are added. */
export async function withHistory(
  change: PutRule,
  prices: Prices,
  given: Set<string>,
): Promise<{ readonly change: PutRule; readonly candles: number }> {
  const bars = await barsBefore(change, prices, given);
  const past = await pricesBefore(change, prices, given);
  const candles = Object.values(bars).reduce((sum, some) => sum + some.length, 0);
  return {
    change: {
      ...change,
      ...(candles === 0 ? {} : { history: bars }),
      ...(past.length === 0 ? {} : { past }),
    },
    candles: candles + Math.ceil((past.length * MAX_CANDLES_A_RULE) / MAX_PRICES_A_RULE),
  };
}

type Prices = Pick<PriceStore, 'candles' | 'at'>;

async function barsBefore({ symbol, rule, at }: PutRule, prices: Prices, given: Set<string>): Promise<BarHistory> {
  const { calendar, session } = rule;
  const bars = new Map<BarSize, number>();
  for (const need of at === undefined ? [] : barNeedsOf(rule.condition, calendar)) {
    const name = `${symbol} ${session} ${need.key}`;
    if (given.has(name)) continue;
    given.add(name);
    bars.set(need.size, Math.max(bars.get(need.size) ?? 0, need.bars));
  }
  if (bars.size === 0 || at === undefined) return {};
  const limit = Math.floor(MAX_CANDLES_A_RULE / bars.size);
  const history: { [Size in BarSize]?: BarHistory[Size] } = {};
  for (const [size, count] of bars) {
    const { from, intervalMs } = candlesFor(size, { calendar, hours: session }, count, at, limit);
    history[size] = await prices.candles(symbol, from, at + AHEAD_MS, intervalMs, limit);
  }
  return history;
}

async function pricesBefore({ symbol, rule, at }: PutRule, prices: Prices, given: Set<string>): Promise<PastPrices> {
  const windowMs = at === undefined ? 0 : priceWindowIn(rule.condition);
  const name = `${symbol} ${rule.session} window ${windowMs}`;
  if (at === undefined || windowMs === 0 || given.has(name)) return [];
  given.add(name);
  const hours = tapeOf(rule);
  const { from, intervalMs } = pastFor(windowMs, hours, at, MAX_PRICES_A_RULE);
  const limit = MAX_PRICES_A_RULE + Math.ceil(AHEAD_MS / intervalMs) + 1;
  // In a quiet market the price at the window's beginning may be from long before it.
  const first = hours === '24/7' ? await prices.at(symbol, from) : undefined;
  const candles = await prices.candles(symbol, from, at + AHEAD_MS, intervalMs, limit);
  const past = pastOf(candles, intervalMs, hours);
  return first === undefined ? past : [[first.at, first.price], ...past];
}
