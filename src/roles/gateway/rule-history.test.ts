import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition } from '#domain/condition/checker.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { Candle } from '#domain/market/candle.ts';
import { MAX_CANDLES_A_RULE, withHistory } from './rule-history.ts';

const AT = Date.UTC(2024, 0, 5, 12);

function putOf(text: string, id: string): Extract<EngineEvent, { kind: 'put-rule' }> {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const rule = { alertId: id, symbol: 'ONE', condition: compiled.condition, calendar: '24/7', session: 'all' };
  return { kind: 'put-rule', symbol: 'ONE', rule, at: AT } as unknown as Extract<EngineEvent, { kind: 'put-rule' }>;
}

function store() {
  const asked: { from: number; intervalMs: number; limit: number }[] = [];
  return {
    asked,
    async candles(_: string, from: number, to: number, intervalMs: number, limit: number): Promise<Candle[]> {
      asked.push({ from, intervalMs, limit });
      assert.ok(to > AT);
      return [{ at: from, open: 1, high: 1, low: 1, close: 1, volume: 1, trades: 1 }];
    },
  };
}

test('a rule without bars goes out as it is', async () => {
  const prices = store();
  const put = putOf('price > 5 and change(1h) > 2%', 'a');
  assert.deepEqual(await withHistory(put, prices, new Set()), { change: put, candles: 0 });
  assert.deepEqual(prices.asked, []);
});

test('a rule takes with it the candles of each size of bars, as many as its longest indicator needs', async () => {
  const prices = store();
  const put = putOf('sma(20, 1h) > sma(50, 1h) and rsi(14, 5m) < 30', 'a');
  const { change, candles } = await withHistory(put, prices, new Set());
  assert.deepEqual(Object.keys(change.history ?? {}).sort(), ['1h', '5m']);
  assert.equal(candles, 2);
  const hours = prices.asked.find(({ intervalMs }) => intervalMs === 3_600_000);
  assert.ok(hours !== undefined && AT - hours.from >= 250 * 3_600_000);
  assert.ok(prices.asked.every(({ limit }) => limit === MAX_CANDLES_A_RULE / 2));
});

test('what has gone out with a rule is not sent again with the next one', async () => {
  const prices = store();
  const given = new Set<string>();
  await withHistory(putOf('sma(20, 1h) > 5', 'a'), prices, given);
  const same = await withHistory(putOf('sma(20, 1h) > 7', 'b'), prices, given);
  assert.equal(same.change.history, undefined);
  const other = await withHistory(putOf('sma(30, 1h) > 7', 'c'), prices, given);
  assert.notEqual(other.change.history, undefined);
  assert.equal(prices.asked.length, 2);
});
