/** A back-test over several instruments reads what there is of all of them, and nothing where there is nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#contracts/clock.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import type { TriedRule } from '#domain/backtest/backtest.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import type { Candle } from '#domain/market/candle.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { BacktestLine } from '../contract/backtest.ts';
import { backtestLines, MINUTE_MS } from './lines.ts';

const [OWN, OTHER] = ['OWN', 'OTHER'] as unknown as readonly [InstrumentSymbol, InstrumentSymbol];
const START = Date.UTC(2024, 0, 5);
const DAY_MS = 86_400_000;

const bar = (at: number, price: number): Candle => ({
  ...{ at, open: price, high: price, low: price, close: price },
  ...{ volume: 1, trades: 1 },
});

test('all there ever was of another instrument is read, without reading through the years before', async () => {
  // The other one begins a year earlier; then both pause for a month.
  const series = new Map<string, Candle[]>([
    [OWN, [bar(START, 100), bar(START + 30 * DAY_MS, 130), bar(START + 30 * DAY_MS + MINUTE_MS, 90)]],
    [
      OTHER,
      [...[365, 364].map((days) => bar(START - days * DAY_MS, 120)), bar(START, 80), bar(START + 30 * DAY_MS, 80)],
    ],
  ]);
  let reads = 0;
  const prices = {
    async candles(symbol: string, from: number, to: number, _: number, limit: number): Promise<readonly Candle[]> {
      reads += 1;
      const there = series.get(symbol) ?? [];
      return there.filter(({ at }) => at >= from && at < to).slice(0, limit);
    },
  } as Partial<PriceStore> as PriceStore;
  const compiled = compileCondition('price > high(OTHER, all)');
  assert.ok(compiled.ok);
  const hours = { calendar: '24/7', staleAfterMs: MINUTE_MS } as const;
  const rule: TriedRule = {
    ...{ condition: compiled.condition, ...hours, others: [{ symbol: OTHER, ...hours }] },
    ...{ frequency: 'repeat', cooldownMs: 0, expiresAt: null, session: 'all', gap: 'fire' },
  };
  const question = { symbol: OWN, canonical: compiled.canonical, rule, from: START, to: START + 60 * DAY_MS };
  const clock = { now: () => 0 } as Partial<Clock> as Clock;
  const lines: BacktestLine[] = [];
  for await (const line of backtestLines(prices, clock, question, () => false)) lines.push(line);
  const fired = lines.flatMap((line) => (line.kind === 'firing' ? [[line.firing.firedAt, line.firing.price]] : []));
  assert.deepEqual(fired, [[START + 30 * DAY_MS, 130]]);
  assert.ok(reads < 30, `${reads} reads`);
});
