/**
 * The gate must never cost a real trade: recorded markets pass it whole, in order, with nothing held or rejected. The
 * clock of the recorded Binance feed lags 1.3 s behind the exchange's.
 */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createGunzip } from 'node:zlib';
import { Gate } from '#domain/market/gate.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { needShared } from './support/need.ts';

const STALE_MS = 60_000;

async function verdicts(
  path: string,
  read: (line: string, index: number) => Tick | undefined,
): Promise<Readonly<Record<string, number>>> {
  const gate = new Gate();
  const counts: Record<string, number> = {};
  let index = 0;
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    const tick = read(line, index++);
    if (tick === undefined) continue;
    const { verdict } = gate.judge(tick, tick.receivedAt, STALE_MS);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

test('every trade of the recorded Binance feed passes the gate', async (t) => {
  const path = needShared(t, 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz');
  if (path === null) return;
  const counts = await verdicts(path, (line) => {
    if (!line.includes('@trade"')) return undefined;
    const space = line.indexOf(' ');
    const { data } = JSON.parse(line.slice(space + 1)) as {
      data: { s: string; p: string; q: string; T: number; t: number };
    };
    return {
      symbol: data.s as InstrumentSymbol,
      price: Number(data.p),
      volume: Number(data.q),
      at: data.T,
      receivedAt: Number(line.slice(0, space)) / 1e6,
      source: 'binance',
      sequence: data.t,
    };
  });
  assert.deepEqual(counts, { accepted: 34_419 });
});

test('every trade of three stocks over a week passes the gate, openings and early hours included', async (t) => {
  const path = needShared(t, 'ticks/lean_us_equity_trades_aig_bac_ibm_20131007-11.csv.gz');
  if (path === null) return;
  const counts = await verdicts(path, (line, index) => {
    if (index === 0) return undefined;
    const [at, symbol, price, volume] = line.split(',');
    return {
      symbol: symbol as InstrumentSymbol,
      price: Number(price),
      volume: Number(volume),
      at: Number(at),
      receivedAt: Number(at),
      source: 'replay',
      sequence: index,
    };
  });
  assert.deepEqual(counts, { accepted: 906_352 });
});

test('five years of 265 shares: days on which they open a quarter lower or higher cost no price', async (t) => {
  const path = needShared(t, 'bars_1d/cnuge_sp500_daily_20130208-20180207_265sym.csv.gz');
  if (path === null) return;
  const gate = new Gate();
  const counts = { accepted: 0, held: 0, released: 0 };
  // The open and the close of a day at its ends; a row with a gap is none.
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    const [date, symbol, open, , , close] = line.split(',');
    const at = Date.parse(date as string);
    for (const [price, hour] of [
      [open, 14.5],
      [close, 21],
    ] as const) {
      if (!Number(price)) continue;
      const time = at + hour * 3_600_000;
      const tick = {
        symbol: symbol as InstrumentSymbol,
        price: Number(price),
        at: time,
        receivedAt: time,
        source: 'r',
      };
      const { verdict, released } = gate.judge(tick, time, 86_400_000 * 5);
      assert.ok(verdict === 'accepted' || verdict === 'held', `${line}: ${verdict}`);
      counts[verdict] += 1;
      counts.released += released.length;
    }
  }
  assert.deepEqual(counts, { accepted: 645_855, held: 2, released: 2 });
});
