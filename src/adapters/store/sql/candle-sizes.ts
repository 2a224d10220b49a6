/**
 * Candles of any length made of kept ones, in SQL: of the longest that fit.
 *
 * Those of five minutes may be missing where those of the other lengths are: a program of the version before makes none,
 * and may go on recording beside this one. Where they do not add up to the trades of their hour, its minutes stand for
 * them; and before minutes go that are past retention, what is missing is made of them.
 */
import { type RawBuilder, sql } from 'kysely';
import { CANDLE_SIZES, type CandleSize } from '#contracts/store/prices.ts';
import type { Candle } from '#domain/market/candle.ts';
import type { Sql, SqlTransaction } from './schema.ts';
import { numbers } from './value-types.ts';

const [MINUTE_MS, FIVE_MINUTES_MS, HOUR_MS] = CANDLE_SIZES;

export interface CandleRange {
  readonly symbolId: number;
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
  readonly limit: number;
}

/** Rows of `c`, folded into candles of a length. */
const folded = (intervalMs: number): RawBuilder<unknown> => sql`
  c.at - mod(c.at, ${intervalMs}::bigint) as at, (array_agg(c.open order by c.at))[1] as open, max(c.high) as high,
  min(c.low) as low, (array_agg(c.close order by c.at desc))[1] as close, sum(c.volume) as volume,
  sum(c.trades) as trades`;

/** Whether the candles of five minutes of the hour `h` lack some of its trades. */
const isShort = sql`h.trades is distinct from (select sum(f.trades) from candles f
  where f.interval_ms = ${FIVE_MINUTES_MS} and f.symbol_id = h.symbol_id and f.at >= h.at and f.at < h.at + ${HOUR_MS})`;

/** From and to are whole candles of the length. */
export async function readCandles(db: Sql, range: CandleRange): Promise<readonly Candle[]> {
  const { symbolId, from, intervalMs, limit } = range;
  const size = CANDLE_SIZES.findLast((one) => intervalMs % one === 0) ?? MINUTE_MS;
  const to = size < HOUR_MS ? await endOfPage(db, range) : range.to;
  const rowsOf = (one: CandleSize): RawBuilder<unknown> =>
    sql`c.interval_ms = ${one} and c.symbol_id = ${symbolId} and c.at >= ${from} and c.at < ${to}`;
  const query =
    size === FIVE_MINUTES_MS
      ? sql<Candle>`with short as materialized (
            select h.at from candles h where h.interval_ms = ${HOUR_MS} and h.symbol_id = ${symbolId}
              and h.at > ${from - HOUR_MS} and h.at < ${to} and ${isShort}
          ), parts as (
            select c.* from candles c where ${rowsOf(size)}
              and c.at - mod(c.at, ${HOUR_MS}::bigint) not in (select at from short)
            union all
            select c.* from short h cross join lateral (select c.* from candles c where ${rowsOf(MINUTE_MS)}
              and c.at >= h.at and c.at < h.at + ${HOUR_MS} offset 0) c
          ) select ${folded(intervalMs)} from parts c group by 1`
      : size === intervalMs
        ? sql<Candle>`select at, open, high, low, close, volume, trades from candles c where ${rowsOf(size)}`
        : sql<Candle>`select ${folded(intervalMs)} from candles c where ${rowsOf(size)} group by 1`;
  return (await sql<Candle>`${query} order by 1 limit ${limit}`.execute(db)).rows;
}

/**
 * No more is read than a page needs: each of its candles has a trade, so an hour with a candle of its own begins in it or
 * just before; after so many hours the page is full.
 */
async function endOfPage(db: Sql, { symbolId, from, to, intervalMs, limit }: CandleRange): Promise<number> {
  const hours = limit * (Math.ceil(intervalMs / HOUR_MS) + 1) + 1;
  const { rows } = await sql<{ at: number }>`select at from candles where interval_ms = ${HOUR_MS}
    and symbol_id = ${symbolId} and at > ${from - HOUR_MS} and at < ${to} order by at offset ${hours} limit 1`.execute(
    db,
  );
  return rows[0]?.at ?? to;
}

export interface HourOfSymbol {
  readonly symbol_id: number;
  readonly at: number;
}

/** Makes what is missing of the candles of five minutes in these hours out of their minutes. */
export async function completeFiveMinutes(trx: SqlTransaction, hours: readonly HourOfSymbol[]): Promise<void> {
  const short = sql`select h.* from candles h join unnest(${numbers(hours.map(({ symbol_id }) => symbol_id))}::integer[],
      ${numbers(hours.map(({ at }) => at))}::bigint[]) as asked (symbol_id, at) using (symbol_id, at)
    where h.interval_ms = ${HOUR_MS} and ${isShort}`;
  const { rows } = await sql`${short} limit 1`.execute(trx);
  if (rows.length === 0) return;
  // Recorders wait: one that added a late tick meanwhile would have it overwritten.
  await sql`select from recorded_offsets order by partition for update`.execute(trx);
  await sql`insert into candles as kept
      (interval_ms, symbol_id, at, open, high, low, close, volume, trades, first_at, last_at)
    select ${FIVE_MINUTES_MS}::integer, made.symbol_id, made.at, made.open, made.high, made.low, made.close, made.volume,
      made.trades, made.first_at, made.last_at
    from (
      select c.symbol_id, ${folded(FIVE_MINUTES_MS)}, min(c.first_at) as first_at, max(c.last_at) as last_at
      from (${short}) h join candles c on c.interval_ms = ${MINUTE_MS} and c.symbol_id = h.symbol_id and c.at >= h.at
        and c.at < h.at + ${HOUR_MS} group by 1, 2
    ) as made
    on conflict (interval_ms, symbol_id, at) do update set open = excluded.open, high = excluded.high, low = excluded.low,
      close = excluded.close, volume = excluded.volume, trades = excluded.trades, first_at = excluded.first_at,
      last_at = excluded.last_at
    where excluded.trades > kept.trades`.execute(trx);
}
