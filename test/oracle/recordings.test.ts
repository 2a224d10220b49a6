/**
 * The engine on recorded markets, against what an independent program (numpy) found in the same files: every crossing,
 * first touch and percent episode, in number, time and price.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { AlertId } from '#domain/alert/alert.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, Rule } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { needShared } from '../support/need.ts';
import { differences, type Expected, readOracle } from '../support/oracle.ts';

function* binanceTrades(text: string): Generator<Tick> {
  for (const line of text.split('\n')) {
    if (!line.includes('@trade"')) continue;
    const { data } = JSON.parse(line.slice(line.indexOf(' ') + 1));
    const { s, p, q, T, t } = data as { s: string; p: string; q: string; T: number; t: number };
    yield tickOf(s, Number(p), Number(q), T, t);
  }
}

function* usTrades(text: string): Generator<Tick> {
  for (const [index, line] of text.split('\n').entries()) {
    const [at, symbol, price, size] = line.split(',');
    if (index > 0 && symbol !== undefined) yield tickOf(symbol, Number(price), Number(size), Number(at), index);
  }
}

function tickOf(symbol: string, price: number, volume: number, at: number, sequence: number): Tick {
  return { symbol: symbol as InstrumentSymbol, price, volume, at, receivedAt: at, source: 'recorded', sequence };
}

function ruleOf({ alert }: Expected, index: number): Rule {
  const compiled = compileCondition(alert['condition'] as string);
  assert.ok(compiled.ok);
  return {
    alertId: `case ${index}` as AlertId,
    version: 1,
    symbol: alert['symbol'] as InstrumentSymbol,
    condition: compiled.condition,
    paused: false,
    calendar: '24/7',
    staleAfterMs: 60_000,
    frequency: alert['frequency'] as Rule['frequency'],
    cooldownMs: 0,
    expiresAt: null,
    session: 'all',
    gap: 'fire',
  };
}

/** A restart after every so many ticks: the answer may not depend on it. */
const RESTART_EVERY = 50_000;

for (const { name, ticks, oracle, read } of [
  {
    name: 'Binance, eleven minutes of BTC and ETH',
    ticks: 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz',
    oracle: 'oracles/alerts_binance_spot_20240808.json.gz',
    read: binanceTrades,
  },
  {
    name: 'New York, a week of AIG, BAC and IBM',
    ticks: 'ticks/lean_us_equity_trades_aig_bac_ibm_20131007-11.csv.gz',
    oracle: 'oracles/alerts_lean_aig_bac_ibm.json.gz',
    read: usTrades,
  },
])
  test(name, (t) => {
    const recording = needShared(t, ticks);
    const answers = needShared(t, oracle);
    if (recording === null || answers === null) return;
    const expected = readOracle(answers);
    const rules = expected.map(ruleOf);
    let engine = new Engine();
    const effects: Effect[] = [];
    for (const rule of rules) engine.apply({ kind: 'put-rule', symbol: rule.symbol, rule }, effects);
    let count = 0;
    for (const tick of read(gunzipSync(readFileSync(recording)).toString())) {
      engine.apply({ kind: 'tick', tick }, effects);
      count += 1;
      if (count % RESTART_EVERY === 0)
        engine = Engine.restore(new Map(JSON.parse(JSON.stringify([...engine.snapshot()]))));
    }
    const triggers = effects.flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger] : []));
    const ids = rules.map(({ alertId }) => alertId);
    assert.deepEqual(differences(expected, ids, triggers), []);
    assert.ok(count > 30_000 && triggers.length > 300, `${count} ticks, ${triggers.length} triggers`);
  });
