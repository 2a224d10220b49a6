/**
 * How fast the evaluation engine is, by itself: one core, no store, no bus. Tables for bench/README.md.
 *
 *   npx node --expose-gc bench/engine.ts [--alerts=1000000] [--symbols=500] [--rounds=5] [--pauses]
 *     [--smoke] [--save]
 */
import assert from 'node:assert/strict';
import type { AlertId } from '#domain/alert/alert.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Random } from '../test/support/random.ts';
import { feed, feedEach } from './feeding.ts';
import {
  compare,
  flag,
  inTurns,
  keptBytes,
  machine,
  medianOf,
  type Rates,
  type Round,
  show,
  spread,
  table,
  threadMs,
} from './harness.ts';
import { levelOf, put, ruleOf, START, symbolsOf, ticksOf, walk } from './workload.ts';

const isSmoke = flag('smoke') !== undefined;
const ALERTS = Number(flag('alerts') ?? (isSmoke ? 10_000 : 1_000_000));
const ROUNDS = Number(flag('rounds') ?? (isSmoke ? 1 : 5));
const TICKS = isSmoke ? 5_000 : 400_000;
/** Changes of rules in a round. */
const CHANGES = isSmoke ? 1_000 : 100_000;

const SYMBOLS = symbolsOf(Number(flag('symbols') ?? 500));

const random = new Random(1);
const sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= ALERTS);
const symbolAt = (index: number): InstrumentSymbol => SYMBOLS[index % SYMBOLS.length] as InstrumentSymbol;
const ruleAt = (index: number) => ruleOf(symbolAt(index), levelOf(random, index % SYMBOLS.length));

interface Loaded {
  readonly engine: Engine;
  readonly armed: Round;
  readonly bytes: number;
}

function load(size: number): Loaded {
  const engine = new Engine();
  const first = { price: 100, at: START - 1, receivedAt: START - 1, source: 'b' };
  feedEach(engine, SYMBOLS.length, (index) => ({ kind: 'tick', tick: { symbol: symbolAt(index), ...first } }));
  const before = keptBytes();
  const armed = feedEach(engine, size, (index) => put(ruleAt(index)));
  engine.takeChanges();
  return { engine, armed, bytes: (keptBytes() - before) / size };
}

/** A rule comes and goes at once. */
function churn(index: number): readonly EngineEvent[] {
  const rule = ruleAt(index);
  return [put(rule), { kind: 'remove-rule', symbol: rule.symbol, alertId: rule.alertId, version: 2 }];
}

/**
 * The longest that a single change takes while rules are armed, in ms: the same rules again and again into new engines,
 * of each change the shortest time, of those the longest. So what the machine did in between does not count, what the
 * engine does now and then (room for more) does.
 */
function longestChange(symbols: readonly InstrumentSymbol[]): number {
  const rules = Array.from({ length: ALERTS }, (_, index) => levelOf(random, index));
  const ids = new Array<AlertId>(ALERTS);
  const shortest = new Float32Array(ALERTS).fill(Number.POSITIVE_INFINITY);
  const effects: Effect[] = [];
  for (let run = 0; run < (isSmoke ? 1 : 4); run += 1) {
    const engine = new Engine();
    for (const [index, level] of rules.entries()) {
      const rule = ruleOf(symbols[index % symbols.length] as InstrumentSymbol, level);
      ids[index] ??= rule.alertId;
      const event = put({ ...rule, alertId: ids[index] });
      const began = performance.now();
      engine.apply(event, effects);
      shortest[index] = Math.min(shortest[index] as number, performance.now() - began);
      effects.length = 0;
    }
  }
  return shortest.reduce((longest, one) => Math.max(longest, one), 0);
}

/** A tick that fires many alerts at once, which the evaluate role takes in slices: all of it, and the longest, in ms. */
function longestSlice(count: number): { readonly all: number; readonly longest: number } {
  const engine = new Engine();
  const symbol = symbolAt(0);
  const price = (of: number, after: number): EngineEvent => {
    const at = START + after;
    return { kind: 'tick', tick: { symbol, price: of, at, receivedAt: at, source: 'b' } };
  };
  engine.apply(price(100, 0), []);
  for (let index = 0; index < count; index += 1)
    engine.apply(put(ruleOf(symbol, { symbol: 0, up: true, level: 101 })), []);
  const effects: Effect[] = [];
  let longest = 0;
  const first = threadMs();
  const slices = engine.begin(price(102, 1), effects);
  for (let began = first, isDone = slices === undefined; !isDone; began = threadMs()) {
    isDone = slices?.next().done === true;
    longest = Math.max(longest, threadMs() - began);
  }
  assert.equal(effects.filter(({ kind }) => kind === 'trigger').length, count);
  return { all: threadMs() - first, longest };
}

const path = walk(random, SYMBOLS, ROUNDS * TICKS, ROUNDS * TICKS, isSmoke ? 4 : 0.4);
const loaded = new Map<number, Loaded>(sizes.map((size) => [size, load(size)]));
const take = (kind: 'quiet' | 'firing', fired: Map<number, number>) =>
  inTurns(
    ROUNDS,
    new Map(
      sizes.map((size) => [
        show(size),
        (round: number) => {
          const from = (kind === 'quiet' ? 0 : ROUNDS * TICKS) + round * TICKS;
          const { engine } = loaded.get(size) as Loaded;
          const fed = feed(engine, TICKS, (first, to) => ticksOf(path, from + first, from + to));
          fired.set(size, (fired.get(size) ?? 0) + fed.fired);
          return fed;
        },
      ]),
    ),
  );
const fired = new Map<number, number>();
const quiet = await take('quiet', fired);
assert.ok(
  [...fired.values()].every((count) => count === 0),
  'nothing fires within 1 %',
);
const firing = await take('firing', fired);
assert.ok((fired.get(sizes.at(-1) as number) ?? 0) > 0, 'prices that walk through levels fire');
const changing = await inTurns(
  ROUNDS,
  new Map(
    sizes.map((size) => [
      show(size),
      () => {
        const { engine } = loaded.get(size) as Loaded;
        const { seconds } = feed(engine, CHANGES, (from, to) =>
          Array.from({ length: to - from }, (_, offset) => churn(from + offset)).flat(),
        );
        return { count: 2 * CHANGES, seconds };
      },
    ]),
  ),
);

const none: Rates = { rounds: [] };
console.log(`${machine()}; per processor second: least / median / most of ${ROUNDS} rounds in turns\n`);
console.log(
  table(
    [
      SYMBOLS.length === 1 ? 'alerts on one symbol' : `alerts on ${SYMBOLS.length} symbols`,
      'quiet ticks/s',
      'ticks/s while firing',
      'fired',
      'armed/s',
      'changes/s',
      'bytes an alert',
    ],
    sizes.map((size) => {
      const { armed, bytes } = loaded.get(size) as Loaded;
      const name = show(size);
      const rates = [spread(quiet.get(name) ?? none), spread(firing.get(name) ?? none), show(fired.get(size) ?? 0)];
      return [name, ...rates, show(armed.count / armed.seconds), spread(changing.get(name) ?? none), show(bytes)];
    }),
  ),
);

const { engine, armed, bytes } = loaded.get(sizes.at(-1) as number) as Loaded;
if (flag('pauses') !== undefined || isSmoke)
  for (const count of new Set([SYMBOLS.length, 1]))
    console.log(
      `Longest change on the way to ${show(ALERTS)} alerts on ${count}: ${show(longestChange(SYMBOLS.slice(0, count)))} ms`,
    );
if (flag('pauses') !== undefined || isSmoke)
  for (const count of isSmoke ? [1_000] : [10_000, 100_000]) {
    const { all, longest } = longestSlice(count);
    console.log(`A tick that fires ${show(count)} alerts takes ${show(all)} ms, its longest slice ${show(longest)} ms`);
  }
const began = spentMs();
const snapshot = engine.snapshot();
const saved = spentMs();
const restored = Engine.restore(snapshot);
console.log(`Saved whole in ${show(saved - began)} ms, restored in ${show(spentMs() - saved)} ms of processor time`);
assert.equal(restored.snapshot().size, snapshot.size);

const windowed = new Engine();
for (const symbol of SYMBOLS)
  for (const windowMs of [60_000, 300_000, 900_000])
    windowed.apply(
      put({
        ...ruleOf(symbol, { symbol: 0, up: true, level: 0 }),
        condition: {
          kind: 'compare',
          signal: { kind: 'change', windowMs },
          op: '>',
          to: { kind: 'number', value: 50, unit: 'percent' },
        },
      }),
      [],
    );
const windows = await inTurns(
  ROUNDS,
  new Map([
    [
      'changes',
      (round: number) => feed(windowed, TICKS, (from, to) => ticksOf(path, round * TICKS + from, round * TICKS + to)),
    ],
  ]),
);
const changes = windows.get('changes') ?? none;
console.log(`With change(1m), change(5m) and change(15m) on every symbol: ${spread(changes)} ticks/s`);

// The baseline is of the usual size.
if (!isSmoke && ALERTS === 1_000_000 && SYMBOLS.length === 500) {
  const name = show(ALERTS);
  const measured = {
    'quiet ticks/s': medianOf(quiet.get(name)?.rounds ?? []),
    'ticks/s while firing': medianOf(firing.get(name)?.rounds ?? []),
    'armed/s': armed.count / armed.seconds,
    'changes/s': medianOf(changing.get(name)?.rounds ?? []),
    'bytes an alert': bytes,
    'ticks/s with three changes': medianOf(changes.rounds),
  };
  console.log(`\n${compare('engine', measured)}`);
}

function spentMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
