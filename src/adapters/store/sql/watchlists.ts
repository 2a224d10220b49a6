/**
 * Watchlists, in SQL: one row a list, its members an array in the user's order. A change locks the list, then the alerts
 * over it by id, and takes them along.
 */
import { type Selectable, sql } from 'kysely';
import type { WatchlistStore } from '#contracts/store/watchlists.ts';
import type { Alert } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { nameKey, type Watchlist } from '#domain/watchlist/watchlist.ts';
import { addMembers, countMembersOf, removeMembers } from './alert-members.ts';
import { toAlert } from './alerts.ts';
import type { AlertRow, Sql, SqlTransaction, WatchlistRow } from './schema.ts';
import { givePlace, movePlaces, takePlace } from './user-counts.ts';

function toWatchlist(row: Selectable<WatchlistRow>): Watchlist {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    symbols: row.symbols,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  } as unknown as Watchlist;
}

function fromWatchlist(list: Watchlist) {
  return {
    id: list.id,
    user_id: list.userId,
    name: list.name,
    name_key: nameKey(list.name),
    symbols: [...list.symbols],
    version: list.version,
    created_at: list.createdAt,
    updated_at: list.updatedAt,
  };
}

/** The names of a user's lists, so that two requests at once cannot both take one: seldom, and short. */
async function lockNames(trx: SqlTransaction, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`watchlists ${userId}`}, 0))`.execute(trx);
}

async function isTaken(trx: SqlTransaction, list: Watchlist): Promise<boolean> {
  const other = await trx
    .selectFrom('watchlists')
    .select('id')
    .where('user_id', '=', list.userId)
    .where('name_key', '=', nameKey(list.name))
    .where('id', '<>', list.id)
    .executeTakeFirst();
  return other !== undefined;
}

/** The alerts over a list whose row is locked: until then none can come to it. */
async function lockAlerts(trx: SqlTransaction, id: string): Promise<readonly Alert[]> {
  const { rows } = await sql<Selectable<AlertRow>>`
    select * from alerts where watchlist_id = ${id} and not deleted order by id for update`.execute(trx);
  return rows.map(toAlert);
}

async function renameIn(trx: SqlTransaction, { id, name }: Watchlist): Promise<void> {
  await sql`update alerts set watchlist_name = ${name}
    where watchlist_id = ${id} and not deleted and watchlist_name <> ${name}`.execute(trx);
}

export function createWatchlists(db: Sql): WatchlistStore {
  const mine = (userId: string) => db.selectFrom('watchlists').selectAll().where('user_id', '=', userId);
  return {
    create: (list, limit) =>
      db.transaction().execute(async (trx) => {
        await lockNames(trx, list.userId);
        if (await isTaken(trx, list)) return 'name-taken';
        if (!(await takePlace(trx, list.userId, 'watchlists', limit))) return 'limit-reached';
        await trx.insertInto('watchlists').values(fromWatchlist(list)).execute();
        return 'created';
      }),
    async get(userId, id) {
      const row = await mine(userId).where('id', '=', id).executeTakeFirst();
      return row && toWatchlist(row);
    },
    list: async (userId) => (await mine(userId).orderBy('name_key').execute()).map(toWatchlist),
    update: (list, change) =>
      db.transaction().execute(async (trx) => {
        await lockNames(trx, list.userId);
        const there = await trx
          .selectFrom('watchlists')
          .select(['version', 'symbols'])
          .where('id', '=', list.id)
          .where('user_id', '=', list.userId)
          .forUpdate()
          .executeTakeFirst();
        if (!there) return 'not-found';
        if (there.version !== list.version - 1) return 'conflict';
        if (await isTaken(trx, list)) return 'name-taken';
        const alerts = await lockAlerts(trx, list.id);
        const before = new Set(there.symbols);
        const after = new Set<string>(list.symbols);
        const added = list.symbols.filter((symbol) => !before.has(symbol));
        const removed = there.symbols.filter((symbol) => !after.has(symbol)) as InstrumentSymbol[];
        const more = alerts.length * (added.length - removed.length);
        if (!(await takePlace(trx, list.userId, 'members', change.maxMembers, Math.max(0, more))))
          return 'members-reached';
        await givePlace(trx, list.userId, 'members', Math.max(0, -more));
        await trx.updateTable('watchlists').set(fromWatchlist(list)).where('id', '=', list.id).execute();
        for (const alert of alerts) {
          if (removed.length > 0) await removeMembers(trx, alert.id, removed);
          await addMembers(trx, alert, added, change.at);
        }
        await renameIn(trx, list);
        const counted = await countMembersOf(
          trx,
          alerts.map(({ id }) => id),
        );
        return { alerts: counted.map(toAlert) };
      }),
    remove: (userId, id) =>
      db.transaction().execute(async (trx) => {
        const there = await trx
          .selectFrom('watchlists')
          .select('id')
          .where('id', '=', id)
          .where('user_id', '=', userId)
          .forUpdate()
          .executeTakeFirst();
        if (!there) return 'not-found';
        const watchedBy = await lockAlerts(trx, id);
        if (watchedBy.length > 0) return { watchedBy };
        await trx.deleteFrom('watchlists').where('id', '=', id).execute();
        await givePlace(trx, userId, 'watchlists');
        return 'removed';
      }),
    reassign: (from, to) =>
      db.transaction().execute(async (trx) => {
        for (const user of [from, to].toSorted()) await lockNames(trx, user);
        const rows = await trx.selectFrom('watchlists').selectAll().where('user_id', '=', from).orderBy('id').execute();
        for (const list of rows.map(toWatchlist)) {
          let moved: Watchlist = { ...list, userId: to };
          for (let copy = 2; await isTaken(trx, moved); copy += 1) moved = { ...moved, name: `${list.name} (${copy})` };
          await trx.updateTable('watchlists').set(fromWatchlist(moved)).where('id', '=', list.id).execute();
          await renameIn(trx, moved);
        }
        await movePlaces(trx, from, to, 'watchlists', rows.length);
      }),
  };
}
