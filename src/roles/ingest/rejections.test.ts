import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { MAX_ROWS, Rejections } from './rejections.ts';

type Row = Parameters<PriceStore['countRejected']>[0][number];

function shelf() {
  const written: Row[] = [];
  const world = { failing: false };
  const store = {
    async countRejected(rows: readonly Row[]) {
      if (world.failing) throw new Error('away');
      written.push(...rows);
    },
  } as unknown as PriceStore;
  return { written, world, rejections: new Rejections(store, silentLog) };
}
const tick = (symbol: string, price: number, at: number): Tick => ({
  symbol: symbol as InstrumentSymbol,
  price,
  at,
  receivedAt: 7,
  source: 'wire',
});

test('counts of a failed write are kept and joined with the newer ones', async () => {
  const { written, world, rejections } = shelf();
  rejections.count(tick('OAK', 1, 10), 'late');
  world.failing = true;
  await rejections.flush();
  rejections.count(tick('OAK', 2, 20), 'late');
  rejections.count(tick('OAK', Number.NaN, Number.NaN), 'not-a-number');
  world.failing = false;
  await rejections.flush();
  await rejections.flush();
  assert.deepEqual(
    written.map(({ reason, count, lastAt, lastPrice }) => [reason, count, lastAt, lastPrice]),
    [
      ['late', 2, 20, 2],
      ['not-a-number', 1, 7, null],
    ],
  );
});

test('a source gone mad with symbols is counted without end and without filling memory', async () => {
  const { written, rejections } = shelf();
  for (let index = 0; index < MAX_ROWS + 500; index += 1)
    rejections.count(tick(`S${index}`, 1, index), 'unknown-instrument');
  rejections.count(tick('S0', 1, 1), 'unknown-instrument');
  await rejections.flush();
  assert.equal(written.length, MAX_ROWS + 1);
  assert.equal(written.find(({ symbol }) => symbol === '*')?.count, 500);
  assert.equal(written.find(({ symbol }) => symbol === 'S0')?.count, 2);
});
