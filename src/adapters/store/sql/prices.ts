/**
 * The price history, in SQL. Recording is the hot path: a batch is a few statements, each one `unnest` of columns. The
 * offset of the partition is locked first, so two recorders of one partition never add the same batch both.
 */
import { sql } from 'kysely';
import { CANDLE_SIZES, type PriceStore } from '#contracts/store/prices.ts';
import type { Tick } from '#domain/market/tick.ts';
import { addTick, type PartialCandle, rollUp } from './candle-fold.ts';
import { createPriceReads } from './price-history.ts';
import { createPriceRetention } from './price-retention.ts';
import type { Sql, SqlTransaction } from './schema.ts';
import { createDictionary } from './series.ts';
import { TICKS_TABLE, TickParts } from './tick-parts.ts';
import { numbers } from './value-types.ts';

/** A tick with its small numbers. */
interface Row {
  readonly symbolId: number;
  readonly sourceId: number;
  readonly tick: Tick;
  readonly late: boolean;
}
interface Position {
  readonly symbolId: number;
  readonly sourceId: number;
  at: number;
  sequence: number | null;
}

/** symbols and sources are small numbers: one exact key of both. */
const pairOf = (symbolId: number, sourceId: number): number => symbolId * 65_536 + sourceId;

async function loadPositions(trx: SqlTransaction, symbolIds: readonly number[]): Promise<Map<number, Position>> {
  const { rows } = await sql<{ symbol_id: number; source_id: number; at: number; sequence: number | null }>`
    select * from source_positions where symbol_id = any(${numbers(symbolIds)}::integer[])`.execute(trx);
  return new Map(
    rows.map((row) => [
      pairOf(row.symbol_id, row.source_id),
      { symbolId: row.symbol_id, sourceId: row.source_id, at: row.at, sequence: row.sequence },
    ]),
  );
}

/** Late ticks that are in the history already: the very same, by source, time and sequence. */
async function knownLate(trx: SqlTransaction, rows: readonly Row[]): Promise<Set<string>> {
  const late = rows.filter((row) => row.late && row.tick.sequence !== undefined);
  if (late.length === 0) return new Set();
  const times = late.map(({ tick }) => tick.at);
  const found = await sql<{ symbol_id: number; source_id: number; at: number; sequence: number }>`
    select t.symbol_id, t.source_id, t.at, t.sequence from unnest(
      ${numbers(late.map(({ symbolId }) => symbolId))}::integer[], ${numbers(late.map(({ sourceId }) => sourceId))}::smallint[],
      ${numbers(times)}::bigint[], ${numbers(late.map(({ tick }) => tick.sequence ?? null))}::bigint[]
    ) as l (symbol_id, source_id, at, sequence)
    join ticks t on t.symbol_id = l.symbol_id and t.at = l.at and t.source_id = l.source_id and t.sequence = l.sequence
    where t.at between ${Math.min(...times)} and ${Math.max(...times)}`.execute(trx);
  return new Set(found.rows.map((row) => `${row.symbol_id} ${row.source_id} ${row.at} ${row.sequence}`));
}

/** The rows that are new, with the positions moved on by them (mutates `positions`). */
function newOnes(rows: readonly Row[], positions: Map<number, Position>, known: Set<string>): Row[] {
  return rows.filter((row) => {
    const { symbolId, sourceId, tick, late } = row;
    const sequence = tick.sequence ?? null;
    const pair = pairOf(symbolId, sourceId);
    const position = positions.get(pair);
    if (late && sequence !== null) {
      const name = `${symbolId} ${sourceId} ${tick.at} ${sequence}`;
      if (known.has(name)) return false;
      known.add(name);
    }
    if (!position) {
      positions.set(pair, { symbolId, sourceId, at: tick.at, sequence });
      return true;
    }
    const repeated = sequence !== null && position.sequence !== null && sequence <= position.sequence;
    if (repeated && !late) return false;
    if (tick.at > position.at) position.at = tick.at;
    if (sequence !== null && !repeated) position.sequence = sequence;
    return true;
  });
}

const TICK_COLUMNS = sql`symbol_id, at, price, volume, received_at, source_id, sequence`;

function tickColumns(rows: readonly Row[]) {
  return sql`unnest(
    ${numbers(rows.map(({ symbolId }) => symbolId))}::integer[], ${numbers(rows.map(({ tick }) => tick.at))}::bigint[],
    ${numbers(rows.map(({ tick }) => tick.price))}::double precision[],
    ${numbers(rows.map(({ tick }) => tick.volume ?? null))}::double precision[],
    ${numbers(rows.map(({ tick }) => tick.receivedAt))}::bigint[], ${numbers(rows.map(({ sourceId }) => sourceId))}::smallint[],
    ${numbers(rows.map(({ tick }) => tick.sequence ?? null))}::bigint[])`;
}

async function saveTicks(trx: SqlTransaction, rows: readonly Row[], arrivals: number): Promise<void> {
  await sql`insert into ${sql.table(TICKS_TABLE)} (${TICK_COLUMNS}, arrival)
    select ${TICK_COLUMNS}, ${arrivals}::bigint + place from ${tickColumns(rows)} with ordinality
      as t (${TICK_COLUMNS}, place)`.execute(trx);
}

/** A late tick moves the latest price only where it is newer than all before: not among equals. */
async function saveLatest(trx: SqlTransaction, rows: readonly Row[], late: boolean): Promise<void> {
  const latest = new Map<number, Row>();
  for (const row of rows) {
    const before = latest.get(row.symbolId);
    if (row.late === late && (!before || row.tick.at >= before.tick.at)) latest.set(row.symbolId, row);
  }
  if (latest.size === 0) return;
  await sql`insert into latest_prices as l (${TICK_COLUMNS})
    select ${TICK_COLUMNS} from ${tickColumns([...latest.values()])} as t (${TICK_COLUMNS})
    on conflict (symbol_id) do update set at = excluded.at, price = excluded.price, volume = excluded.volume,
      received_at = excluded.received_at, source_id = excluded.source_id, sequence = excluded.sequence
      where excluded.at > l.at or (excluded.at = l.at and not ${late}::boolean)`.execute(trx);
}

async function savePositions(trx: SqlTransaction, positions: Iterable<Position>): Promise<void> {
  const all = [...positions];
  await sql`insert into source_positions (symbol_id, source_id, at, sequence)
    select * from unnest(${numbers(all.map(({ symbolId }) => symbolId))}::integer[],
      ${numbers(all.map(({ sourceId }) => sourceId))}::smallint[], ${numbers(all.map(({ at }) => at))}::bigint[],
      ${numbers(all.map(({ sequence }) => sequence))}::bigint[])
    on conflict (symbol_id, source_id) do update set at = excluded.at, sequence = excluded.sequence`.execute(trx);
}

async function saveCandles(trx: SqlTransaction, rows: readonly Row[]): Promise<void> {
  const minutes = new Map<number, Map<number, PartialCandle>>();
  for (const { symbolId, tick } of rows) {
    let candles = minutes.get(symbolId);
    if (!candles) {
      candles = new Map();
      minutes.set(symbolId, candles);
    }
    addTick(candles, CANDLE_SIZES[0], tick.at, tick.price, tick.volume ?? 0);
  }
  const all: { readonly interval: number; readonly symbolId: number; readonly candle: PartialCandle }[] = [];
  for (const [symbolId, ofMinutes] of minutes) {
    let parts = ofMinutes;
    for (const interval of CANDLE_SIZES) {
      parts = rollUp(parts.values(), interval);
      for (const candle of parts.values()) all.push({ interval, symbolId, candle });
    }
  }
  const column = (of: (entry: (typeof all)[number]) => number): string => numbers(all.map(of));
  await sql`insert into candles as c (interval_ms, symbol_id, at, open, high, low, close, volume, trades, first_at, last_at)
    select * from unnest(${column(({ interval }) => interval)}::integer[], ${column(({ symbolId }) => symbolId)}::integer[],
      ${column(({ candle }) => candle.at)}::bigint[], ${column(({ candle }) => candle.open)}::double precision[],
      ${column(({ candle }) => candle.high)}::double precision[], ${column(({ candle }) => candle.low)}::double precision[],
      ${column(({ candle }) => candle.close)}::double precision[],
      ${column(({ candle }) => candle.volume)}::double precision[], ${column(({ candle }) => candle.trades)}::integer[],
      ${column(({ candle }) => candle.firstAt)}::bigint[], ${column(({ candle }) => candle.lastAt)}::bigint[])
    on conflict (interval_ms, symbol_id, at) do update set
      open = case when excluded.first_at < c.first_at then excluded.open else c.open end,
      first_at = least(c.first_at, excluded.first_at),
      close = case when excluded.last_at >= c.last_at then excluded.close else c.close end,
      last_at = greatest(c.last_at, excluded.last_at),
      high = greatest(c.high, excluded.high), low = least(c.low, excluded.low),
      volume = c.volume + excluded.volume, trades = c.trades + excluded.trades`.execute(trx);
}

export interface PriceOptions {
  readonly now: () => number;
  readonly tickRetentionMs: number;
}

export function createPrices(db: Sql, { now, tickRetentionMs }: PriceOptions): PriceStore {
  const parts = new TickParts(db, now, tickRetentionMs);
  const symbols = createDictionary(db, 'symbols', 'symbol');
  const sources = createDictionary(db, 'sources', 'source');
  return {
    ...createPriceReads(db, symbols, sources),
    ...createPriceRetention(db, parts),
    async record(partition, nextOffset, ticks, duty = 0) {
      const symbolIds = await symbols.idsOf(ticks.map(({ tick }) => tick.symbol));
      const sourceIds = await sources.idsOf(ticks.map(({ tick }) => tick.source));
      const rows = ticks.map(({ tick, late, offset }) => ({
        offset: offset ?? Number.POSITIVE_INFINITY,
        symbolId: symbolIds.get(tick.symbol) as number,
        sourceId: sourceIds.get(tick.source) as number,
        tick,
        late,
      }));
      const add = () =>
        db.transaction().execute(async (trx) => {
          await sql`insert into recorded_offsets (partition, next_offset, arrivals) values (${partition}, -1, 0)
          on conflict (partition) do nothing`.execute(trx);
          const place = await sql<{ next_offset: number; arrivals: number }>`
          select next_offset, arrivals from recorded_offsets where partition = ${partition} for update`.execute(trx);
          const [recorded] = place.rows;
          if (!recorded || recorded.next_offset >= nextOffset) return;
          const unread = rows.filter(({ offset }) => offset >= recorded.next_offset);
          const positions = await loadPositions(trx, [...new Set(unread.map(({ symbolId }) => symbolId))]);
          const fresh = newOnes(unread, positions, await knownLate(trx, unread));
          if (fresh.length > 0) {
            await saveTicks(trx, fresh, recorded.arrivals);
            await saveCandles(trx, fresh);
            await saveLatest(trx, fresh, false);
            await saveLatest(trx, fresh, true);
            await savePositions(trx, positions.values());
          }
          await sql`update recorded_offsets set next_offset = ${nextOffset}, arrivals = arrivals + ${fresh.length},
          duty = greatest(duty, ${duty}::bigint)
          where partition = ${partition}`.execute(trx);
        });
      await parts.withPlaceFor(
        ticks.map(({ tick }) => tick.at),
        add,
      );
    },
    async countRejected(rows) {
      if (rows.length === 0) return;
      const last = new Map<string, (typeof rows)[number]>();
      for (const row of rows) {
        const key = JSON.stringify([row.symbol, row.source, row.reason]);
        const before = last.get(key);
        last.set(key, before ? { ...row, count: row.count + before.count } : row);
      }
      const all = [...last.values()];
      await sql`insert into tick_rejections as r (symbol, source, reason, count, last_at, last_price)
        select * from unnest(${all.map(({ symbol }) => symbol)}::text[], ${all.map(({ source }) => source)}::text[],
          ${all.map(({ reason }) => reason)}::text[], ${numbers(all.map(({ count }) => count))}::bigint[],
          ${numbers(all.map(({ lastAt }) => lastAt))}::bigint[],
          ${numbers(all.map(({ lastPrice }) => lastPrice))}::double precision[])
        on conflict (symbol, source, reason) do update set count = r.count + excluded.count,
          last_at = greatest(r.last_at, excluded.last_at), last_price = excluded.last_price`.execute(db);
    },
  };
}
