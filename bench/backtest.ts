/**
 * How fast a back-test is, by itself: two years of one-minute bars through the engine on one core, no store, no stream.
 *
 *   npx node bench/backtest.ts
 */
import { cpus } from 'node:os';
import { Backtest, type TriedRule } from '#domain/backtest/backtest.ts';
import type { Bars } from '#domain/backtest/bars.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Random } from '../test/support/random.ts';

const BARS = 2 * 365 * 1440;
const MINUTE_MS = 60_000;
const START = Date.UTC(2023, 0, 1);
const RUNS = 3;

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

const bars = walk();
console.log(
  `${cpus()[0]?.model}, one core, Node ${process.version}; ${BARS.toLocaleString('en')} bars, best of ${RUNS}\n`,
);
console.log('| condition | fired | s of processor time | ms wall | million ticks/s |');
console.log('| --- | ---: | ---: | ---: | ---: |');
for (const text of [
  'price crosses above 110',
  'price crosses 100',
  'price inside 99..101',
  'price moves 3% in 1d',
  'price crosses above 100 and change(1d) > 2%',
]) {
  const rule = ruleOf(text);
  let best = { cpu: Number.POSITIVE_INFINITY, wall: Number.POSITIVE_INFINITY, count: 0 };
  for (let run = 0; run < RUNS; run += 1) {
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    const backtest = new Backtest(rule, { from: START, intervalMs: MINUTE_MS });
    backtest.advance(bars);
    const { count } = backtest.finish();
    const wall = performance.now() - began;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpu = (user + system) / 1_000_000;
    if (cpu < best.cpu) best = { cpu, wall, count };
  }
  const rate = (BARS * 4) / best.cpu / 1_000_000;
  console.log(
    `| \`${text}\` | ${best.count} | ${best.cpu.toFixed(2)} | ${best.wall.toFixed(0)} | ${rate.toFixed(2)} |`,
  );
}
