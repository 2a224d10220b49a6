/** Checkpoints of before are still read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { type AlertRowsChunk, type AlertsChunk, chunkName, rowsOf } from './chunks.ts';
import { Engine } from './engine.ts';
import type { Effect, Rule } from './event.ts';

const SYMBOL = 'OLD' as InstrumentSymbol;
const START = Date.UTC(2024, 0, 5, 12);

function ruleOf(number: number, text: string, over: Partial<Rule>): Rule {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok);
  const policy = { frequency: 'repeat', cooldownMs: 60_000, expiresAt: null, session: 'regular', gap: 'fire' } as const;
  const alertId = `0000000${number % 10}-0000-4000-8000-000000000000` as AlertId;
  const instrument = { symbol: SYMBOL, calendar: '24/7', staleAfterMs: 60_000 } as const;
  return { ...policy, ...instrument, alertId, version: 1, condition: compiled.condition, paused: false, ...over };
}

function before(chunks: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map(
    [...chunks].map(([key, chunk]) => {
      if (chunkName(key).kind !== 'alerts') return [key, chunk];
      const { shapes, policies } = chunk as AlertsChunk;
      const rows: AlertRowsChunk = { shapes, policies, alerts: rowsOf(chunk as AlertsChunk) };
      return [key, rows];
    }),
  );
}

test('a checkpoint with an object for each alert gives the same engine', () => {
  const engine = new Engine();
  const out: Effect[] = [];
  const tick = (of: Engine, price: number, at: number, effects: Effect[]): void =>
    of.apply({ kind: 'tick', tick: { symbol: SYMBOL, price, at, receivedAt: at, source: 's' } }, effects);
  tick(engine, 100, START, out);
  const texts = ['price > 101', 'price inside 102..103', 'price falls 2% from high', 'price moves 1% in 1m'];
  for (const [index, text] of [...texts, ...texts].entries())
    engine.apply(
      { kind: 'put-rule', symbol: SYMBOL, rule: ruleOf(index, text, { expiresAt: index > 4 ? START + 9000 : null }) },
      out,
    );
  engine.apply({ kind: 'remove-rule', symbol: SYMBOL, alertId: ruleOf(1, 'price > 1', {}).alertId, version: 2 }, out);
  for (const [index, price] of [102, 101.5, 99, 102.5].entries()) tick(engine, price, START + 1000 * (index + 1), out);
  assert.ok(out.some(({ kind }) => kind === 'trigger'));
  const old = JSON.parse(JSON.stringify([...before(engine.snapshot())])) as [string, unknown][];
  const rows = old.find(([key]) => chunkName(key).kind === 'alerts')?.[1] as AlertRowsChunk;
  assert.equal(rows.alerts.length, 7);
  assert.equal(rows.alerts[0]?.id, '00000000-0000-4000-8000-000000000000');
  const restored = Engine.restore(new Map(old));
  assert.deepEqual([...restored.snapshot()], [...engine.snapshot()]);
  const [left, right]: [Effect[], Effect[]] = [[], []];
  for (const [index, price] of [104, 98, 103, 90].entries()) {
    tick(engine, price, START + 70_000 * (index + 1), left);
    tick(restored, price, START + 70_000 * (index + 1), right);
  }
  assert.deepEqual(right, left);
});
