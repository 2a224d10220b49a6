/**
 * What a rule's indicators and windows need of the past, put into its event on the way to the evaluator: so they are
 * known at once, and the engine stays a function of its log. Ticks that the store has by then are in the log before the event.
 */
import type { PriceStore } from '#contracts/store/prices.ts';
import type { BarHistory, OtherInstrument, Past, PastPrices, PutRule, Rule } from '#domain/engine/event.ts';
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
  const { rule, at } = change;
  if (at === undefined) return { change, candles: 0 };
  const own = await pastOfOne({ ...rule, looked: null }, rule, at, prices, given);
  const elsewhere: Record<string, Past> = {};
  let candles = own.candles;
  for (const other of rule.others ?? []) {
    const found = await pastOfOne({ ...other, looked: other.symbol }, rule, at, prices, given);
    if (found.candles > 0) elsewhere[other.symbol] = found.past;
    candles += found.candles;
  }
  const hasOthers = Object.keys(elsewhere).length > 0;
  return { change: { ...change, ...own.past, ...(hasOthers ? { elsewhere } : {}) }, candles };
}

type Prices = Pick<PriceStore, 'candles' | 'at'>;

/** One of the instruments that a rule looks at; `looked` is null for its own. */
interface Looked extends OtherInstrument {
  readonly looked: string | null;
}

async function pastOfOne(
  one: Looked,
  rule: Rule,
  at: number,
  prices: Prices,
  given: Set<string>,
): Promise<{ readonly past: Past; readonly candles: number }> {
  const history = await barsBefore(one, rule, at, prices, given);
  const past = await pricesBefore(one, rule, at, prices, given);
  const candles = Object.values(history).reduce((sum, some) => sum + some.length, 0);
  return {
    past: { ...(candles === 0 ? {} : { history }), ...(past.length === 0 ? {} : { past }) },
    candles: candles + Math.ceil((past.length * MAX_CANDLES_A_RULE) / MAX_PRICES_A_RULE),
  };
}

/** What a rule brings of one of its instruments, so that all of them fit into one message. */
function shareOf(limit: number, { others = [] }: Rule): number {
  return Math.floor(limit / (1 + others.length));
}

async function barsBefore(
  { symbol, calendar, looked }: Looked,
  rule: Rule,
  at: number,
  prices: Prices,
  given: Set<string>,
): Promise<BarHistory> {
  const { session } = rule;
  const bars = new Map<BarSize, number>();
  for (const need of barNeedsOf(rule.condition, () => calendar)) {
    const name = `${symbol} ${session} ${need.key}`;
    if (need.symbol !== looked || given.has(name)) continue;
    given.add(name);
    bars.set(need.size, Math.max(bars.get(need.size) ?? 0, need.bars));
  }
  if (bars.size === 0) return {};
  const limit = Math.floor(shareOf(MAX_CANDLES_A_RULE, rule) / bars.size);
  const history: { [Size in BarSize]?: BarHistory[Size] } = {};
  for (const [size, count] of bars) {
    const { from, intervalMs } = candlesFor(size, { calendar, hours: session }, count, at, limit);
    history[size] = await prices.candles(symbol, from, at + AHEAD_MS, intervalMs, limit);
  }
  return history;
}

async function pricesBefore(
  { symbol, calendar, looked }: Looked,
  rule: Rule,
  at: number,
  prices: Prices,
  given: Set<string>,
): Promise<PastPrices> {
  const { session } = rule;
  const windowMs = priceWindowIn(rule.condition, looked);
  const name = `${symbol} ${session} window ${windowMs}`;
  if (windowMs === 0 || given.has(name)) return [];
  given.add(name);
  const hours = tapeOf({ session, calendar });
  const most = shareOf(MAX_PRICES_A_RULE, rule);
  const { from, intervalMs } = pastFor(windowMs, hours, at, most);
  // Candles of closed hours are among them, and only those of open ones count.
  const limit = Math.ceil((at + AHEAD_MS - from) / intervalMs) + 1;
  // In a quiet market the price at the window's beginning may be from long before it.
  const first = hours === '24/7' ? await prices.at(symbol, from) : undefined;
  const candles = await prices.candles(symbol, from, at + AHEAD_MS, intervalMs, limit);
  const past = pastOf(candles, intervalMs, hours);
  return first === undefined ? past : [[first.at, first.price], ...past];
}
