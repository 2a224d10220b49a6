import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { SourceWitness, sourceConformance } from '#contracts/source.conformance.ts';
import type { SourceContext } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { needShared } from '../../../../test/support/need.ts';
import { SimulatedClock, settle } from '../../../../test/support/simulated-clock.ts';
import { binanceFrames } from '../binance/recorded-frames.ts';
import { createReplay } from './replay.ts';
import type { ReplaySpeed } from './spec.ts';

const TRADES = 'ticks/lean_us_equity_trades_aig_bac_ibm_20131007-11.csv.gz';
const FRAMES = 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz';
const QUOTES = 'ticks/lean_oanda_eurusd_quotes_20140508.csv.gz';

function fileOf(t: TestContext, content: string | Buffer, name = 'recording.csv'): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-replay-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

type Positions = SourceContext['resumeAfter'];

/** Plays to the end at full speed; the witness has all it said. */
async function playAll(path: string, resumeAfter: Positions = new Map(), symbol: string | null = null) {
  const details: string[] = [];
  const witness = new (class extends SourceWitness {
    override state(state: Parameters<SourceWitness['state']>[0], detail?: string): void {
      details.push(detail ?? '');
      super.state(state);
    }
  })();
  const source = createReplay({
    path,
    speed: 'max',
    symbol: symbol as InstrumentSymbol | null,
    frames: binanceFrames,
  });
  const clock = new SimulatedClock();
  await source.start({ clock, log: silentLog, metrics: noMetrics, resumeAfter, random: () => 0.5 }, witness);
  await witness.until(() => witness.states.some((state) => state === 'ended' || state === 'failed'));
  await source.stop();
  return { source, witness, ticks: witness.ticks, state: witness.states.at(-1), detail: details.at(-1) as string };
}

const SMALL = [
  'ts_ms_utc,symbol,price,size',
  ...Array.from(
    { length: 12 },
    (_, row) => `${1_700_000_000_000 + row * 1000},${row % 2 ? 'ABC' : 'XYZ'},${row + 1.5},10`,
  ),
].join('\n');

sourceConformance('replay', { resumes: true, listsInstruments: true }, (t) => {
  const clock = new SimulatedClock();
  return {
    source: createReplay({ path: fileOf(t, SMALL), speed: 1, symbol: null, frames: binanceFrames }),
    clock,
    feed: () => clock.advance(1000),
    timers: () => clock.waiting,
    close: async () => {},
  };
});

/** The rows of a shared file, read again in the plainest way. */
async function rowsOf(path: string): Promise<string[]> {
  return gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n');
}

test('a recording of trades gives every row, in order, exactly', async (t) => {
  const path = needShared(t, TRADES);
  if (path === null) return;
  const rows = (await rowsOf(path)).slice(1);
  const { ticks, source, state } = await playAll(path);
  assert.equal(state, 'ended');
  assert.equal(ticks.length, 906_352);
  for (const [index, row] of rows.entries()) {
    const [at, symbol, price, size] = row.split(',') as [string, string, string, string];
    const tick = ticks[index] as Tick;
    if (
      tick.at !== Number(at) ||
      tick.symbol !== symbol ||
      tick.price !== Number(price) ||
      tick.volume !== Number(size) ||
      tick.receivedAt !== tick.at ||
      tick.sequence !== index + 1
    )
      assert.fail(`row ${index + 1} "${row}" became ${JSON.stringify(tick)}`);
  }
  assert.equal(source.recordedTime?.(), Number((rows.at(-1) as string).split(',')[0]));
  const instruments = await source.instruments();
  assert.deepEqual(instruments.map(({ symbol }) => symbol).sort(), ['AIG', 'BAC', 'IBM']);
  assert.ok(instruments.every(({ calendar, kind }) => calendar === 'XNYS' && kind === 'stock'));
});

test('recorded frames give every trade with its id and receive time, and no quote', async (t) => {
  const path = needShared(t, FRAMES);
  if (path === null) return;
  const wanted = (await rowsOf(path))
    .filter((row) => row.includes('@trade"'))
    .map((row) => {
      const space = row.indexOf(' ');
      const { data } = JSON.parse(row.slice(space));
      return {
        symbol: data.s === 'BTCUSDT' ? 'BTC-USDT' : 'ETH-USDT',
        price: Number(data.p),
        volume: Number(data.q),
        at: data.T,
        sequence: data.t,
        receivedAt: Number(BigInt(row.slice(0, space)) / 1_000_000n),
        source: 'replay-binance-spot-ws-btcusdt-ethusdt-20240808t2354z',
      };
    });
  const { ticks, source } = await playAll(path);
  assert.equal(ticks.length, 34_419);
  assert.deepEqual(ticks, wanted);
  const [instrument] = (await source.instruments()).filter(({ symbol }) => symbol === 'BTC-USDT');
  assert.deepEqual(instrument?.aliases, ['BTCUSDT']);
  assert.equal(instrument?.calendar, '24/7');
});

test('a quote is the exact middle of bid and ask', async (t) => {
  const path = needShared(t, QUOTES);
  if (path === null) return;
  const rows = (await rowsOf(path)).slice(1);
  const { ticks } = await playAll(path);
  assert.equal(ticks.length, rows.length);
  for (const [index, row] of rows.entries()) {
    const [, , bid, ask] = row.split(',') as [string, string, string, string];
    const wanted = (Math.round(Number(bid) * 1e5) + Math.round(Number(ask) * 1e5)) / 2e5;
    assert.equal(ticks[index]?.price, wanted, row);
    assert.equal(ticks[index]?.volume, undefined);
    assert.equal(ticks[index]?.symbol, 'EUR-USD');
  }
});

test('bars become four ticks within their time that give the same bar again', async (t) => {
  for (const file of [
    'bars_1m/lean_coinbase_1m_btcusd_ethusd_ltcusd_btceur_20180404-06.csv.gz',
    'bars_1m/lean_us_equity_1m_aig_bac_ibm_spy_20131004-11.csv.gz',
  ]) {
    const path = needShared(t, file);
    if (path === null) return;
    const rows = (await rowsOf(path)).slice(1);
    const { ticks } = await playAll(path);
    assert.equal(ticks.length, rows.length * 4);
    let before = 0;
    const bars = new Map<string, Tick[]>();
    for (const tick of ticks) {
      assert.ok(tick.at >= before, 'time runs backwards');
      before = tick.at;
      const key = `${Math.floor(tick.at / 60_000) * 60_000},${tick.symbol.replace('-', '')}`;
      bars.set(key, [...(bars.get(key) ?? []), tick]);
    }
    for (const row of rows) {
      const [at, symbol, open, high, low, close, volume] = row.split(',') as string[];
      const bar = bars.get(`${at},${symbol}`) as Tick[];
      const prices = bar.map(({ price }) => price);
      const total = bar.reduce((sum, tick) => sum + (tick.volume ?? 0), 0);
      assert.deepEqual(
        [prices[0], Math.max(...prices), Math.min(...prices), prices[3], total],
        [open, high, low, close, volume].map(Number),
        row,
      );
    }
  }
});

test('daily bars lie in their session, and broken ones are counted and named', async (t) => {
  const path = needShared(t, 'bars_1d/cnuge_sp500_daily_20130208-20180207_265sym.csv.gz');
  if (path === null) return;
  const { ticks, state, detail } = await playAll(path);
  assert.equal(ticks.length, (322_931 - 11) * 4);
  assert.equal(state, 'ended');
  assert.match(detail, /11 rows could not be read, the first at line 81841: open or close lies outside/);
  const first = ticks.filter(({ symbol }) => symbol === 'AAPL').slice(0, 4);
  // 2013-02-08 in New York: 9:30 to 16:00 is 14:30 to 21:00 UTC.
  assert.equal(first[0]?.at, Date.UTC(2013, 1, 8, 14, 30));
  assert.equal(first[3]?.at, Date.UTC(2013, 1, 8, 21) - 1);
  assert.equal(first[3]?.volume, 158_168_416);
});

test('a file about one symbol needs to be told which', async (t) => {
  const path = needShared(t, 'bars_1d/lean_coinbase_btcusd_daily.csv.gz');
  if (path === null) return;
  const without = await playAll(path);
  assert.equal(without.state, 'failed');
  assert.match(without.detail, /line 1: no symbol column.*\?symbol=/);
  const { ticks } = await playAll(path, new Map(), 'BTC-USD');
  assert.equal(ticks.length, 1318 * 4);
  assert.deepEqual(ticks[0], {
    symbol: 'BTC-USD',
    price: 300,
    at: Date.UTC(2014, 11, 1),
    receivedAt: Date.UTC(2014, 11, 1),
    sequence: 4,
    source: 'replay-lean-coinbase-btcusd-daily',
  });
});

const row = fc.record({
  step: fc.integer({ min: 0, max: 100_000 }),
  symbol: fc.constantFrom('AAA', 'BBB', 'CCC'),
  price: fc.integer({ min: 1, max: 1_000_000 }),
});

test('going on after any tick gives exactly the rest', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 60 }),
      fc.nat(),
      fc.boolean(),
      async (rows, cut, bars) => {
        let at = 1_700_000_000_000;
        const lines = rows.map(({ step, symbol, price }) => {
          at += bars ? 60_000 * (step % 2) : step;
          return bars
            ? `${at},${symbol},${price},${price + 3},${price},${price + 1},7`
            : `${at},${symbol},${price / 100},7`;
        });
        const header = bars ? 'ts_ms_utc,symbol,open,high,low,close,volume' : 'ts_ms_utc,symbol,price,size';
        const path = fileOf(t, gzipSync([header, ...lines].join('\r\n')), 'any.csv.gz');
        const all = (await playAll(path)).ticks;
        const taken = all.slice(0, cut % (all.length + 1));
        const positions: Positions = new Map(
          taken.map(({ symbol, at: last, sequence }) => [symbol, { at: last, sequence: sequence ?? null }]),
        );
        assert.deepEqual((await playAll(path, positions)).ticks, all.slice(taken.length));
      },
    ),
    { numRuns: 40 },
  );
});

test('a broken row is counted and named, the rest is played', async (t) => {
  const path = fileOf(
    t,
    [
      'ts,symbol,price,size',
      '1700000000000,ABC,1.5,1',
      'rubbish',
      '1700000001000,ABC,,1',
      '1700000002000,ABC,0,1',
      '1700000003000,"ABC","2.5",1',
      '',
    ].join('\n'),
  );
  const { ticks, state, detail } = await playAll(path);
  assert.deepEqual(
    ticks.map(({ price, sequence }) => [price, sequence]),
    [
      [1.5, 1],
      [2.5, 5],
    ],
  );
  assert.equal(state, 'ended');
  assert.match(detail, /3 rows could not be read, the first at line 3: no time in "rubbish"/);
});

test('a symbol is the same padded, in small letters and quoted; one that cannot be a symbol is named', async (t) => {
  const symbols = ['ABC', ' ABC ', 'abc', '" ABC"', 'BRK.B', 'BRK/B'];
  const rows = symbols.map((symbol, row) => `${1_700_000_000_000 + row},${symbol},${row + 1},1`);
  const { ticks, source, detail } = await playAll(fileOf(t, ['ts,symbol,price,size', ...rows].join('\n')));
  assert.deepEqual(
    ticks.map(({ symbol }) => symbol),
    ['ABC', 'ABC', 'ABC', 'ABC', 'BRK.B'],
  );
  assert.equal((await source.instruments()).length, 2);
  assert.match(detail, /1 rows could not be read, the first at line 7: no symbol in "BRK\/B"/);
});

test('a time without a zone would mean this machine’s, and is refused', async (t) => {
  const times = ['2024-03-10T07:00:00Z', '2024-03-10T03:00:00-04:00', '2024-03-10T07:00:00', '2024-03-10 07:00:00'];
  const rows = times.map((time, row) => `${time},ABC,${row + 1},1`);
  const { ticks, detail } = await playAll(fileOf(t, ['ts,symbol,price,size', ...rows].join('\n')));
  assert.deepEqual(
    ticks.map(({ at }) => at),
    [Date.UTC(2024, 2, 10, 7), Date.UTC(2024, 2, 10, 7)],
  );
  assert.match(detail, /2 rows could not be read, the first at line 4: no time in/);
});

test('a file that is no recording fails and says why', async (t) => {
  for (const [content, reason] of [
    ['', /is empty/],
    ['hello\nworld', /line 1: no time column in "hello"/],
    ['ts,symbol,colour\n1,A,red', /line 1: no price in the columns/],
    [gzipSync(SMALL.repeat(1000)).subarray(0, 500), /cannot be read: unexpected end of file/],
  ] as const) {
    const { state, detail } = await playAll(fileOf(t, content));
    assert.equal(state, 'failed');
    assert.match(detail, reason);
  }
  const named = await playAll(fileOf(t, SMALL), new Map(), 'ABC');
  assert.match(named.detail, /line 1: it has a symbol column: leave \?symbol= out/);
  const { state, detail } = await playAll('/nowhere/at/all.csv');
  assert.equal(state, 'failed');
  assert.match(detail, /cannot be read: ENOENT/);
});

async function startAt(t: TestContext, speed: ReplaySpeed) {
  const clock = new SimulatedClock(5_000_000);
  const witness = new SourceWitness();
  const source = createReplay({ path: fileOf(t, SMALL), speed, symbol: null, frames: binanceFrames });
  await source.instruments();
  await source.start({ clock, log: silentLog, metrics: noMetrics, resumeAfter: new Map(), random: () => 0.5 }, witness);
  t.after(() => source.stop());
  return { clock, witness, source, time: source.recordedTime as () => number };
}

test('at speed n a tick comes when n times the time has passed', async (t) => {
  const { clock, witness, time } = await startAt(t, 4);
  await witness.until(() => witness.ticks.length > 0);
  for (let step = 0; step <= 45; step += 1) {
    await settle();
    const passed = step * 250;
    const wanted = Math.min(12, 1 + Math.floor(passed / 1000));
    assert.equal(witness.ticks.length, wanted, `after ${step} steps`);
    assert.equal(time(), 1_700_000_000_000 + Math.min(11_000, passed));
    await clock.advance(62.5);
  }
  await witness.until(() => witness.states.at(-1) === 'ended');
});

test('paused, everything is registered and nothing is played', async (t) => {
  const { clock, witness, source, time } = await startAt(t, 0);
  await witness.until(() => witness.states.at(-1) === 'waiting');
  await clock.advance(86_400_000);
  assert.equal(witness.ticks.length, 0);
  assert.equal((await source.instruments()).length, 2);
  assert.equal(time(), 1_700_000_000_000);
});

test('at full speed a batch never spans more than five minutes, and time goes with it', async (t) => {
  const lines = Array.from({ length: 500 }, (_, index) => `${1_700_000_000_000 + index * 7_000},ABC,${index + 1},1`);
  const path = fileOf(t, ['ts,symbol,price,size', ...lines].join('\n'));
  const source = createReplay({ path, speed: 'max', symbol: null, frames: binanceFrames });
  const witness = new SourceWitness();
  const spans: number[] = [];
  await source.start(
    { clock: new SimulatedClock(), log: silentLog, metrics: noMetrics, resumeAfter: new Map(), random: () => 0.5 },
    {
      ...{ history: async () => {}, gap: async () => {} },
      state: (state) => witness.state(state),
      emit: (ticks) => {
        assert.equal(source.recordedTime?.(), ticks.at(-1)?.at);
        spans.push((ticks.at(-1) as Tick).at - (ticks[0] as Tick).at);
        return witness.emit(ticks);
      },
    },
  );
  await witness.until(() => witness.states.at(-1) === 'ended');
  await source.stop();
  assert.equal(witness.ticks.length, 500);
  assert.equal(Math.max(...spans), 294_000);
});
