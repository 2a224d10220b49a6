/**
 * The chance that the price touches a condition's level within a week, from how it has moved of late by stored candles.
 */
import type { Clock } from '#contracts/clock.ts';
import type { PriceHistory } from '#contracts/store/prices.ts';
import { chanceOfTouching, type Movement, realisedMovement } from '#domain/backtest/touch.ts';
import { touchLevel } from '#domain/backtest/touch-level.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { TouchView } from '../contract/condition.ts';

const DAY_MS = 86_400_000;
const WITHIN_MS = 7 * DAY_MS;
/** How a price has moved changes slowly; someone who types asks again and again. */
const FRESH_MS = 60_000;
/** Instruments remembered; the one asked for longest ago is read again. */
const MAX_REMEMBERED = 1000;
/**
 * A month of hours, else a day of five minutes. Closer prices would count the spread between buyers and sellers as
 * movement.
 */
const LOOKS = [
  { spanMs: 30 * DAY_MS, intervalMs: 3_600_000 },
  { spanMs: DAY_MS, intervalMs: 300_000 },
] as const;

interface Remembered {
  readonly at: number;
  readonly movement: Promise<Movement | undefined>;
}

export class TouchDesk {
  readonly #remembered = new Map<InstrumentSymbol, Remembered>();

  /** Null where the condition has no single level ahead, or too little history says how the price moves. */
  async touch(prices: PriceHistory, clock: Clock, condition: Condition, tick: Tick): Promise<TouchView | null> {
    const level = touchLevel(condition, tick.price);
    if (level === undefined) return null;
    const movement = await this.#movement(prices, clock.now(), tick);
    if (movement === undefined) return null;
    const chance = chanceOfTouching(tick.price, level, movement.variance, WITHIN_MS);
    return Number.isNaN(chance) ? null : { level, withinMs: WITHIN_MS, chance, basisMs: movement.overMs };
  }

  #movement(prices: PriceHistory, now: number, { symbol, at }: Tick): Promise<Movement | undefined> {
    const known = this.#remembered.get(symbol);
    if (known !== undefined && now - known.at < FRESH_MS) return known.movement;
    const movement = movementOf(prices, symbol, at);
    // A failed read is not remembered.
    movement.catch(() => this.#remembered.delete(symbol));
    this.#remembered.delete(symbol);
    this.#remembered.set(symbol, { at: now, movement });
    if (this.#remembered.size > MAX_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value as InstrumentSymbol);
    return movement;
  }
}

async function movementOf(prices: PriceHistory, symbol: InstrumentSymbol, at: number): Promise<Movement | undefined> {
  for (const { spanMs, intervalMs } of LOOKS) {
    const candles = await prices.candles(symbol, Math.max(0, at - spanMs), at, intervalMs, spanMs / intervalMs + 1);
    const movement = realisedMovement(
      candles.map((candle) => candle.at),
      candles.map(({ close }) => close),
    );
    if (movement !== undefined) return movement;
  }
  return undefined;
}
