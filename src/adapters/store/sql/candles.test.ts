import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Candle } from '#domain/market/candle.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { needShared } from '../../../../test/support/need.ts';
import { openTestStore } from '../../../../test/support/store.ts';

/** As the recorder's batches. */
const BATCH = 5_000;
/** Volumes are sums of doubles, and an oracle adds them in another order. */
const MAX_VOLUME_ERROR = 1e-9;

const linesOf = (path: string): string[] => gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n');

function readLean(path: string): Tick[] {
  return linesOf(path)
    .slice(1)
    .map((line, i) => {
      const [at, symbol, price, size] = line.split(',');
      return {
        symbol: symbol as InstrumentSymbol,
        price: Number(price),
        volume: Number(size),
        at: Number(at),
        receivedAt: Number(at),
        source: 'replay',
        sequence: i + 1,
      };
    });
}

function readBinance(path: string): Tick[] {
  return linesOf(path)
    .filter((line) => line.includes('@trade"'))
    .map((line) => {
      const { data } = JSON.parse(line.slice(line.indexOf(' ') + 1)) as { data: Record<string, string | number> };
      return {
        symbol: String(data['s']) as InstrumentSymbol,
        price: Number(data['p']),
        volume: Number(data['q']),
        at: Number(data['T']),
        receivedAt: Math.floor(Number(line.slice(0, line.indexOf(' '))) / 1e6),
        source: 'replay',
        sequence: Number(data['t']),
      };
    });
}

async function compare(t: TestContext, ticksFile: string, read: (path: string) => Tick[], oracleFile: string) {
  const ticksPath = needShared(t, ticksFile);
  const oraclePath = needShared(t, oracleFile);
  if (ticksPath === null || oraclePath === null) return;
  const store = await openTestStore();
  const ticks = read(ticksPath);
  for (let at = 0; at < ticks.length; at += BATCH)
    await store.prices.record(
      0,
      at + BATCH,
      ticks.slice(at, at + BATCH).map((tick) => ({ tick, late: false })),
    );
  const expected = new Map<string, Candle[]>();
  for (const line of linesOf(oraclePath).slice(1)) {
    const [interval, at, symbol, open, high, low, close, volume, trades] = line.split(',');
    const candle = {
      at: Number(at),
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
      trades: Number(trades),
    };
    const series = `${symbol} ${interval}`;
    expected.set(series, [...(expected.get(series) ?? []), candle]);
  }
  assert.ok(expected.size > 0);
  for (const [series, candles] of expected) {
    const [symbol, interval] = series.split(' ') as [InstrumentSymbol, string];
    const found = await store.prices.candles(symbol, 0, Number.MAX_SAFE_INTEGER / 4, Number(interval), 100_000);
    assert.equal(found.length, candles.length, series);
    candles.forEach((candle, i) => {
      const { volume, ...rest } = found[i] as Candle;
      const { volume: expectedVolume, ...expectedRest } = candle;
      assert.deepEqual(rest, expectedRest, series);
      assert.ok(Math.abs(volume - expectedVolume) <= MAX_VOLUME_ERROR * expectedVolume, `${series} ${candle.at}`);
    });
  }
  await store.close();
}

test('a recorded crypto market gives the candles that pandas makes of it', (t) =>
  compare(
    t,
    'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz',
    readBinance,
    'oracles/candles_binance_spot_20240808.csv.gz',
  ));

test('a recorded week of stocks gives the candles that pandas makes of it', (t) =>
  compare(
    t,
    'ticks/lean_us_equity_trades_aig_bac_ibm_20131007-11.csv.gz',
    readLean,
    'oracles/candles_lean_aig_bac_ibm.csv.gz',
  ));
