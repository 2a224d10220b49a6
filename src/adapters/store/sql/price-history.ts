/**
 * Reading the price history, in SQL. Intervals of minutes are read from kept candles, shorter ones from ticks in pieces,
 * so that no read holds more than a piece in memory.
 */
import { sql } from 'kysely';
import { CANDLE_SIZES, type PriceHistory, type PriceStore } from '#contracts/store/prices.ts';
import { bucketStart, type Candle } from '#domain/market/candle.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickDoubt } from '#domain/market/tick.ts';
import { addTick, type PartialCandle } from './candle-fold.ts';
import { type CandleRange, readCandles } from './candle-sizes.ts';
import type { Replica } from './replica.ts';
import type { Sql } from './schema.ts';
import { createDictionary, type Dictionary } from './series.ts';

/** A piece: a few MB in memory, some tens of milliseconds of the one connection. */
const TICKS_A_READ = 20_000;

interface TickRow {
  readonly symbol_id: number;
  readonly at: number;
  readonly arrival: number;
  readonly price: number;
  readonly volume: number | null;
  readonly received_at: number;
  readonly source_id: number;
  readonly sequence: number | null;
}

const toCandle = ({ at, open, high, low, close, volume, trades }: Candle): Candle => ({
  at,
  open,
  high,
  low,
  close,
  volume,
  trades,
});

export function createPriceReads(
  db: Sql,
  symbols: Dictionary,
  sources: Dictionary,
): Pick<PriceStore, 'recordedPlace' | 'latest' | 'positions' | 'at' | 'candles' | 'rejected'> {
  const toTicks = async (rows: readonly Omit<TickRow, 'arrival'>[]): Promise<Tick[]> => {
    const symbolOf = await symbols.wordsOf(rows.map(({ symbol_id }) => symbol_id));
    const sourceOf = await sources.wordsOf(rows.map(({ source_id }) => source_id));
    return rows.map((row) => ({
      symbol: symbolOf.get(row.symbol_id) as InstrumentSymbol,
      price: row.price,
      ...(row.volume === null ? {} : { volume: row.volume }),
      at: row.at,
      receivedAt: row.received_at,
      source: sourceOf.get(row.source_id) as string,
      ...(row.sequence === null ? {} : { sequence: row.sequence }),
    }));
  };

  const fromTicks = async ({ symbolId, from, to, intervalMs, limit }: CandleRange): Promise<Candle[]> => {
    const candles = new Map<number, PartialCandle>();
    let after: readonly [at: number, arrival: number] = [from, -1];
    while (candles.size <= limit) {
      // The time by itself too: by it the server knows which partitions it need not look at.
      const { rows } = await sql<TickRow>`select at, arrival, price, volume from ticks where symbol_id = ${symbolId}
        and (at, arrival) > (${after[0]}, ${after[1]}) and at >= ${after[0]} and at < ${to}
        order by at, arrival limit ${TICKS_A_READ}`.execute(db);
      for (const { at, price, volume } of rows) addTick(candles, intervalMs, at, price, volume ?? 0);
      const last = rows.at(-1);
      if (!last || rows.length < TICKS_A_READ) break;
      after = [last.at, last.arrival];
    }
    return [...candles.values()].slice(0, limit).map(toCandle);
  };

  return {
    async recordedPlace(partition) {
      const row = await db
        .selectFrom('recorded_offsets')
        .select(['next_offset', 'duty'])
        .where('partition', '=', partition)
        .executeTakeFirst();
      return row && { offset: row.next_offset, duty: row.duty };
    },
    async latest(asked) {
      const { rows } = await (asked
        ? sql<TickRow>`select l.* from latest_prices l join symbols s on s.id = l.symbol_id
            where s.symbol = any(${[...asked]}::text[])`
        : sql<TickRow>`select * from latest_prices`
      ).execute(db);
      return toTicks(rows);
    },
    async positions(source) {
      const { rows } = await sql<{ symbol: InstrumentSymbol; at: number; sequence: number | null }>`
        select s.symbol, p.at, p.sequence from source_positions p join symbols s on s.id = p.symbol_id
        where p.source_id = (select id from sources where source = ${source})`.execute(db);
      return new Map(rows.map(({ symbol, at, sequence }) => [symbol, { at, sequence }]));
    },
    async at(symbol, at) {
      const symbolId = await symbols.find(symbol);
      if (symbolId === undefined) return undefined;
      const { rows } = await sql<TickRow>`select * from ticks where symbol_id = ${symbolId} and at <= ${at}
        order by at desc, arrival desc limit 1`.execute(db);
      return (await toTicks(rows))[0];
    },
    async candles(symbol, from, to, intervalMs, limit) {
      const symbolId = await symbols.find(symbol);
      if (symbolId === undefined) return [];
      // The first and the end of the last bucket whose start is in the range.
      const start = bucketStart(from + intervalMs - 1, intervalMs);
      const end = bucketStart(to + intervalMs - 1, intervalMs);
      if (start >= end || limit < 1) return [];
      const range = { symbolId, from: start, to: end, intervalMs, limit };
      return intervalMs % CANDLE_SIZES[0] === 0 ? readCandles(db, range) : fromTicks(range);
    },
    async rejected(symbol) {
      const { rows } = await sql<{
        symbol: string;
        source: string;
        reason: TickDoubt;
        count: number;
        lastAt: number;
        lastPrice: number | null;
      }>`select symbol, source, reason, count, last_at as "lastAt", last_price as "lastPrice" from tick_rejections
        ${symbol === undefined ? sql`` : sql`where symbol = ${symbol}`} order by symbol, source, reason`.execute(db);
      return rows;
    },
  };
}

/** The same of a replica, as far as it may be a little old. */
export function createHistory(db: Sql, replica: Replica): PriceHistory {
  const symbols = createDictionary(db, 'symbols', 'symbol');
  const sources = createDictionary(db, 'sources', 'source');
  return {
    candles: (...asked) => replica.read((at) => createPriceReads(at, symbols, sources).candles(...asked)),
  };
}
