/**
 * Lets go of price history that is past retention, in SQL: single ticks by whole partitions, candles in pieces, so that
 * nobody waits long for one.
 */
import { sql } from 'kysely';
import { CANDLE_SIZES, type CandleSize, type PriceStore } from '#contracts/store/prices.ts';
import { bucketStart } from '#domain/market/candle.ts';
import { Failure } from '#errors.ts';
import { completeFiveMinutes, type HourOfSymbol } from './candle-sizes.ts';
import type { Sql } from './schema.ts';
import type { TickParts } from './tick-parts.ts';
import { numbers } from './value-types.ts';

const [MINUTE_MS, , HOUR_MS] = CANDLE_SIZES;

export function createPriceRetention(db: Sql, parts: TickParts): Pick<PriceStore, 'trim'> {
  return {
    async trim({ ticks, candles }, limit) {
      let gone = await trimTicks(db, ticks, limit);
      // Shorter ones first: an hour's says whether those within it are all there.
      for (const size of CANDLE_SIZES) {
        if (gone >= limit) break;
        // Of an hour all or nothing goes, so that what is left of it does not look as if some had never been made.
        const end = size < HOUR_MS ? bucketStart(candles[size], HOUR_MS) : candles[size];
        const trim = size === MINUTE_MS ? trimMinutes : trimCandles;
        gone += await trim(db, size, end, limit - gone);
      }
      if (gone < limit && (await parts.dropBefore(ticks)))
        throw new Failure('store-unavailable', 'single prices past retention are being read; they go another time');
      return gone;
    },
  };
}

/** Those of before there were partitions. */
async function trimTicks(db: Sql, before: number, limit: number): Promise<number> {
  const gone = await sql`delete from ticks_before where ctid = any(array(
      select old.row from symbols s cross join lateral (
        select ctid as row from ticks_before where symbol_id = s.id and at < ${before} order by at limit ${limit}
      ) as old limit ${limit}))`.execute(db);
  return Number(gone.numAffectedRows ?? 0n);
}

/** The oldest of each symbol, of those that end by then. */
const oldest = (size: CandleSize, end: number, limit: number) => sql`
  select old.* from symbols s cross join lateral (
    select c.ctid as row, c.symbol_id, c.at from candles c where c.interval_ms = ${size} and c.symbol_id = s.id
      and c.at <= ${end - size} order by c.at limit ${limit}
  ) as old limit ${limit}`;

async function trimCandles(db: Sql, size: CandleSize, end: number, limit: number): Promise<number> {
  const gone = await sql`delete from candles where ctid = any(array(
    select row from (${oldest(size, end, limit)}) as old))`.execute(db);
  return Number(gone.numAffectedRows ?? 0n);
}

function trimMinutes(db: Sql, size: CandleSize, end: number, limit: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { rows: hours } = await sql<HourOfSymbol>`select distinct symbol_id, at - mod(at, ${HOUR_MS}::bigint) as at
      from (${oldest(size, end, limit)}) as old`.execute(trx);
    if (hours.length === 0) return 0;
    await completeFiveMinutes(trx, hours);
    const gone = await sql`delete from candles where ctid = any(array(
      select c.ctid from unnest(${numbers(hours.map(({ symbol_id }) => symbol_id))}::integer[],
        ${numbers(hours.map(({ at }) => at))}::bigint[]) as h (symbol_id, at)
      join candles c on c.interval_ms = ${size} and c.symbol_id = h.symbol_id and c.at >= h.at and c.at < h.at + ${HOUR_MS}
      limit ${limit}))`.execute(trx);
    return Number(gone.numAffectedRows ?? 0n);
  });
}
