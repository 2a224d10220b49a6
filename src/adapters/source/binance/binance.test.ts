import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sourceConformance } from '#contracts/source.conformance.ts';
import { BinanceServer, type RecordedTrade, recordedTrades } from '../../../../test/support/binance-server.ts';
import { needShared } from '../../../../test/support/need.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { createBinance } from './binance.ts';
import { assertComplete, BTC, ETH, madeTrades, START, setUp, untilHandshakes } from './testing/trial.ts';

/** A restart finds the same market, further on. */
const markets = new WeakMap<TestContext, Promise<BinanceServer>>();
function marketOf(t: TestContext): Promise<BinanceServer> {
  const market = markets.get(t) ?? BinanceServer.start(madeTrades(200));
  if (!markets.has(t)) t.after(async () => (await market).close());
  markets.set(t, market);
  return market;
}

sourceConformance('binance', { resumes: true, listsInstruments: true }, async (t) => {
  const server = await marketOf(t);
  const clock = new SimulatedClock(START);
  const source = createBinance({
    symbols: [BTC, ETH],
    endpoint: server.endpoint,
    restEndpoint: server.restEndpoint,
  });
  return {
    source: {
      ...source,
      // What is played next must not go to the connection that has just ended.
      stop: async () => {
        await source.stop();
        await server.until(() => server.connections === 0);
      },
    },
    clock,
    feed: async () => {
      await server.until(() => server.connections > 0);
      server.play(3);
    },
    timers: () => clock.waiting,
    close: async () => {},
  };
});

const wanted = (trades: readonly RecordedTrade[], pair: string) => trades.filter((trade) => trade.pair === pair);

test('the recording arrives whole over cuts, a roll-over and a quiet reconnect', async (t) => {
  const path = needShared(t, 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz');
  if (path === null) return;
  const trades = recordedTrades(path);
  assert.equal(trades.length, 34_419);
  const trial = await setUp(t, trades);
  const { server, clock, witness, start, play, connected } = trial;
  await start();
  await connected();
  await play(10_000);
  assert.deepEqual(
    witness.ticks.map(({ sequence }) => sequence),
    trades.slice(0, 10_000).map(({ id }) => id),
  );
  assert.deepEqual(server.handshakes, ['/stream?streams=btcusdt@trade/ethusdt@trade']);
  for (const lost of [1, 40, 1500]) {
    server.cut();
    await connected(0);
    server.play(lost);
    await untilHandshakes(trial, server.handshakes.length + 1);
    // Both pairs need a trade to see that some are missing.
    await play(300);
  }
  // The connection is a day old: the new one opens first, and for a while both bring the same.
  const minutePasses = async (stepMs: number): Promise<void> => {
    const newest = Math.max(...trades.slice(server.position - 100, server.position).map(({ at }) => at));
    await play(trades.findIndex(({ at }, index) => index > server.position && at > newest) + 1 - server.position);
    const before = server.handshakes.length;
    for (let passed = 0; passed < 59_000 && server.handshakes.length === before; passed += stepMs)
      await clock.advance(stepMs);
  };
  for (let minute = 0; minute < 23 * 60; minute += 1) await minutePasses(59_000);
  const before = server.handshakes.length;
  assert.equal(server.connections, 1);
  for (let minute = 0; minute < 60 && server.handshakes.length === before; minute += 1) await minutePasses(1_000);
  await connected(2);
  await play(500);
  await clock.advance(5_000);
  await connected(1);
  await play(trades.length);
  for (const [symbol, pair] of [
    [BTC, 'BTCUSDT'],
    [ETH, 'ETHUSDT'],
  ] as const)
    assertComplete(
      witness.ticks.filter((tick) => tick.symbol === symbol),
      wanted(trades, pair),
    );
  assert.deepEqual(witness.gaps, []);
  assert.deepEqual(witness.past, []);
});

test('trades fetched long after they happened are for charts, and the gap is told', async (t) => {
  const trades = madeTrades(60);
  const trial = await setUp(t, trades);
  const { server, clock, witness, start, play, connected } = trial;
  await start();
  await connected();
  await play(20);
  server.cut();
  await connected(0);
  server.play(20);
  await clock.advance(0);
  // An hour goes by without Binance.
  server.refuseConnections = { status: 503 };
  await clock.advance(3_600_000);
  server.refuseConnections = null;
  await untilHandshakes(trial, server.handshakes.length + 1);
  await play(1);
  const from = (trades[19] as RecordedTrade).at;
  const to = (trades[40] as RecordedTrade).at;
  assert.deepEqual(witness.gaps, [{ symbol: BTC, from, to }]);
  assertComplete([...witness.ticks.slice(0, 20), ...witness.past, ...witness.ticks.slice(20)], trades.slice(0, 41));
});

test('where the history cannot be had the gap is told, from the last trade to the first', async (t) => {
  for (const refuseHistory of [
    { status: 500 },
    { status: 200, body: '{"code":-1121,"msg":"Invalid symbol."}' },
    { status: 200, body: '[]' },
    { status: 451, body: '{}' },
    { status: 418, body: '{"msg":"IP banned until 1723161355000."}' },
  ]) {
    const trades = madeTrades(60);
    const trial = await setUp(t, trades);
    const { server, clock, witness, start, play, connected } = trial;
    server.refuseHistory = refuseHistory;
    await start();
    await connected();
    await play(20);
    server.cut();
    await connected(0);
    server.play(20);
    await untilHandshakes(trial, 2);
    server.play(5);
    while (witness.gaps.length === 0) {
      await server.until(() => server.requests.length > 0);
      await clock.advance(500);
    }
    await trial.arrived();
    const [from, to] = [(trades[19] as RecordedTrade).at, (trades[40] as RecordedTrade).at];
    assert.deepEqual(witness.gaps, [{ symbol: BTC, from, to }], JSON.stringify(refuseHistory));
    assert.equal(witness.ticks.length, 25);
    await trial.source.stop();
  }
});

test('a history that is a moment behind is asked again', async (t) => {
  const trades = madeTrades(60);
  const trial = await setUp(t, trades);
  const { server, clock, witness, start, play, connected } = trial;
  await start();
  await connected();
  await play(20);
  server.cut();
  await connected(0);
  server.play(20);
  await untilHandshakes(trial, 2);
  server.historyBehind = 10;
  server.play(1);
  await server.until(() => server.requests.length === 1);
  server.historyBehind = 0;
  while (server.requests.length < 2) await clock.advance(100);
  await trial.arrived();
  assertComplete(witness.ticks, trades.slice(0, 41));
  assert.deepEqual(witness.gaps, []);
});

test('after a restart it goes on behind the last durable trade', async (t) => {
  const trades = madeTrades(60);
  for (const place of [20, 19]) {
    const last = trades[place] as RecordedTrade;
    const resumeAfter = new Map([[BTC, { at: last.at, sequence: last.id }]]);
    const { server, witness, start, play, connected } = await setUp(t, trades, { resumeAfter });
    server.play(45);
    await start();
    await connected();
    await play(1);
    const ticks = [...witness.ticks];
    if (place === 19) {
      // It shares its order with the one before the restart, whose size is no longer known here: none is said.
      assert.deepEqual([ticks[0]?.sequence, ticks[0]?.volume], [5020, undefined]);
      ticks.shift();
    }
    assertComplete(ticks, trades.slice(21, 46));
  }
});

test('a flood is held within a limit, and what was let go is fetched or told', async (t) => {
  const count = 130_000;
  const trades = madeTrades(count);
  const { server, witness, start, connected, arrived, play } = await setUp(t, trades);
  await start();
  await connected();
  await play(1);
  witness.hold();
  server.play(count - 1);
  await server.ping();
  witness.release();
  await arrived();
  const ids = witness.ticks.map(({ sequence }) => sequence as number);
  assert.ok(ids.every((id, index) => index === 0 || id > (ids[index - 1] as number)));
  assert.equal(witness.gaps.length, 1);
  const [gap] = witness.gaps;
  // What came within the limit is all there, in order, and the gap says where the rest is missing.
  assert.ok(witness.ticks.length >= 100_000 && witness.ticks.length < count, `${witness.ticks.length} ticks`);
  assert.equal(gap?.from, witness.ticks.at(-2)?.at);
  assert.equal(gap?.to, trades.at(-1)?.at);
});
