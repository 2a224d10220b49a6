/**
 * From a program that is down to a million armed alerts: the checkpoint is read from the embedded database on disk and
 * the engine is made of it, as the evaluate role does at its start. And the other way, where there is no checkpoint:
 * each condition compiled from its text and armed.
 *
 *   npx node --expose-gc bench/load.ts [--alerts=1000000] [--smoke] [--save]
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPglite } from '#adapters/store/sql/pglite.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import { silentLog } from '#contracts/log.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect } from '#domain/engine/event.ts';
import { Random } from '../test/support/random.ts';
import { compare, flag, machine, show, spentSeconds, table } from './harness.ts';
import { levelOf, put, ruleOf, SYMBOLS, textsOf } from './workload.ts';

const isSmoke = flag('smoke') !== undefined;
const ALERTS = Number(flag('alerts') ?? (isSmoke ? 5_000 : 1_000_000));
const random = new Random(2);
const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const rows: (readonly [string, string])[] = [];
const measured: Record<string, number> = {};

async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  const spent = spentSeconds();
  const result = await work();
  const seconds = (performance.now() - began) / 1_000;
  measured[`${name}, s`] = spentSeconds() - spent;
  rows.push([name, `${show(spentSeconds() - spent)} (${show(seconds)} by the clock)`]);
  return result;
}

const open = () => openPglite({ dataDir: folder, log: silentLog });
const rules = Array.from({ length: ALERTS }, (_, index) => {
  const at = index % SYMBOLS.length;
  const level = levelOf(random, at);
  const text = `price crosses ${level.up ? 'above' : 'below'} ${level.level}`;
  return { rule: ruleOf(SYMBOLS[at] as (typeof SYMBOLS)[number], level), text };
});
const effects: Effect[] = [];
const engine = new Engine();
await step('compiled from text and armed', () => {
  for (const { rule, text } of rules) {
    const compiled = compileCondition(text);
    assert.ok(compiled.ok);
    engine.apply(put({ ...rule, condition: compiled.condition }), effects);
    effects.length = 0;
  }
});
let database = await open();
const changes = await step('changes taken from the engine', () => textsOf(engine.takeChanges()));
const { checkpoints } = createStore(database);
await checkpoints.load(0);
await step('saved to the store', () => checkpoints.save(0, 7, changes));
await database.close();

database = await open();
const checkpoint = await step('read from the store', () => createStore(database).checkpoints.load(0));
assert.ok(checkpoint !== undefined);
const restored = await step('restored and armed', () => Engine.restore(checkpoint.chunks));
await database.close();
rmSync(folder, { recursive: true });

// Each alert is there again and fires as it would have.
const first = rules[0]?.rule;
assert.ok(first !== undefined);
const explained = restored.explain(first.symbol, first.alertId, 0);
assert.deepEqual(explained, engine.explain(first.symbol, first.alertId, 0));
assert.equal(explained?.status, 'armed');

console.log(`${machine()}; ${show(ALERTS)} alerts\n`);
console.log(table(['', 'processor seconds'], rows));
if (!isSmoke) console.log(`\n${compare('load', measured)}`);
