/**
 * Alerts and the outbox, in SQL. Published entries of the outbox are deleted. Rows are locked in the order list, alerts by
 * id, counts of the user, so that two transactions never wait for each other in a circle.
 */
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { AlertFilter, AlertStore, RuleChange } from '#contracts/store/alerts.ts';
import type { Alert } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { addMembers, countMembersOf, removeMembers, renewMembers, toMember } from './alert-members.ts';
import { type Place, readCursor, toPage } from './keyset.ts';
import { enqueue } from './outbox.ts';
import type { AlertRow, Database, Sql, SqlTransaction } from './schema.ts';
import { countOf, givePlace, movePlaces, takePlace } from './user-counts.ts';
import { json } from './value-types.ts';

export function toAlert(row: Selectable<AlertRow>): Alert {
  return {
    id: row.id,
    userId: row.user_id,
    symbol: row.symbol === '' ? null : row.symbol,
    watchlist: row.watchlist_id === null ? null : { id: row.watchlist_id, name: row.watchlist_name },
    members: row.member_counts,
    condition: row.condition,
    message: row.message,
    severity: row.severity,
    channelIds: row.channel_ids,
    frequency: row.frequency,
    cooldownMs: row.cooldown_ms,
    expiresAt: row.expires_at,
    session: row.session,
    gap: row.gap,
    rearm: row.rearm_value === null ? null : { value: row.rearm_value, unit: row.rearm_unit },
    remindEveryMs: row.remind_every_ms,
    barMs: row.bar_ms,
    version: row.version,
    status: row.status,
    epoch: row.epoch,
    armedAt: row.armed_at,
    lastTriggeredAt: row.last_triggered_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  } as unknown as Alert;
}

function fromAlert(alert: Alert) {
  return {
    id: alert.id,
    user_id: alert.userId,
    symbol: alert.symbol ?? '',
    watchlist_id: alert.watchlist?.id ?? null,
    watchlist_name: alert.watchlist?.name ?? null,
    member_counts: json(alert.members),
    condition: alert.condition,
    message: alert.message,
    severity: alert.severity,
    channel_ids: [...alert.channelIds],
    frequency: alert.frequency,
    cooldown_ms: alert.cooldownMs,
    expires_at: alert.expiresAt,
    session: alert.session,
    gap: alert.gap,
    rearm_value: alert.rearm?.value ?? null,
    rearm_unit: alert.rearm?.unit ?? null,
    remind_every_ms: alert.remindEveryMs ?? null,
    bar_ms: alert.barMs ?? null,
    version: alert.version,
    status: alert.status,
    epoch: alert.epoch,
    armed_at: alert.armedAt,
    last_triggered_at: alert.lastTriggeredAt,
    created_at: alert.createdAt,
    updated_at: alert.updatedAt,
  };
}

const MEMBERS = 'members';

/** What each order of the list goes by; alerts that never fired come after all that did. */
const ORDERS = {
  createdAt: { key: sql<number>`created_at`, type: 'number', direction: 'asc' },
  '-createdAt': { key: sql<number>`created_at`, type: 'number', direction: 'desc' },
  symbol: { key: sql<string>`symbol`, type: 'string', direction: 'asc' },
  '-lastTriggeredAt': { key: sql<number>`coalesce(last_triggered_at, -1)`, type: 'number', direction: 'desc' },
} as const satisfies Record<AlertFilter['sort'], object>;

function placeOf(sort: AlertFilter['sort'], row: Selectable<AlertRow>): Place {
  // An alert over a watchlist has an empty one: they come first.
  if (sort === 'symbol') return [row.symbol, row.id];
  return [sort === '-lastTriggeredAt' ? (row.last_triggered_at ?? -1) : row.created_at, row.id];
}

/** The list an alert is to watch, as it is until this transaction is over. */
async function lockList(trx: SqlTransaction, { userId, watchlist }: Alert) {
  return trx
    .selectFrom('watchlists')
    .select(['name', 'symbols'])
    .where('id', '=', watchlist?.id ?? '')
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
}

export function createAlerts(db: Sql): AlertStore {
  const mine = (userId: string): SelectQueryBuilder<Database, 'alerts', Selectable<AlertRow>> =>
    db.selectFrom('alerts').selectAll().where('user_id', '=', userId).where('deleted', '=', false);
  const membersOf = (userId: string, id: string) =>
    db
      .selectFrom('alert_members as m')
      .innerJoin('alerts as a', 'a.id', 'm.alert_id')
      .selectAll('m')
      .where('a.user_id', '=', userId)
      .where('m.alert_id', '=', id);
  return {
    create: (alert, change, limit) =>
      db.transaction().execute(async (trx) => {
        const { userId } = alert;
        if (change.kind !== 'each-member') {
          if (!(await takePlace(trx, userId, 'alerts', limit))) return 'limit-reached';
          await trx.insertInto('alerts').values(fromAlert(alert)).execute();
          await enqueue(trx, [change]);
          return 'created';
        }
        const list = await lockList(trx, alert);
        if (list === undefined) return 'no-watchlist';
        if (!(await takePlace(trx, userId, 'alerts', limit))) return 'limit-reached';
        if (!(await takePlace(trx, userId, 'members', change.maxMembers, list.symbols.length))) {
          await givePlace(trx, userId, 'alerts');
          return 'members-reached';
        }
        const row = { ...fromAlert(alert), watchlist_name: list.name };
        await trx.insertInto('alerts').values(row).execute();
        await addMembers(trx, alert, list.symbols as InstrumentSymbol[], change.at);
        await countMembersOf(trx, [alert.id]);
        return 'created';
      }),
    async get(userId, id) {
      const row = await mine(userId).where('id', '=', id).executeTakeFirst();
      return row && toAlert(row);
    },
    async getMany(ids) {
      if (ids.length === 0) return [];
      const { rows } = await sql<Selectable<AlertRow>>`
        select * from alerts where id = any(${[...ids]}::text[])`.execute(db);
      return rows.map(toAlert);
    },
    async list(userId, filter, page) {
      const { key, type, direction } = ORDERS[filter.sort];
      const after = readCursor(filter.sort, type, page.cursor);
      let query = mine(userId);
      if (filter.symbol !== undefined)
        query = query.where(sql<boolean>`(symbol = ${filter.symbol} or watchlist_id is not null and exists (
          select 1 from alert_members m where m.alert_id = alerts.id and m.symbol = ${filter.symbol}))`);
      if (filter.watchlistId !== undefined) query = query.where('watchlist_id', '=', filter.watchlistId);
      if (filter.status !== undefined) query = query.where('status', 'in', filter.status.length ? filter.status : ['']);
      if (after)
        query = query.where(
          direction === 'asc'
            ? sql<boolean>`(${key}, id) > (${after[0]}, ${after[1]})`
            : sql<boolean>`(${key}, id) < (${after[0]}, ${after[1]})`,
        );
      const rows = await query
        .orderBy(key, direction)
        .orderBy('id', direction)
        .limit(page.limit + 1)
        .execute();
      return toPage(rows, page, filter.sort, (row) => placeOf(filter.sort, row), toAlert);
    },
    count: (userId) => countOf(db, userId, 'alerts'),
    update: (alert, change) =>
      db.transaction().execute(async (trx) => {
        const there = await trx
          .selectFrom('alerts')
          .select('version')
          .where('id', '=', alert.id)
          .where('user_id', '=', alert.userId)
          .where('deleted', '=', false)
          .forUpdate()
          .executeTakeFirst();
        if (!there) return 'not-found';
        if (there.version !== alert.version - 1) return 'conflict';
        // What the evaluator says of it is not the user's to change: a firing may have come since the user looked.
        const { epoch, last_triggered_at, symbol, watchlist_id, watchlist_name, member_counts, ...changed } =
          fromAlert(alert);
        await trx.updateTable('alerts').set(changed).where('id', '=', alert.id).execute();
        if (change.kind !== 'each-member') await enqueue(trx, [change]);
        else {
          await renewMembers(trx, alert, change.at);
          await countMembersOf(trx, [alert.id]);
        }
        return 'updated';
      }),
    async updateDetails(userId, id, { message, severity, channelIds, updatedAt }) {
      const row = await db
        .updateTable('alerts')
        .set({
          ...(message === undefined ? {} : { message }),
          ...(severity === undefined ? {} : { severity }),
          ...(channelIds === undefined ? {} : { channel_ids: [...channelIds] }),
          updated_at: updatedAt,
        })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('deleted', '=', false)
        .returningAll()
        .executeTakeFirst();
      return row && toAlert(row);
    },
    remove: (userId, id, change) =>
      db.transaction().execute(async (trx) => {
        const gone = await trx
          .updateTable('alerts')
          .set({ deleted: true })
          .where('id', '=', id)
          .where('user_id', '=', userId)
          .where('deleted', '=', false)
          .returning('id')
          .executeTakeFirst();
        if (!gone) return 'not-found';
        await givePlace(trx, userId, 'alerts');
        if (change.kind !== 'each-member') await enqueue(trx, [change]);
        else await givePlace(trx, userId, 'members', await removeMembers(trx, id, 'all'));
        return 'removed';
      }),
    async members(userId, id, page) {
      const after = readCursor(MEMBERS, 'string', page.cursor);
      let query = membersOf(userId, id);
      if (after) query = query.where('m.symbol', '>', after[0] as string);
      const rows = await query
        .orderBy('m.symbol')
        .limit(page.limit + 1)
        .execute();
      return toPage(rows, page, MEMBERS, (row) => [row.symbol, row.id], toMember);
    },
    async member(userId, id, symbol) {
      const row = await membersOf(userId, id).where('m.symbol', '=', symbol).executeTakeFirst();
      return row && toMember(row);
    },
    reassign: (from, to) =>
      db.transaction().execute(async (trx) => {
        const { rows: members } = await sql<{ count: number }>`
          select count(*) as count from alert_members m join alerts a on a.id = m.alert_id
          where a.user_id = ${from} and not a.deleted`.execute(trx);
        const { rows } = await sql`update alerts set user_id = ${to} where user_id = ${from} and not deleted
          returning id`.execute(trx);
        // Of deleted ones only those that fired are ever looked at, and no index finds the others by their user.
        await sql`update alerts set user_id = ${to} where deleted and user_id = ${from}
          and id in (select alert_id from triggers where user_id = ${from})`.execute(trx);
        await movePlaces(trx, from, to, 'members', members[0]?.count ?? 0);
        await movePlaces(trx, from, to, 'alerts', rows.length);
        for (const table of ['triggers', 'deliveries'] as const)
          await trx.updateTable(table).set({ user_id: to }).where('user_id', '=', from).execute();
      }),
    async outbox(limit) {
      const rows = await db.selectFrom('outbox').selectAll().orderBy('id').limit(limit).execute();
      return rows.map((row) => ({ id: row.id, change: row.change as RuleChange }));
    },
    async markPublished(ids) {
      await sql`delete from outbox where id = any(${[...ids]}::bigint[])`.execute(db);
    },
    removeChannel: (userId, channelId) => takeChannelOff(db, userId, channelId),
  };
}

export async function takeChannelOff(db: Sql, userId: string, channelId: string): Promise<void> {
  await sql`update alerts set channel_ids = array_remove(channel_ids, ${channelId})
    where user_id = ${userId} and not deleted and ${channelId} = any(channel_ids)`.execute(db);
}
