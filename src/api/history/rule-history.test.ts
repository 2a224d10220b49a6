import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition } from '#domain/condition/checker.ts';
import type { PutRule } from '#domain/engine/event.ts';
import type { Candle } from '#domain/market/candle.ts';
import type { Tick } from '#domain/market/tick.ts';
import { MAX_CANDLES_A_RULE, withHistory } from './rule-history.ts';

const AT = Date.UTC(2024, 0, 5, 12);

function putOf(text: string, id: string, hours: object = {}): PutRule {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const rule = {
    alertId: id,
    symbol: 'ONE',
    condition: compiled.condition,
    calendar: '24/7',
    session: 'all',
    ...hours,
  };
  return { kind: 'put-rule', symbol: 'ONE', rule, at: AT } as unknown as PutRule;
}

function store() {
  const asked: { symbol: string; from: number; intervalMs: number; limit: number }[] = [];
  return {
    asked,
    async candles(symbol: string, from: number, to: number, intervalMs: number, limit: number): Promise<Candle[]> {
      asked.push({ symbol, from, intervalMs, limit });
      assert.ok(to > AT);
      return [{ at: from, open: 1, high: 1, low: 1, close: 1, volume: 1, trades: 1 }];
    },
    async at(symbol: string, at: number): Promise<Tick> {
      return { symbol, price: 3, at: at - 7, receivedAt: at, source: 'test' } as Tick;
    },
  };
}

test('a rule that needs nothing of the past goes out as it is', async () => {
  const prices = store();
  const put = putOf('price > 5 and volume moves 3 in 5m', 'a');
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

test('a rule with a window takes the prices of that time with it, finer for a short one', async () => {
  const prices = store();
  const given = new Set<string>();
  const { change, candles } = await withHistory(putOf('change(1h) > 2% and price moves 3 in 5m', 'a'), prices, given);
  const from = AT - 3_601_000;
  assert.deepEqual(change.past, [
    [from - 7, 3],
    [from + 999, 1],
  ]);
  assert.equal(candles, 1);
  assert.equal((await withHistory(putOf('change(1h) > 3%', 'b'), prices, given)).change.past, undefined);
  assert.equal(prices.asked.length, 1);
  await withHistory(putOf('change(24h) > 3%', 'b'), prices, given);
  await withHistory(putOf('change(1w) > 3%', 'b'), prices, given);
  assert.deepEqual(
    prices.asked.map(({ from: start, intervalMs }) => [Math.round((AT - start) / 3_600_000), intervalMs / 1000]),
    [
      [1, 1],
      [24, 60],
      [7 * 24, 60],
    ],
  );
});

test('a window of a year is known where there are prices of a year, also on an exchange', async () => {
  for (const [hours, intervalMs] of [
    [{}, 3_600_000],
    [{ calendar: 'XNYS', session: 'regular' }, 1_800_000],
  ] as const) {
    const prices = store();
    await withHistory(putOf('change(53w) > 20%', 'a', hours), prices, new Set());
    const [asked] = prices.asked;
    assert.ok(asked !== undefined && asked.from < AT - 53 * 7 * 86_400_000);
    assert.equal(asked.intervalMs, intervalMs);
    // However many there are, the newest are among them.
    assert.ok(asked.limit * intervalMs > AT - asked.from);
  }
});

test('in regular hours, windows take prices of those hours only, also from before a weekend', async () => {
  const prices = store();
  const put = putOf('change(1d) > 2%', 'a', { calendar: 'XNYS', session: 'regular' });
  const friday = Date.UTC(2024, 0, 5, 15, 30);
  const monday = friday + 3 * 86_400_000;
  const candle = (at: number, close: number): Candle => ({ at, open: 1, high: 9, low: 1, close, volume: 1, trades: 1 });
  const candles = async (_: string, from: number, __: number, intervalMs: number): Promise<Candle[]> => {
    assert.ok(from < friday - 86_400_000 && intervalMs === 60_000);
    return [candle(friday - 3_600_000 - 60_000, 4), candle(friday - 3_600_000, 5), candle(friday, 6)];
  };
  const { change } = await withHistory({ ...put, at: monday }, { ...prices, candles }, new Set());
  assert.deepEqual(change.past, [
    [friday - 3_600_000 + 59_999, 5],
    [friday + 59_999, 6],
  ]);
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

test('of other instruments it takes with it what it needs of them, by their hours', async () => {
  const prices = store();
  const others = [{ symbol: 'TWO', calendar: 'XNYS', staleAfterMs: 1000 }];
  const text = 'sma(TWO, 50, 1d) < price and change(TWO, 24h) > 2% and rsi(14, 1h) falls 10 from high';
  const { change } = await withHistory(putOf(text, 'a', { others }), prices, new Set());
  assert.deepEqual(Object.keys(change.history ?? {}), ['1h'], 'a trail needs the bars of what it follows');
  assert.equal(change.past, undefined);
  assert.deepEqual(Object.keys(change.elsewhere?.['TWO']?.history ?? {}), ['1d']);
  assert.ok((change.elsewhere?.['TWO']?.past ?? []).length > 0);
  assert.deepEqual(
    prices.asked.map(({ symbol }) => symbol),
    ['ONE', 'TWO', 'TWO'],
  );
});
