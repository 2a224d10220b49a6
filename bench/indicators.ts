/**
 * Ticks through twenty different indicator signals an instrument, on bars of one minute to one hour, all of them known
 * and each with an alert that waits.
 *
 *   npx node --expose-gc bench/indicators.ts [--rounds=5] [--smoke] [--save]
 */
import assert from 'node:assert/strict';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { BarHistory } from '#domain/engine/event.ts';
import type { Candle } from '#domain/market/candle.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { Random } from '../test/support/random.ts';
import { feed } from './feeding.ts';
import { compare, flag, inTurns, machine, medianOf, type Rates, show, spread, table } from './harness.ts';
import { ruleOf, START, symbolsOf, ticksOf, walk } from './workload.ts';

const isSmoke = flag('smoke') !== undefined;
const ROUNDS = Number(flag('rounds') ?? (isSmoke ? 1 : 5));
const TICKS = isSmoke ? 5_000 : 200_000;
/** On 500 instruments each has a tick in half a second, on 50 in a twentieth of one: 120 and 1,200 a bar of a minute. */
const COUNTS = isSmoke ? [10] : [50, 500];
/** More than the slowest of them needs. */
const HISTORY_BARS = 100;

const SIGNALS = [
  ...['sma(20, 1m)', 'ema(20, 1m)', 'wma(20, 1m)', 'rsi(14, 1m)', 'macd(12, 26, 9, 1m)', 'bollinger(20, 2, 1m).upper'],
  ...['bollinger(20, 2, 1m).lower', 'atr(14, 1m)', 'adx(14, 5m)', 'stochastic(14, 3, 3, 5m)', 'cci(20, 5m)'],
  ...[
    'mfi(14, 5m)',
    'roc(10, 5m)',
    'williams(14, 5m)',
    'obv(5m)',
    'donchian(20, 1h)',
    'zscore(20, 1h)',
    'rvol(20, 1h)',
  ],
  ...['sma(50, 1h)', 'rsi(14, 1h)'],
];

const random = new Random(6);

function barsOf(barMs: number): Candle[] {
  return Array.from({ length: HISTORY_BARS }, (_, index) => {
    const [open, close] = [99 + 2 * random.next(), 99 + 2 * random.next()];
    const [high, low] = [Math.max(open, close) + 0.1, Math.min(open, close) - 0.1];
    const at = Math.floor(START / barMs) * barMs - (HISTORY_BARS - index) * barMs;
    return { at, open, high, low, close, volume: 5 + random.next(), trades: 5 };
  });
}

function loaded(count: number): { readonly engine: Engine; readonly path: ReturnType<typeof walk> } {
  const engine = new Engine();
  const symbols = symbolsOf(count);
  const history: BarHistory = { '1m': barsOf(BAR_MS['1m']), '5m': barsOf(BAR_MS['5m']), '1h': barsOf(BAR_MS['1h']) };
  for (const symbol of symbols)
    for (const signal of SIGNALS) {
      const compiled = compileCondition(`${signal} > 1000000000`);
      assert.ok(compiled.ok, signal);
      const rule = { ...ruleOf(symbol, { symbol: 0, up: true, level: 0 }), condition: compiled.condition };
      engine.apply({ kind: 'put-rule', symbol, rule, at: START - 1, history }, []);
    }
  return { engine, path: walk(random, symbols, ROUNDS * TICKS, 0) };
}

const contestants = new Map(COUNTS.map((count) => [show(count), loaded(count)]));
const rates = await inTurns(
  ROUNDS,
  new Map(
    [...contestants].map(([name, { engine, path }]) => [
      name,
      (round: number) => {
        const fed = feed(engine, TICKS, (from, to) => ticksOf(path, round * TICKS + from, round * TICKS + to));
        assert.equal(fed.fired, 0);
        return fed;
      },
    ]),
  ),
);
for (const { engine, path } of contestants.values()) {
  const [symbol] = path.symbols;
  assert.ok(symbol !== undefined);
  const chunk = [...engine.snapshot()].find(([key]) => key === `${symbol}/alerts/0`)?.[1] as {
    readonly id: readonly never[];
  };
  for (const id of chunk.id) {
    const leaf = engine.explain(symbol, id, START)?.leaves[0];
    assert.ok(typeof leaf?.value === 'number', `${leaf?.text} is known`);
  }
}

const none: Rates = { rounds: [] };
console.log(`${machine()}; twenty indicators an instrument, each with an alert`);
console.log('Per processor second: least / median / most\n');
console.log(
  table(
    ['instruments', 'ticks/s'],
    [...contestants.keys()].map((name) => [name, spread(rates.get(name) ?? none)]),
  ),
);
if (!isSmoke) {
  const measured = [...rates].map(([name, { rounds }]) => [`${name} instruments: ticks/s`, medianOf(rounds)] as const);
  console.log(`\n${compare('indicators', Object.fromEntries(measured))}`);
}
