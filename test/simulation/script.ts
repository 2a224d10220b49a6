/**
 * What happens in one simulated run, drawn from a seed: prices of a few instruments, what users do to their alerts and
 * when, how the far ends behave. The same seed gives the same script, whatever the program does with it.
 */
import { partitionOfKey } from '#contracts/partition-of-key.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Random } from '../support/random.ts';

export const START_AT = Date.UTC(2026, 0, 5, 12);
export const SOURCE = 'script';
/** Of the logs. */
export const PARTITIONS = { 'stock-prices': 2, alerts: 1 } as const;
const TICKS = 160;
const ALERTS = 14;
/** Of these, the first so many watch the user's watchlist. */
const OVER_LIST = 4;
/** Changes of the list. */
const LIST_EDITS = 6;
const STALE_AFTER_MS = 10_000;

export const INSTRUMENTS: readonly Instrument[] = ['SIM-ASH', 'SIM-ELM', 'SIM-YEW'].map((symbol) => ({
  symbol: symbol as InstrumentSymbol,
  name: symbol,
  kind: 'custom',
  currency: 'USD',
  calendar: '24/7',
  aliases: [],
  providers: {},
  decimals: 2,
  staleAfterMs: STALE_AFTER_MS,
  blindAfterMs: 3 * STALE_AFTER_MS,
  ownerId: null,
}));

export interface AlertWish {
  /** Null for an alert over the watchlist. */
  readonly symbol: InstrumentSymbol | null;
  readonly condition: string;
  readonly frequency: 'once' | 'repeat';
  readonly cooldownMs: number;
  readonly gap: 'fire' | 'skip';
  /** After the start; null for never. */
  readonly expiresAfterMs: number | null;
}

/** The user's one list, and the place of its versions among those of the alerts. */
export const LIST = -1;
export const FIRST_MEMBERS = INSTRUMENTS.slice(0, 2).map(({ symbol }) => symbol);

/** What a user does before the tick of this number is there. `alert` counts the alerts in the order of their making. */
export type Deed = { readonly beforeTick: number; readonly alert: number } & (
  | { readonly kind: 'create'; readonly wish: AlertWish }
  | { readonly kind: 'pause' | 'resume' | 'remove' }
  | { readonly kind: 'edit'; readonly condition: string }
  | { readonly kind: 'list'; readonly symbols: readonly InstrumentSymbol[] }
);

export interface Script {
  readonly ticks: readonly Tick[];
  readonly deeds: readonly Deed[];
  /** What the far end does with the n-th call it gets: takes it, fails, or takes it and hangs up. */
  farEnd(call: number): 'accept' | 'fail' | 'lose-answer';
}

/** The other instruments that the same evaluator sees. */
function together(symbol: InstrumentSymbol): readonly InstrumentSymbol[] {
  const place = (one: string): number => partitionOfKey(one, PARTITIONS['stock-prices']);
  return INSTRUMENTS.map((one) => one.symbol).filter((one) => one !== symbol && place(one) === place(symbol));
}

/** Over a list (`symbol` null) no condition looks at another instrument. */
function condition(random: Random, at: number, symbol: InstrumentSymbol | null): string {
  const besides = (symbol === null ? [] : together(symbol)).flatMap((other) => [
    `price > ${(at - 1).toFixed(2)} and price(${other}) > ${(100 + random.whole(0, 400) / 4).toFixed(2)}`,
    `price(${other}) moves 0.5% in 20s`,
    `price - price(${other}) moves 0.5 in 30s`,
    `price / price(${other}) crosses ${(0.5 + random.whole(0, 150) / 100).toFixed(2)}`,
    `price - price(${other}) crosses ${random.whole(-52, 52)}`,
    `price - price(${other}) > ${random.pick([-50, 0, 50]) + random.whole(-3, 3)} for ${random.whole(2, 4)} ticks`,
    `price - price(${other}) crosses ${random.pick([-50, 0, 50])} then price > ${at.toFixed(2)} within 2m`,
  ]);
  const level = (at + random.whole(-12, 12) / 4).toFixed(2);
  const band = `${(at - random.whole(1, 6) / 4).toFixed(2)}..${(at + random.whole(1, 6) / 4).toFixed(2)}`;
  return random.pick([
    `price crosses ${level}`,
    `price crosses above ${level}`,
    `price crosses below ${level}`,
    `price > ${level}`,
    `price <= ${level}`,
    `price enters ${band}`,
    `price leaves ${band}`,
    `abs(change(20s)) >= 0.4%`,
    `price moves 0.5% in 30s`,
    `price falls 0.75 in 1m`,
    `price - ${at.toFixed(2)} moves 0.5 in 20s`,
    `price crosses ${level} and volume >= 3`,
    ...besides,
    `price > ${level} or change(30s) <= -0.5%`,
    `price crosses ${level} for ${random.whole(2, 20)}s`,
    `price > ${level} for ${random.whole(2, 4)} ticks`,
    `price crosses ${level} at close of 1m`,
    `price crosses ${level} then abs(change(20s)) >= 0.2% within ${random.whole(1, 3)}m`,
  ]);
}

export function makeScript(seed: number): Script {
  const random = new Random(seed);
  const prices = new Map(INSTRUMENTS.map(({ symbol }, index) => [symbol, 100 + 50 * index]));
  const sequences = new Map<string, number>();
  let at = START_AT;
  const ticks = Array.from({ length: TICKS }, (): Tick => {
    const { symbol } = random.pick(INSTRUMENTS);
    // Now and then a silence that is a gap, and a jump over it.
    const silent = random.chance(0.04);
    at += silent ? STALE_AFTER_MS + random.whole(1, 5_000) : random.whole(50, 2_000);
    const step = random.whole(-4, 4) / (silent ? 1 : 4);
    const price = (prices.get(symbol) as number) + step;
    prices.set(symbol, price);
    const sequence = (sequences.get(symbol) ?? 0) + random.whole(1, 2);
    sequences.set(symbol, sequence);
    return { symbol, price, volume: random.whole(1, 5), at, receivedAt: at + 20, source: SOURCE, sequence };
  });

  const deeds: Deed[] = [];
  for (let alert = 0; alert < ALERTS; alert += 1) {
    const { symbol } = random.pick(INSTRUMENTS);
    const madeBefore = random.chance(0.5) ? 0 : random.whole(0, TICKS >> 1);
    const near = ticks.find((tick, index) => index >= madeBefore && tick.symbol === symbol)?.price ?? 100;
    const wish: AlertWish = {
      symbol: alert < OVER_LIST ? null : symbol,
      condition: condition(random, near, alert < OVER_LIST ? null : symbol),
      frequency: random.chance(0.75) ? 'repeat' : 'once',
      cooldownMs: random.pick([0, 0, 5_000, 30_000]),
      gap: random.chance(0.8) ? 'fire' : 'skip',
      expiresAfterMs: random.chance(0.2) ? random.whole(20_000, 150_000) : null,
    };
    deeds.push({ beforeTick: madeBefore, alert, kind: 'create', wish });
    for (let then = madeBefore + random.whole(10, 60); then < TICKS; then += random.whole(10, 60)) {
      const kind = random.pick(['pause', 'resume', 'edit', 'remove', 'nothing', 'nothing'] as const);
      if (kind === 'nothing') continue;
      if (kind === 'edit')
        deeds.push({ beforeTick: then, alert, kind, condition: condition(random, near, wish.symbol) });
      else deeds.push({ beforeTick: then, alert, kind });
      if (kind === 'remove') break;
    }
  }
  for (let edit = 0; edit < LIST_EDITS; edit += 1) {
    const symbols = INSTRUMENTS.map(({ symbol }) => symbol).filter(() => random.chance(0.6));
    deeds.push({ beforeTick: random.whole(5, TICKS - 5), alert: LIST, kind: 'list', symbols });
  }
  deeds.sort((a, b) => a.beforeTick - b.beforeTick);
  const moods = Array.from({ length: 97 }, () =>
    random.chance(0.75) ? 'accept' : random.chance(0.5) ? 'fail' : 'lose-answer',
  );
  return { ticks, deeds, farEnd: (call) => moods[call % moods.length] as 'accept' };
}
