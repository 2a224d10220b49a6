/**
 * What a database must prove of candles made of others, also where programs of the version before left some out.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CANDLE_SIZES } from '#contracts/store/prices.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { everySize } from '../../../../../test/support/retention.ts';
import { readMigrations } from '../migration.ts';
import { createStore } from '../store.ts';
import type { OpenEmpty } from './database.conformance.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2024, 0, 1);
const FIVE_MINUTES = 300_000;

export function candleSizesConformance(open: OpenEmpty): void {
  test('candles of five minutes that a program of the version before did not make, or added nothing to, are made of minutes', async (t) => {
    // What is put by is one session's.
    const database = await open(t, readMigrations(), 1);
    const store = createStore(database);
    const { pool } = database;
    let runs = 0;
    const batch = fc.record({
      offsets: fc.array(fc.nat(3 * HOUR), { minLength: 1, maxLength: 10 }),
      /** By a program that keeps none of five minutes. */
      before: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
        runs += 1;
        const [symbol, same] = [`A${runs}`, `B${runs}`] as InstrumentSymbol[];
        let offset = 0;
        for (const { offsets, before } of batches) {
          const ticks = offsets.map((at) => ({
            price: 1 + (at % 17),
            volume: 1,
            at: T0 + at,
            receivedAt: 0,
            source: 's',
          }));
          const rows = ticks.flatMap((tick) => [
            { tick: { ...tick, symbol: symbol as InstrumentSymbol }, late: true },
            { tick: { ...tick, symbol: same as InstrumentSymbol }, late: true },
          ]);
          offset += rows.length;
          const mine = `interval_ms = ${FIVE_MINUTES} and symbol_id = (select id from symbols where symbol = '${symbol}')`;
          await pool.query(`create temp table was as select * from candles where ${mine}`);
          await store.prices.record(runs, offset, rows);
          if (before) await pool.query(`delete from candles where ${mine}; insert into candles select * from was`);
          await pool.query('drop table was');
        }
        const read = (of: InstrumentSymbol, interval: number) => store.prices.candles(of, 0, T0 * 2, interval, 1000);
        for (const interval of [FIVE_MINUTES, 2 * FIVE_MINUTES, 7 * FIVE_MINUTES])
          assert.deepEqual(
            await read(symbol as InstrumentSymbol, interval),
            await read(same as InstrumentSymbol, interval),
          );

        const candles = { ...everySize(0), [CANDLE_SIZES[0]]: T0 + 2 * HOUR };
        while ((await store.prices.trim({ ticks: 0, candles }, 3)) > 0);
        assert.deepEqual(
          await read(symbol as InstrumentSymbol, FIVE_MINUTES),
          await read(same as InstrumentSymbol, FIVE_MINUTES),
          'also after the minutes went',
        );
      }),
      { numRuns: 30 },
    );
  });
}
