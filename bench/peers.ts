/**
 * The engine against its peers, in one run, in turns: Esper with an indexed named window, and the usual design, Redis
 * read at every tick. All get the same alerts (each crossing fires, no cooldown) and ticks, first quiet ones, then such
 * that walk through the levels, and must find the same.
 *
 *   npx node --expose-gc bench/peers.ts [--alerts=1000000] [--rounds=5] [--smoke] [--save]
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '#domain/engine/engine.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Random } from '../test/support/random.ts';
import { feed, feedEach } from './feeding.ts';
import {
  type Contestant,
  compare,
  flag,
  inTurns,
  keptBytes,
  machine,
  medianOf,
  type Rates,
  show,
  spread,
  table,
} from './harness.ts';
import { buildEsper, type Esper, esperMissing, startEsper } from './peers/esper.ts';
import { redisMissing, startRedis } from './peers/redis.ts';
import { levelOf, put, ruleOf, SYMBOLS, ticksOf, walk } from './workload.ts';

const isSmoke = flag('smoke') !== undefined;
const ALERTS = Number(flag('alerts') ?? (isSmoke ? 20_000 : 1_000_000));
const ROUNDS = Number(flag('rounds') ?? (isSmoke ? 1 : 5));
/** Ticks of a round, and of those the ones that the scan gets: it is too slow for more. */
const TICKS = isSmoke ? 10_000 : 400_000;
const SCANNED = isSmoke ? 1_000 : 100;
/** While these pass, everyone's compiler learns; they are not counted. */
const WARM_UP = TICKS;

const random = new Random(4);
const levels = Array.from({ length: ALERTS }, (_, index) => levelOf(random, index % SYMBOLS.length));
const PART = WARM_UP + ROUNDS * TICKS;
/** The fewer alerts, the longer the steps, so that some fire. */
const path = walk(random, SYMBOLS, PART, PART, isSmoke ? 4 : 0.4);
const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));

function record(name: string, count: number, row: (index: number) => readonly [number, number, number]): void {
  const bytes = Buffer.alloc(16 * count);
  for (let index = 0; index < count; index += 1) {
    const [symbol, flagged, value] = row(index);
    bytes.writeInt32LE(symbol, 16 * index);
    bytes.writeInt32LE(flagged, 16 * index + 4);
    bytes.writeDoubleLE(value, 16 * index + 8);
  }
  writeFileSync(join(folder, name), bytes);
}

/** What the scan does at the ticks of a round, from prices to prices. */
function stepsOf(from: number) {
  return Array.from({ length: SCANNED }, (_, offset) => {
    const index = from + offset;
    const [before, now] = [path.prices[index - SYMBOLS.length] as number, path.prices[index] as number];
    return { symbol: index % SYMBOLS.length, before, now };
  });
}

record('alerts', ALERTS, (index) => {
  const { symbol, up, level } = levels[index] as (typeof levels)[number];
  return [symbol, up ? 1 : 0, level];
});
record('ticks', path.prices.length, (index) => [index % SYMBOLS.length, 0, path.prices[index] as number]);
const withoutEsper = esperMissing() ?? buildEsper(folder);
for (const reason of [withoutEsper, redisMissing()]) if (reason !== undefined) console.log(`Left out: ${reason}`);
const esper = new Map<string, Esper>();
if (withoutEsper === undefined) {
  esper.set('Esper, only finding', await startEsper('find', folder));
  esper.set('Esper, keeping state', await startEsper('keep', folder));
}
const redis = redisMissing() === undefined ? await startRedis(folder, levels) : undefined;

const engine = new Engine();
keptBytes();
const before = keptBytes();
const armed = feedEach(engine, ALERTS, (index) => {
  const level = levels[index] as (typeof levels)[number];
  return put(ruleOf(SYMBOLS[level.symbol] as InstrumentSymbol, level, 0));
});
engine.takeChanges();
const bytes = (keptBytes() - before) / ALERTS;

async function race(start: number): Promise<ReadonlyMap<string, Rates>> {
  feed(engine, WARM_UP, (first, to) => ticksOf(path, start + first, start + to));
  for (const peer of esper.values()) await peer.round(start, start + WARM_UP);
  const fired: number[] = [];
  const from = (round: number): number => start + WARM_UP + round * TICKS;
  const contestants = new Map<string, Contestant>();
  contestants.set('engine', (round) => {
    const fed = feed(engine, TICKS, (first, to) => ticksOf(path, from(round) + first, from(round) + to));
    fired[round] = fed.fired;
    return fed;
  });
  for (const [name, peer] of esper)
    contestants.set(name, async (round) => {
      const measured = await peer.round(from(round), from(round) + TICKS);
      assert.equal(measured.fired, fired[round], `${name} and the engine disagree`);
      return measured;
    });
  if (redis !== undefined)
    contestants.set('Redis scan', async (round) => {
      const steps = stepsOf(from(round));
      const measured = await redis.round(steps);
      let expected = 0;
      for (const { symbol, up, level } of levels)
        for (const step of steps)
          if (step.symbol === symbol)
            if (up ? step.before < level && step.now >= level : step.before > level && step.now <= level) expected += 1;
      assert.equal(measured.fired, expected, 'the scan and plain search disagree');
      return measured;
    });
  const rates = await inTurns(ROUNDS, contestants);
  console.log(`fired a round: ${fired.map(show).join(', ')}`);
  return rates;
}

const quiet = await race(0);
const firing = await race(PART);
for (const peer of esper.values()) peer.stop();
redis?.stop();
rmSync(folder, { recursive: true });

const times = (rates: ReadonlyMap<string, Rates>, name: string): string => {
  const [own, other] = [rates.get('engine'), rates.get(name)];
  return own === undefined || other === undefined ? '' : show(medianOf(own.rounds) / medianOf(other.rounds));
};
const armedRates = new Map([['engine', ALERTS / armed.seconds]]);
const sizes = new Map([['engine', bytes]]);
for (const [name, peer] of esper) {
  armedRates.set(name, ALERTS / peer.armed.seconds);
  sizes.set(name, peer.armed.bytes);
}
const shown = (value: number | undefined): string => (value === undefined ? '' : show(value));
console.log(`\n${machine()}; ${show(ALERTS)} alerts on ${SYMBOLS.length} symbols, ${ROUNDS} rounds in turns`);
console.log('Per processor second: least / median / most\n');
console.log(
  table(
    ['', 'quiet ticks/s', 'engine against it', 'firing ticks/s', 'engine against it', 'armed/s', 'bytes an alert'],
    [...quiet.keys()].map((name) => [
      name,
      spread(quiet.get(name) ?? { rounds: [] }),
      times(quiet, name),
      spread(firing.get(name) ?? { rounds: [] }),
      times(firing, name),
      shown(armedRates.get(name)),
      shown(sizes.get(name)),
    ]),
  ),
);
if (!isSmoke) {
  const measured = [...quiet].flatMap(([name, { rounds }]) => [
    [`${name}: quiet ticks/s`, medianOf(rounds)] as const,
    [`${name}: firing ticks/s`, medianOf(firing.get(name)?.rounds ?? [])] as const,
  ]);
  console.log(`\n${compare('peers', Object.fromEntries(measured))}`);
}
