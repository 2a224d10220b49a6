import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { SourceWitness, sourceConformance } from '#contracts/source.conformance.ts';
import type { SourceContext, SourceState } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import {
  BinanceServer,
  type RecordedTrade,
  recordedTrades,
  tradeFrame,
} from '../../../../test/support/binance-server.ts';
import { needShared } from '../../../../test/support/need.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { createBinance } from './binance.ts';

const BTC = 'BTC-USDT' as InstrumentSymbol;
const ETH = 'ETH-USDT' as InstrumentSymbol;
const START = 1_723_161_255_000;

/** Trades of one pair, a tenth of a second apart; every third shares price and time with the one before. */
function madeTrades(count: number): RecordedTrade[] {
  return Array.from({ length: count }, (_, index) => {
    const step = index - (index % 3 === 2 ? 1 : 0);
    const [id, price, size, at] = [5000 + index, `${60_000 + step}.50000000`, '0.10000000', START + step * 100];
    return { pair: 'BTCUSDT', id, price, size, at, maker: true, frame: tradeFrame('BTCUSDT', id, price, size, at) };
  });
}

class Witness extends SourceWitness {
  readonly told: [SourceState, string][] = [];
  override state(state: SourceState, detail = ''): void {
    this.told.push([state, detail]);
    super.state(state);
  }
  get last(): string {
    return this.told.at(-1)?.[0] ?? '';
  }
}

async function setUp(
  t: TestContext,
  trades: readonly RecordedTrade[],
  { resumeAfter = new Map() as SourceContext['resumeAfter'], now = START } = {},
) {
  const server = await BinanceServer.start(trades);
  const clock = new SimulatedClock(now);
  const source = createBinance({
    symbols: [BTC, ETH],
    endpoint: server.endpoint,
    restEndpoint: server.restEndpoint,
  });
  const witness = new Witness();
  const start = () =>
    source.start({ clock, log: silentLog, metrics: noMetrics, resumeAfter, random: () => 0.5 }, witness);
  t.after(async () => {
    await source.stop();
    assert.equal(clock.waiting, 0);
    await server.close();
  });
  /** The market goes on and all of it arrives. */
  const play = async (count: number): Promise<void> => {
    server.play(count);
    await arrived();
  };
  const arrived = (): Promise<void> =>
    witness.until(() => {
      const newest = trades[server.position - 1] as RecordedTrade;
      const isIt = ({ sequence, symbol }: Tick): boolean =>
        sequence === newest.id && symbol.replace('-', '') === newest.pair;
      // It is nearly always the last.
      return witness.ticks.findLastIndex(isIt) !== -1 || witness.past.findLastIndex(isIt) !== -1;
    });
  const connected = (count = 1): Promise<void> => server.until(() => server.connections === count);
  return { server, clock, source, witness, start, play, arrived, connected };
}

/** Time passes until the server has seen as many connections made. */
async function untilHandshakes(
  { server, clock }: { server: BinanceServer; clock: SimulatedClock },
  count: number,
): Promise<void> {
  while (server.handshakes.length < count) await clock.advance(250);
  await server.until(() => server.connections > 0);
}

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

/** Every trade once, in order, none missing: fetched ones may stand together under their last id. */
function assertComplete(ticks: readonly Tick[], trades: readonly RecordedTrade[]): void {
  let next = 0;
  for (const tick of ticks) {
    const first = next;
    while (trades[next] !== undefined && (trades[next] as RecordedTrade).id <= (tick.sequence as number)) next += 1;
    const group = trades.slice(first, next);
    assert.ok(group.length > 0, `${tick.sequence} came twice or out of order`);
    for (const trade of group) {
      assert.equal(Number(trade.price), tick.price);
      assert.equal(trade.at, tick.at);
    }
    const size = group.reduce((sum, trade) => sum + Number(trade.size), 0);
    assert.equal(tick.volume?.toFixed(8), size.toFixed(8), `size of ${tick.sequence}`);
  }
  assert.equal(next, trades.length, 'trades are missing at the end');
}

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
