/**
 * Instruments, in SQL. Every spelling that finds one (symbol, alias) belongs to one instrument in the whole system. A
 * shared instrument never takes over a symbol that a user made for a private one: that would show the user's prices to
 * everybody; it is left out and logged.
 */
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Log } from '#contracts/log.ts';
import type { InstrumentStore } from '#contracts/store/instruments.ts';
import type { Instrument } from '#domain/market/instrument.ts';
import type { InstrumentRow, Sql, SqlTransaction } from './schema.ts';
import { movePlaces, takePlace } from './user-counts.ts';
import { json } from './value-types.ts';

/** Any number but the other locks'. Names are given out one transaction at a time; that is seldom. */
const NAMES_LOCK = 0x70c53;

async function lockNames(trx: SqlTransaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(${NAMES_LOCK})`.execute(trx);
}

type Row = Selectable<InstrumentRow> & { readonly aliases: string[] };

const ALL = sql`select i.*, array(
    select name from instrument_names n where n.symbol = i.symbol and n.name <> i.symbol order by n.position
  ) as aliases from instruments i`;

function toInstrument(row: Row): Instrument {
  return {
    symbol: row.symbol,
    name: row.name,
    kind: row.kind,
    currency: row.currency,
    calendar: row.calendar,
    aliases: row.aliases,
    providers: row.providers,
    decimals: row.decimals,
    staleAfterMs: row.stale_after_ms,
    blindAfterMs: row.blind_after_ms,
    ownerId: row.owner_id,
  } as unknown as Instrument;
}

function fromInstrument(instrument: Instrument) {
  return {
    symbol: instrument.symbol,
    name: instrument.name,
    kind: instrument.kind,
    currency: instrument.currency,
    calendar: instrument.calendar,
    providers: json(instrument.providers),
    decimals: instrument.decimals,
    stale_after_ms: instrument.staleAfterMs,
    blind_after_ms: instrument.blindAfterMs,
    owner_id: instrument.ownerId,
  };
}

const visible = (userId: string | null): RawBuilder<boolean> =>
  userId === null ? sql`i.owner_id is null` : sql`(i.owner_id is null or i.owner_id = ${userId})`;

async function insertNames(trx: SqlTransaction, instrument: Instrument): Promise<void> {
  const names = [...new Set([instrument.symbol, ...instrument.aliases])];
  await trx
    .insertInto('instrument_names')
    .values(names.map((name, position) => ({ name, symbol: instrument.symbol, position })))
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

async function upsertShared(trx: SqlTransaction, instrument: Instrument): Promise<boolean> {
  const row = fromInstrument(instrument);
  const kept = await trx
    .insertInto('instruments')
    .values(row)
    .onConflict((conflict) => conflict.column('symbol').doUpdateSet(row).where('instruments.owner_id', 'is', null))
    .returning('symbol')
    .executeTakeFirst();
  if (!kept) return false;
  // Its own symbol is stronger than another's alias; its old aliases go, the new ones come where they are free.
  await sql`delete from instrument_names where symbol = ${row.symbol} or name = ${row.symbol}`.execute(trx);
  await insertNames(trx, instrument);
  return true;
}

export function createInstruments(db: Sql, log: Log): InstrumentStore {
  const read = async (rest: RawBuilder<unknown>): Promise<readonly Instrument[]> =>
    (await sql<Row>`${ALL} ${rest}`.execute(db)).rows.map(toInstrument);
  return {
    async upsertShared(instruments) {
      const refused = await db.transaction().execute(async (trx) => {
        await lockNames(trx);
        const left: string[] = [];
        for (const instrument of instruments) if (!(await upsertShared(trx, instrument))) left.push(instrument.symbol);
        return left;
      });
      if (refused.length > 0) log.warn({ symbols: refused }, 'symbols in private use were left out of the catalogue');
    },
    createPrivate: (instrument, limit) =>
      db.transaction().execute(async (trx) => {
        await lockNames(trx);
        const names = [...new Set([instrument.symbol, ...instrument.aliases])];
        const taken = await sql`
          select 1 from instrument_names where name = any(${names}::text[])
          union all select 1 from instruments where symbol = ${instrument.symbol} limit 1`.execute(trx);
        if (taken.rows.length > 0) return 'taken';
        if (!(await takePlace(trx, String(instrument.ownerId), 'instruments', limit))) return 'limit-reached';
        await trx.insertInto('instruments').values(fromInstrument(instrument)).execute();
        await insertNames(trx, instrument);
        return 'created';
      }),
    async resolve(userId, text) {
      const name = text.trim().toUpperCase();
      const [found] = await read(sql`where i.symbol = (select symbol from instrument_names where name = ${name})
        and ${visible(userId)}`);
      return found;
    },
    async resolveMany(userId, texts) {
      const names = texts.map((text) => text.trim().toUpperCase());
      const found =
        await read(sql`where i.symbol in (select symbol from instrument_names where name = any(${names}::text[]))
        and ${visible(userId)}`);
      const byName = new Map(found.flatMap((one) => [one.symbol, ...one.aliases].map((name) => [name, one] as const)));
      return names.map((name) => byName.get(name));
    },
    search(userId, query, limit) {
      const word = query.trim().replace(/[\\%_]/g, '\\$&');
      const upper = word.toUpperCase();
      const aliasLike = (pattern: string): RawBuilder<boolean> =>
        sql`exists (select 1 from instrument_names n where n.symbol = i.symbol and n.name like ${pattern})`;
      return read(sql`where ${visible(userId)}
          and (i.symbol like ${`%${upper}%`} or i.name ilike ${`%${word}%`} or ${aliasLike(`${upper}%`)})
        order by case
          when i.symbol like ${upper} then 0
          when ${aliasLike(upper)} then 1
          when i.symbol like ${`${upper}%`} then 2
          when ${aliasLike(`${upper}%`)} then 3
          when i.name ilike ${`${word}%`} then 4
          when i.name ilike ${`% ${word}%`} then 5
          else 6 end, i.symbol
        limit ${limit}`);
    },
    all: () => read(sql`order by i.symbol`),
    getMany: (symbols) => read(sql`where i.symbol = any(${[...symbols]}::text[]) order by i.symbol`),
    reassign: (from, to) =>
      db.transaction().execute(async (trx) => {
        const { rows } = await sql`
          update instruments set owner_id = ${to} where owner_id = ${from} returning symbol`.execute(trx);
        await movePlaces(trx, from, to, 'instruments', rows.length);
      }),
  };
}
