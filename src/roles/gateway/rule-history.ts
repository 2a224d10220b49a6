/**
 * What a rule's indicators need of the past, put into its event on the way to the evaluator: so they are known at once,
 * and the engine stays a function of its log. Ticks that the store has by then are in the log before the event.
 */
import type { PriceStore } from '#contracts/store/prices.ts';
import type { BarHistory, EngineEvent } from '#domain/engine/event.ts';
import type { BarSize } from '#domain/signal/bar/bar.ts';
import { candlesFor } from '#domain/signal/bar/bar-history.ts';
import { barNeedsOf } from '#domain/signal/bar-needs.ts';

/** Half a megabyte of JSON: a message of Kafka may have one. */
export const MAX_CANDLES_A_RULE = 4000;
/** Prices that are newer than the change, and recorded by now, count too. */
const AHEAD_MS = 3_600_000;

type PutRule = Extract<EngineEvent, { readonly kind: 'put-rule' }>;

/** `given` are the signals whose history has gone out already; those of this rule are added. */
export async function withHistory(
  change: PutRule,
  prices: Pick<PriceStore, 'candles'>,
  given: Set<string>,
): Promise<{ readonly change: PutRule; readonly candles: number }> {
  const { symbol, rule, at } = change;
  const { calendar, session } = rule;
  const bars = new Map<BarSize, number>();
  for (const need of at === undefined ? [] : barNeedsOf(rule.condition, calendar)) {
    const name = `${symbol} ${session} ${need.key}`;
    if (given.has(name)) continue;
    given.add(name);
    bars.set(need.size, Math.max(bars.get(need.size) ?? 0, need.bars));
  }
  if (bars.size === 0 || at === undefined) return { change, candles: 0 };
  const limit = Math.floor(MAX_CANDLES_A_RULE / bars.size);
  const history: { [Size in BarSize]?: BarHistory[Size] } = {};
  let candles = 0;
  for (const [size, count] of bars) {
    const { from, intervalMs } = candlesFor(size, { calendar, hours: session }, count, at, limit);
    const found = await prices.candles(symbol, from, at + AHEAD_MS, intervalMs, limit);
    history[size] = found;
    candles += found.length;
  }
  return { change: candles === 0 ? change : { ...change, history }, candles };
}
