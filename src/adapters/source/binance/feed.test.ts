import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { type RecordedTrade, tradeFrame } from '../../../../test/support/binance-server.ts';
import { assertComplete, BTC, madeTrades, START, setUp, untilHandshakes } from './testing/trial.ts';

test('a connected but silent feed is found, and so is one whose times stand still', async (t) => {
  const trades = madeTrades(60);
  const { server, clock, witness, start, play, connected } = await setUp(t, trades);
  await start();
  await connected();
  await server.ping();
  await play(10);
  assert.equal(witness.last, 'live');
  await clock.advance(59_000);
  assert.equal(witness.last, 'live');
  // Old trades again are no sign of life.
  server.send((trades[3] as RecordedTrade).frame);
  await clock.advance(1_000);
  assert.equal(witness.last, 'stalled');
  assert.match(witness.told.at(-1)?.[1] as string, /no newer trade for 60 s/);
  await connected(2);
  await clock.advance(5_000);
  await connected(1);
  assert.equal(witness.last, 'stalled');
  await play(10);
  assert.equal(witness.last, 'live');
  assertComplete(witness.ticks, trades.slice(0, 20));
});

test('a ban is obeyed to its end', async (t) => {
  const trades = madeTrades(30);
  const { server, clock, witness, start, play, connected } = await setUp(t, trades);
  server.refuseConnections = {
    status: 418,
    headers: { 'retry-after': '60' },
    body: `{"code":-1003,"msg":"Way too much request weight used; IP banned until ${START + 600_000}. Please use WebSocket Streams."}`,
  };
  await start();
  await witness.until(() => witness.last === 'waiting');
  server.refuseConnections = null;
  await clock.advance(599_999);
  assert.equal(server.handshakes.length, 1);
  assert.match(witness.told.at(-1)?.[1] as string, /asks to wait until 2024-08-09T00:04:15/);
  await clock.advance(1);
  await connected();
  await play(3);
  assert.equal(witness.last, 'live');
});

test('a region that is not served is said, with what to do, and not tried again', async (t) => {
  const { server, clock, witness, start } = await setUp(t, madeTrades(1));
  server.refuseConnections = { status: 451, body: '{"code":0,"msg":"Service unavailable from a restricted location"}' };
  await start();
  await witness.until(() => witness.last === 'failed');
  assert.match(witness.told.at(-1)?.[1] as string, /HTTP 451.*another source/);
  await clock.advance(86_400_000);
  assert.equal(server.handshakes.length, 1);
});

test('a server that is down is tried again ever more slowly, with jitter', async (t) => {
  const { server, clock, witness, start } = await setUp(t, madeTrades(1));
  server.refuseConnections = { status: 502 };
  await start();
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    await witness.until(() => witness.told.filter(([, detail]) => detail.includes('HTTP 502')).length === attempt);
    const before = clock.now();
    while (server.handshakes.length === attempt) {
      await clock.advance(250);
      if (clock.now() - before > 100_000) assert.fail('it gave up');
    }
    waits.push(clock.now() - before);
  }
  assert.deepEqual(
    waits.map((wait) => Math.round(wait / 1000)),
    [1, 2, 3, 6, 12, 24, 45, 45, 45],
  );
});

test('rubbish is passed over and an announced shutdown leads to a new connection first', async (t) => {
  const trades = madeTrades(60);
  const { server, clock, witness, start, play, connected } = await setUp(t, trades);
  await start();
  await connected();
  await play(10);
  for (const rubbish of ['', '{', 'null', '[]', '{"stream":"btcusdt@trade","data":null}', '{"result":null,"id":1}'])
    server.send(rubbish);
  server.send(tradeFrame('BTCUSDT', 5010, '0.00000000', '1.0', START));
  server.send('{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":"5010","p":"1","q":"1","T":1}}');
  await play(10);
  server.send('{"e":"serverShutdown","E":1723161300000}');
  await connected(2);
  await play(10);
  await clock.advance(5_000);
  await connected(1);
  server.cut(1001);
  await connected(0);
  await untilHandshakes({ server, clock }, 3);
  await play(10);
  assertComplete(witness.ticks, trades.slice(0, 40));
});

test('while two connections overlap, the one that is ahead waits for the other', async (t) => {
  const trades = madeTrades(60);
  const { server, clock, witness, start, play, connected } = await setUp(t, trades);
  await start();
  await connected();
  await play(10);
  server.send('{"e":"serverShutdown","E":1723161300000}');
  await connected(2);
  const frame = (index: number): string => (trades[index] as RecordedTrade).frame;
  for (const index of [12, 11, 13]) server.send(frame(index), 1);
  for (const index of [10, 11]) server.send(frame(index), 0);
  await witness.until(() => witness.ticks.length === 14);
  assertComplete(witness.ticks, trades.slice(0, 14));
  assert.equal(server.requests.length, 0);
  await clock.advance(5_000);
});

test('other pairs can be chosen while it runs', async (t) => {
  const trades = madeTrades(30);
  const { server, clock, source, start, play, connected } = await setUp(t, trades);
  await start();
  await connected();
  await play(3);
  const all = await source.instruments();
  await source.watch(all);
  assert.equal(server.handshakes.length, 1);
  await source.watch(all.filter(({ symbol }) => symbol === BTC));
  await connected(2);
  assert.equal(server.handshakes[1], '/stream?streams=btcusdt@trade');
  await clock.advance(5_000);
  await connected(1);
  await play(3);
});

test('more pairs than a connection may carry are several, and the worst of them is what the source says', async (t) => {
  const symbols = [BTC, ...Array.from({ length: 400 }, (_, n) => `A${n}-USDT` as InstrumentSymbol)];
  const { server, clock, witness, start, play, connected } = await setUp(t, madeTrades(6), { symbols });
  await start();
  await connected(3);
  const streams = server.handshakes.map((path) => path.split('=')[1]?.split('/') ?? []);
  assert.ok(streams.every(({ length }) => length <= 200));
  assert.equal(new Set(streams.flat()).size, symbols.length);
  await play(3);
  // Two of them have not said a word yet.
  assert.equal(witness.last, 'connecting');
  for (const quiet of streams)
    if (!quiet.includes('btcusdt@trade')) {
      const pair = (quiet[0] as string).split('@')[0]?.toUpperCase() as string;
      server.send(tradeFrame(pair, 1, '1.0', '1.0', START));
    }
  await witness.until(() => witness.last === 'live');
  server.cut(undefined, 'btcusdt@trade');
  await witness.until(() => witness.last === 'connecting');
  await untilHandshakes({ server, clock }, 4);
  await connected(3);
  await play(3);
  assert.equal(witness.last, 'live');
});
