/**
 * How fast a back-test is, by itself: two years of one-minute bars through the engine on one core, no store, no stream.
 * And the turns of one over the API: bars of five days read from the embedded store, and how long each turn of the event
 * loop keeps the processor.
 *
 *   npx node bench/backtest.ts [--smoke]
 */

import { systemClock } from '#adapters/host/clock.ts';
import { openPglite } from '#adapters/store/sql/pglite.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import { backtestLines } from '#api/backtest/lines.ts';
import { silentLog } from '#contracts/log.ts';
import { Backtest, type TriedRule } from '#domain/backtest/backtest.ts';
import type { Bars } from '#domain/backtest/bars.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Random } from '../test/support/random.ts';
import { flag, machine, medianOf, show, table, threadMs } from './harness.ts';

const isSmoke = flag('smoke') !== undefined;
const BARS = (isSmoke ? 10 : 2 * 365) * 1440;
const STORED_BARS = (isSmoke ? 1 : 5) * 1440;
const MINUTE_MS = 60_000;
const START = Date.UTC(2023, 0, 1);
const RUNS = isSmoke ? 1 : 3;

/** A walk of 0.05 % a minute, about 36 % a year, four steps a bar. */
function walk(): Bars {
  const random = new Random(1);
  const column = (): Float64Array => new Float64Array(BARS);
  const bars = { length: BARS, at: column(), open: column(), high: column(), low: column(), close: column() };
  const volume = column();
  let price = 100;
  const step = (): number => {
    price = Math.round(price * (1 + (random.next() - 0.5) * 0.001) * 10_000) / 10_000;
    return price;
  };
  for (let index = 0; index < BARS; index += 1) {
    const prices = [step(), step(), step(), step()] as const;
    bars.at[index] = START + index * MINUTE_MS;
    bars.open[index] = prices[0];
    bars.high[index] = Math.max(...prices);
    bars.low[index] = Math.min(...prices);
    bars.close[index] = prices[3];
    volume[index] = 10;
  }
  return { ...bars, volume };
}

function ruleOf(text: string): TriedRule {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(`${text}: ${compiled.problems[0]?.message}`);
  return {
    condition: compiled.condition,
    ...{ frequency: 'repeat', cooldownMs: 3_600_000, expiresAt: null, session: 'regular', gap: 'fire' },
    ...{ calendar: '24/7', staleAfterMs: 60_000 },
  };
}

const CONDITIONS = [
  'price crosses above 110',
  'price crosses 100',
  'price inside 99..101',
  'price moves 3% in 1d',
  'price crosses above 100 and change(1d) > 2%',
];

const bars = walk();
console.log(`${machine()}; ${show(BARS)} bars, best of ${RUNS}\n`);
const rows = CONDITIONS.map((text) => {
  const rule = ruleOf(text);
  let best = { cpu: Number.POSITIVE_INFINITY, wall: Number.POSITIVE_INFINITY, count: 0 };
  for (let run = 0; run < RUNS; run += 1) {
    const cpuBefore = threadMs();
    const began = performance.now();
    const backtest = new Backtest(rule, { from: START, intervalMs: MINUTE_MS });
    backtest.advance(bars);
    const { count } = backtest.finish();
    const wall = performance.now() - began;
    const cpu = (threadMs() - cpuBefore) / 1_000;
    if (cpu < best.cpu) best = { cpu, wall, count };
  }
  const rate = (BARS * 4) / best.cpu / 1_000_000;
  return [`\`${text}\``, show(best.count), best.cpu.toFixed(2), show(best.wall), rate.toFixed(2)];
});
console.log(table(['condition', 'fired', 's of processor time', 'ms wall', 'million ticks/s'], rows));

const symbol = 'BARS' as InstrumentSymbol;
const database = await openPglite({ dataDir: null, log: silentLog });
const { prices } = createStore(database);
for (let bar = 0; bar < STORED_BARS; bar += 360) {
  const ticks = Array.from({ length: 4 * 360 }, (_, step) => {
    const index = bar + (step >> 2);
    const at = (bars.at[index] as number) + (step % 4) * 10_000;
    const price = [bars.open, bars.high, bars.low, bars.close][step % 4]?.[index] as number;
    return { tick: { symbol, price, volume: 1, at, receivedAt: at, source: 'b' }, late: false };
  });
  await prices.record(0, bar + 1, ticks);
}
console.log(`\nTurns of the event loop, over the embedded store (in memory), ${show(STORED_BARS)} bars:\n`);
const turnRows: string[][] = [];
for (const text of CONDITIONS) {
  const turns: number[] = [];
  const question = { symbol, canonical: text, rule: ruleOf(text), from: START, to: START + STORED_BARS * MINUTE_MS };
  let spent = threadMs();
  let isDone = false;
  const probe = (): void => {
    const now = threadMs();
    turns.push(now - spent);
    spent = now;
    if (!isDone) setImmediate(probe);
  };
  setImmediate(probe);
  for await (const line of backtestLines(prices, systemClock, question, () => false)) isDone = line.kind === 'done';
  const busy = turns.filter((ms) => ms > 0.5).sort((a, b) => b - a);
  turnRows.push([`\`${text}\``, show(busy.length), show(medianOf(busy)), show(busy[1] ?? 0), show(busy[0] ?? 0)]);
}
await database.close();
console.log(table(['condition', 'turns over 0.5 ms', 'median ms', 'second longest', 'longest'], turnRows));
