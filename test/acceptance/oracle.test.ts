/**
 * Real recordings through the whole program, against what an independent program computed from the same files: every
 * crossing, every episode, every candle.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Client } from '../support/client.ts';
import { needShared } from '../support/need.ts';
import { differences, readOracle } from '../support/oracle.ts';
import { playRecording } from '../support/replay.ts';

const canonical = (symbol: string): string => symbol.replace(/USDT$/, '-USDT');

async function compareCandles(client: Client, file: string): Promise<void> {
  const [, ...rows] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const wanted = new Map<string, number[][]>();
  for (const row of rows) {
    const [interval, at, symbol, open, high, low, close, volume, trades] = row.split(',') as string[];
    const key = `${canonical(symbol as string)} ${Number(interval) / 1000}s`;
    const candle = [at, open, high, low, close, volume, trades].map(Number);
    wanted.set(key, [...(wanted.get(key) ?? []), candle]);
  }
  assert.ok(wanted.size > 0);
  for (const [key, candles] of wanted) {
    const [symbol, interval] = key.split(' ') as [string, string];
    const got: number[][] = [];
    const to = (candles.at(-1)?.[0] as number) + 1;
    for (let from: string | null = String(candles[0]?.[0]); from !== null; ) {
      const page: { items: Record<string, number>[]; nextCursor: string | null } = await client.ok(
        'GET',
        `/api/v1/prices/${symbol}/history?from=${from}&to=${to}&interval=${interval}&limit=5000`,
      );
      got.push(
        ...page.items.map(({ at, open, high, low, close, volume, trades }) =>
          [at, open, high, low, close, volume, trades].map(Number),
        ),
      );
      from = page.nextCursor;
    }
    assert.equal(got.length, candles.length, `${key}: number of candles`);
    candles.forEach((candle, index) => {
      const mine = got[index] as number[];
      // Volumes are sums of doubles: their last digits depend on the order of adding.
      const close = Math.abs((mine[5] as number) - (candle[5] as number)) <= 1e-9 * Math.abs(candle[5] as number);
      assert.ok(close, `${key} at ${candle[0]}: volume ${mine[5]} is not ${candle[5]}`);
      assert.deepEqual(mine.toSpliced(5, 1), candle.toSpliced(5, 1), `${key} at ${candle[0]}`);
    });
  }
}

async function compareWithOracle(t: TestContext, recording: string, oracle: string, candles: string): Promise<void> {
  const files = [recording, oracle, candles].map((file) => needShared(t, file));
  if (files.includes(null)) return;
  const [recordingFile, oracleFile, candlesFile] = files as [string, string, string];
  const expected = readOracle(oracleFile);
  assert.ok(expected.length > 40);
  const ids: string[] = [];
  const { client, program } = await playRecording(t, recordingFile, async (user) => {
    for (const { alert } of expected) ids.push((await user.ok<{ id: string }>('POST', '/api/v1/alerts', alert)).id);
  });
  assert.deepEqual(differences(expected, ids, await client.all('/api/v1/triggers')), []);
  await compareCandles(client, candlesFile);
  assert.equal(await program.stop(), 0);
}

test('a recorded quarter of an hour of Binance gives the crossings, episodes and candles of the oracle', (t) =>
  compareWithOracle(
    t,
    'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz',
    'oracles/alerts_binance_spot_20240808.json.gz',
    'oracles/candles_binance_spot_20240808.csv.gz',
  ));

test('five recorded days of three US shares give the crossings, episodes and candles of the oracle', (t) =>
  compareWithOracle(
    t,
    'ticks/lean_us_equity_trades_aig_bac_ibm_20131007-11.csv.gz',
    'oracles/alerts_lean_aig_bac_ibm.json.gz',
    'oracles/candles_lean_aig_bac_ibm.csv.gz',
  ));
