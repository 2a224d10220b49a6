/**
 * How fast the evaluation engine is, by itself: one core, no store, no bus. Prints tables for bench/README.md.
 *
 *   npx node --expose-gc bench/engine.ts [alerts]
 */
import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import type { AlertId } from '#domain/alert/alert.ts';
import type { Condition } from '#domain/condition/tree.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, EngineEvent, Rule } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Random } from '../test/support/random.ts';

const ALERTS = Number(process.argv[2] ?? 1_000_000);
const SYMBOLS = Array.from({ length: 500 }, (_, index) => `SYM${index}` as InstrumentSymbol);
const START = Date.UTC(2024, 0, 2, 15);
const TICKS = 2_000_000;
const random = new Random(1);

const sizes = [1_000, 10_000, 100_000, ALERTS].filter(
  (size, index, all) => size <= ALERTS && all.indexOf(size) === index,
);

/** Seconds of processor time so far: a machine that is busy with other things changes them less than the clock's. */
function spentSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function rateOf(count: number, work: () => void): number {
  const began = spentSeconds();
  work();
  return Math.round(count / (spentSeconds() - began));
}

function memory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function conditionAt(level: number, direction: 'above' | 'below'): Condition {
  return { kind: 'cross', signal: { kind: 'price' }, direction, to: { kind: 'number', value: level, unit: 'amount' } };
}

/** An alert on a price between `near` and 40 % away from 100, on the side it would be crossed from. */
function ruleOf(symbol: InstrumentSymbol, near: number): Rule {
  const isAbove = random.chance(0.5);
  const away = near + random.next() * (0.4 - near);
  const level = Math.round(100 * (isAbove ? 1 + away : 1 - away) * 10_000) / 10_000;
  return {
    // One flat string, as it comes out of JSON.
    alertId: Buffer.from(randomUUID()).toString('latin1') as AlertId,
    version: 1,
    symbol,
    condition: conditionAt(level, isAbove ? 'above' : 'below'),
    paused: false,
    calendar: '24/7',
    staleAfterMs: 60_000,
    frequency: 'repeat',
    cooldownMs: 3_600_000,
    expiresAt: null,
    session: 'regular',
    gap: 'fire',
  };
}

const symbolAt = (index: number): InstrumentSymbol => SYMBOLS[index % SYMBOLS.length] as InstrumentSymbol;
const put = (rule: Rule): EngineEvent => ({ kind: 'put-rule', symbol: rule.symbol, rule });

/** Ticks of all symbols in turn, a millisecond apart; prices walk within `swing` of 100. */
function ticksOf(count: number, swing: number, from: number, stride = 0.04): EngineEvent[] {
  const prices = SYMBOLS.map(() => 100);
  return Array.from({ length: count }, (_, index) => {
    const place = index % SYMBOLS.length;
    const step = (random.next() - 0.5) * stride;
    const next = Math.min(100 + swing, Math.max(100 - swing, (prices[place] as number) + step));
    prices[place] = Math.round(next * 100) / 100;
    const at = START + from + index;
    const tick = {
      symbol: symbolAt(index),
      price: prices[place] as number,
      volume: 1,
      at,
      receivedAt: at,
      source: 'b',
    };
    return { kind: 'tick', tick } as const;
  });
}

function applyAll(engine: Engine, events: readonly EngineEvent[]): number {
  const effects: Effect[] = [];
  let fired = 0;
  for (const event of events) {
    engine.apply(event, effects);
    if (effects.length === 0) continue;
    for (const { kind } of effects) if (kind === 'trigger') fired += 1;
    effects.length = 0;
  }
  return fired;
}

function load(size: number, near: number): { engine: Engine; armedPerSecond: number; bytesPerAlert: number } {
  const engine = new Engine();
  applyAll(
    engine,
    SYMBOLS.map((symbol) => ({
      kind: 'tick',
      tick: { symbol, price: 100, at: START - 1, receivedAt: START - 1, source: 'b' },
    })),
  );
  const before = memory();
  let spent = 0;
  // Rules are made and dropped in portions, so that only what the engine keeps is counted.
  for (let done = 0; done < size; done += 50_000) {
    const rules = Array.from({ length: Math.min(50_000, size - done) }, (_, index) =>
      put(ruleOf(symbolAt(index), near)),
    );
    const began = spentSeconds();
    applyAll(engine, rules);
    spent += spentSeconds() - began;
  }
  engine.takeChanges();
  const bytesPerAlert = Math.round((memory() - before) / size);
  return { engine, armedPerSecond: Math.round(size / spent), bytesPerAlert };
}

const show = (value: number): string => value.toLocaleString('en');

console.log(`${cpus()[0]?.model}, one core, Node ${process.version}; rates are a second of processor time\n`);
console.log(
  '| alerts on 500 symbols | quiet ticks/s | ticks/s while firing | fired | armed/s | armed and removed/s | bytes an alert |',
);
console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const size of sizes) {
  const { engine, armedPerSecond, bytesPerAlert } = load(size, 0.02);
  // Alerts begin 2 % away: nothing fires while prices stay within 1 %.
  const quiet = ticksOf(TICKS, 1, 0);
  applyAll(engine, quiet.slice(0, TICKS / 4));
  const quietRate = rateOf((TICKS * 3) / 4, () => applyAll(engine, quiet.slice(TICKS / 4)));
  const wild = ticksOf(TICKS, 40, TICKS, 0.4);
  let fired = 0;
  const wildRate = rateOf(TICKS, () => {
    fired = applyAll(engine, wild);
  });
  const changes = Array.from({ length: 100_000 }, (_, index): readonly EngineEvent[] => {
    const rule = ruleOf(symbolAt(index), 0.02);
    return [put(rule), { kind: 'remove-rule', symbol: rule.symbol, alertId: rule.alertId, version: 2 }];
  });
  const churn = rateOf(changes.length, () => {
    for (const pair of changes) applyAll(engine, pair);
  });
  console.log(`| ${[size, quietRate, wildRate, fired, armedPerSecond, churn, bytesPerAlert].map(show).join(' | ')} |`);
}

const windowed = new Engine();
for (const symbol of SYMBOLS)
  for (const windowMs of [60_000, 300_000, 900_000])
    applyAll(windowed, [
      put({
        ...ruleOf(symbol, 0.1),
        condition: {
          kind: 'compare',
          signal: { kind: 'change', windowMs },
          op: '>',
          to: { kind: 'number', value: 50, unit: 'percent' },
        },
      }),
    ]);
const ticks = ticksOf(TICKS, 5, 0);
console.log(
  `\nWith change(1m), change(5m) and change(15m) on every symbol: ${show(rateOf(TICKS, () => applyAll(windowed, ticks)))} ticks/s`,
);

const { engine } = load(ALERTS, 0.02);
engine.takeChanges();
applyAll(engine, ticksOf(50_000, 4, 0));
const began = performance.now();
const chunks = engine.takeChanges();
const bytes = [...chunks].reduce((sum, [key, chunk]) => sum + key.length + JSON.stringify(chunk ?? null).length, 0);
console.log(
  `Checkpoint after 50,000 ticks at ${show(ALERTS)} alerts: ${show(chunks.size)} chunks, ${show(bytes)} bytes, ${Math.round(performance.now() - began)} ms`,
);
const snapshot = engine.snapshot();
const restoring = performance.now();
Engine.restore(snapshot);
console.log(`Restored ${show(ALERTS)} alerts in ${show(Math.round(performance.now() - restoring))} ms`);
