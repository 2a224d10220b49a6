/**
 * Prices in and out: pushing with verdicts, who may push what, the newest prices and their history.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '#contracts/bus.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { type Client, eventually } from '../support/client.ts';
import { OPERATOR_KEY, startTrial, type Trial } from '../support/gateway.ts';

async function pusher(trial: Trial): Promise<{ readonly owner: Client; readonly program: Client }> {
  const owner = trial.visitor();
  const { key } = await owner.ok('POST', '/api/v1/api-keys', { name: 'push' });
  const program = trial.visitor();
  program.headers['x-api-key'] = key;
  return { owner, program };
}

test('a push is judged tick by tick, in order; an unknown symbol becomes a series of the user', async (t) => {
  const trial = await startTrial(t);
  const { owner, program } = await pusher(trial);
  const now = Date.now();
  const answer = await program.ok('POST', '/api/v1/prices', [
    { symbol: 'beer', price: 4, at: now - 3000, sequence: 1 },
    { symbol: 'BEER', price: 4.1, at: new Date(now - 2000).toISOString(), sequence: 2 },
    { symbol: 'BEER', price: 4.2, at: now - 2500, sequence: 3 },
    { symbol: 'BEER', price: 4.2, at: now - 1000, sequence: 2 },
    { symbol: 'BEER', price: 0, at: now - 900, sequence: 4 },
    { symbol: 'BEER', price: 4.3, at: now + 3_600_000, sequence: 5 },
    { symbol: 'BEER', price: 4.4, volume: 2, at: now, sequence: 6 },
  ]);
  const verdicts = answer.items.map(({ verdict }: { verdict: string }) => verdict);
  assert.deepEqual(verdicts.slice(0, 4), ['accepted', 'accepted', 'late', 'repeated']);
  assert.ok(['held', 'not-positive'].includes(verdicts[4]));
  assert.deepEqual(verdicts.slice(5), ['future', 'accepted']);
  assert.equal(answer.accepted, 3);
  const series = await owner.ok('GET', '/api/v1/instruments/beer');
  assert.equal(series.symbol, 'BEER');
  assert.equal(series.own, true);
  assert.equal(series.coverage, 'live');
  assert.equal(series.price.price, 4.4);
  assert.equal(series.price.volume, 2);
  const { items } = await owner.ok('GET', '/api/v1/prices?symbols=BEER');
  assert.equal(items[0].price, 4.4);
  assert.equal(items[0].source, 'push');
  assert.ok(items[0].ageMs >= 0);
  assert.deepEqual(trial.bugs, []);
});

test('shared symbols are the operator’s, another’s symbol is taken', async (t) => {
  const trial = await startTrial(t);
  const { program } = await pusher(trial);
  const { program: other } = await pusher(trial);
  const push = (client: Client, symbol: string, headers = {}) =>
    client.request('POST', '/api/v1/prices', { symbol, price: 100 }, headers);
  assert.equal((await push(program, 'OAK')).status, 403);
  assert.equal((await push(program, 'OAK', { 'x-operator-key': OPERATOR_KEY })).status, 200);
  assert.equal((await push(program, 'OAK', { 'x-operator-key': `${OPERATOR_KEY}x` })).status, 403);
  assert.equal((await push(trial.visitor(), 'OAK', { 'x-operator-key': OPERATOR_KEY })).status, 200);
  assert.equal((await push(program, 'MINE')).status, 200);
  assert.equal((await push(other, 'MINE')).status, 409);
  assert.equal((await push(program, 'no such/thing')).status, 400);
  assert.deepEqual(trial.bugs, []);
});

test('what comes too late from an ingest that another has followed is not the newest price', async (t) => {
  const { bus, visitor, bugs } = await startTrial(t);
  const now = Date.now();
  const said = (duty: number, price: number, at: number): Message<PriceEvent> => {
    const tick = { symbol: 'OAK' as InstrumentSymbol, price, at, receivedAt: at, source: 'far' };
    return { key: 'OAK', value: { kind: 'tick', tick, duty } };
  };
  await bus.publish('stock-prices', [said(2, 10, now - 3_000), said(1, 99, now - 1_000), said(2, 11, now - 2_000)]);
  const newest = async () => (await visitor().ok('GET', '/api/v1/prices?symbols=OAK')).items[0]?.price;
  await eventually(async () => [11, 99].includes(await newest()), 'the last price is there');
  assert.equal(await newest(), 11);
  assert.deepEqual(bugs, []);
});

test('history is candles, page by page', async (t) => {
  const trial = await startTrial(t);
  const { owner, program } = await pusher(trial);
  const start = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
  // Held back as stale by the gate otherwise: history is read from what the recorder wrote.
  const ticks = Array.from({ length: 50 }, (_, n) => ({
    symbol: 'TEA',
    price: 10 + n / 100,
    volume: 1,
    at: start + n * 10_000,
  }));
  await program.ok('POST', '/api/v1/prices', { symbol: 'TEA', price: 10, at: start - 1 });
  await trial.store.prices.record(1, 0, []);
  await trial.bus.publish(
    'stock-prices',
    ticks.map((tick) => ({
      key: tick.symbol,
      value: {
        kind: 'late-tick' as const,
        reason: 'stale' as const,
        tick: { ...tick, symbol: tick.symbol as never, receivedAt: tick.at, source: 'test' },
      },
    })),
  );
  const path = `/api/v1/prices/tea/history?interval=1m&from=${start}&to=${start + 600_000}`;
  const whole = await eventually(async () => {
    const history = await owner.ok('GET', path);
    return history.items.length === 9 && history;
  }, 'nine candles');
  assert.deepEqual(whole.items[0], { at: start, open: 10, high: 10.05, low: 10, close: 10.05, volume: 6, trades: 6 });
  assert.equal(whole.nextCursor, null);
  const paged = await owner.all(path).catch((error: unknown) => error);
  assert.deepEqual(paged, whole.items);
  const first = await owner.ok('GET', `${path}&limit=4`);
  const second = await owner.ok('GET', `${path}&limit=4&cursor=${first.nextCursor}`);
  assert.deepEqual([...first.items, ...second.items], whole.items.slice(0, 8));
  for (const query of ['interval=90s', 'interval=500ms', 'interval=1x', 'from=x', `from=${start}&to=1`])
    assert.equal((await owner.request('GET', `/api/v1/prices/TEA/history?${query}`)).status, 400, query);
  assert.deepEqual(trial.bugs, []);
});
