/**
 * Alerts and ticks for the benchmarks, the same for every contestant: crossings of a price on 500 symbols, each on its
 * own level 2 to 40 % away from 100; ticks of all symbols in turn, a millisecond apart.
 */
import { randomUUID } from 'node:crypto';
import type { AlertId } from '#domain/alert/alert.ts';
import type { EngineEvent, Rule } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Random } from '../test/support/random.ts';

export const START = Date.UTC(2024, 0, 2, 15);
export const SYMBOLS = symbolsOf(500);

export interface Level {
  readonly symbol: number;
  readonly up: boolean;
  readonly level: number;
}

/** Prices by symbol, in turn: tick n is of symbol n % symbols. */
export interface Walk {
  readonly symbols: readonly InstrumentSymbol[];
  readonly prices: Float64Array;
}

export function symbolsOf(count: number): readonly InstrumentSymbol[] {
  return Array.from({ length: count }, (_, index) => `SYM${index}` as InstrumentSymbol);
}

/** On the side it would be crossed from, to a ten-thousandth. */
export function levelOf(random: Random, symbol: number, near = 0.02): Level {
  const up = random.chance(0.5);
  const away = near + random.next() * (0.4 - near);
  return { symbol, up, level: Math.round(100 * (up ? 1 + away : 1 - away) * 10_000) / 10_000 };
}

export function ruleOf(symbol: InstrumentSymbol, { up, level }: Level, cooldownMs = 3_600_000): Rule {
  return {
    // One flat string, as it comes out of JSON.
    alertId: Buffer.from(randomUUID()).toString('latin1') as AlertId,
    version: 1,
    symbol,
    condition: {
      kind: 'cross',
      signal: { kind: 'price' },
      direction: up ? 'above' : 'below',
      to: { kind: 'number', value: level, unit: 'amount' },
    },
    paused: false,
    calendar: '24/7',
    staleAfterMs: 60_000,
    frequency: 'repeat',
    cooldownMs,
    expiresAt: null,
    session: 'regular',
    gap: 'fire',
  };
}

export function put(rule: Rule): EngineEvent {
  return { kind: 'put-rule', symbol: rule.symbol, rule };
}

/** Prices in hundredths that walk quietly within 1 % of 100, then wildly within 40 % by up to half of `wildStride` a tick. */
export function walk(
  random: Random,
  symbols: readonly InstrumentSymbol[],
  quiet: number,
  wild: number,
  wildStride = 0.4,
): Walk {
  const prices = new Float64Array(quiet + wild);
  for (let index = 0; index < prices.length; index += 1) {
    const before = index < symbols.length ? 100 : (prices[index - symbols.length] as number);
    const [swing, stride] = index < quiet ? [1, 0.04] : [40, wildStride];
    const next = Math.min(100 + swing, Math.max(100 - swing, before + (random.next() - 0.5) * stride));
    prices[index] = Math.round(next * 100) / 100;
  }
  return { symbols, prices };
}

/** The ticks from one to another of the walk. */
export function ticksOf({ symbols, prices }: Walk, from: number, to: number): EngineEvent[] {
  return Array.from({ length: to - from }, (_, offset) => {
    const index = from + offset;
    const at = START + index;
    const symbol = symbols[index % symbols.length] as InstrumentSymbol;
    return {
      kind: 'tick',
      tick: { symbol, price: prices[index] as number, volume: 1, at, receivedAt: at, source: 'b' },
    };
  });
}

/** Chunks of a checkpoint as the store takes them. */
export function textsOf(chunks: ReadonlyMap<string, unknown>): Map<string, string> {
  return new Map([...chunks].map(([key, chunk]) => [key, JSON.stringify(chunk)]));
}
