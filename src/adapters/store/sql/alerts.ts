/**
 * Alerts and the outbox, in SQL. An outbox entry is written after the alert's row is locked, so the entries of one alert
 * are numbered in the order of their commits; published ones are deleted.
 */
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { AlertFilter, AlertStore, RuleChange } from '#contracts/store/alerts.ts';
import type { Alert } from '#domain/alert/alert.ts';
import { type Place, readCursor, toPage } from './keyset.ts';
import type { AlertRow, Database, Sql, SqlTransaction } from './schema.ts';
import { countOf, givePlace, movePlaces, takePlace } from './user-counts.ts';
import { json } from './value-types.ts';

export function toAlert(row: Selectable<AlertRow>): Alert {
  return {
    id: row.id,
    userId: row.user_id,
    symbol: row.symbol,
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
    symbol: alert.symbol,
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

/** What each order of the list goes by; alerts that never fired come after all that did. */
const ORDERS = {
  createdAt: { key: sql<number>`created_at`, type: 'number', direction: 'asc' },
  '-createdAt': { key: sql<number>`created_at`, type: 'number', direction: 'desc' },
  symbol: { key: sql<string>`symbol`, type: 'string', direction: 'asc' },
  '-lastTriggeredAt': { key: sql<number>`coalesce(last_triggered_at, -1)`, type: 'number', direction: 'desc' },
} as const satisfies Record<AlertFilter['sort'], object>;

function placeOf(sort: AlertFilter['sort'], row: Selectable<AlertRow>): Place {
  if (sort === 'symbol') return [row.symbol, row.id];
  return [sort === '-lastTriggeredAt' ? (row.last_triggered_at ?? -1) : row.created_at, row.id];
}

async function enqueue(trx: SqlTransaction, change: RuleChange): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({ change: json(change) })
    .execute();
}

export function createAlerts(db: Sql): AlertStore {
  const mine = (userId: string): SelectQueryBuilder<Database, 'alerts', Selectable<AlertRow>> =>
    db.selectFrom('alerts').selectAll().where('user_id', '=', userId).where('deleted', '=', false);
  return {
    create: (alert, change, limit) =>
      db.transaction().execute(async (trx) => {
        if (!(await takePlace(trx, alert.userId, 'alerts', limit))) return 'limit-reached';
        await trx.insertInto('alerts').values(fromAlert(alert)).execute();
        await enqueue(trx, change);
        return 'created';
      }),
    async get(userId, id) {
      const row = await mine(userId).where('id', '=', id).executeTakeFirst();
      return row && toAlert(row);
    },
    async getMany(ids) {
      const { rows } = await sql<Selectable<AlertRow>>`
        select * from alerts where id = any(${[...ids]}::text[])`.execute(db);
      return rows.map(toAlert);
    },
    async list(userId, filter, page) {
      const { key, type, direction } = ORDERS[filter.sort];
      const after = readCursor(filter.sort, type, page.cursor);
      let query = mine(userId);
      if (filter.symbol !== undefined) query = query.where('symbol', '=', filter.symbol);
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
        const { epoch, last_triggered_at, ...changed } = fromAlert(alert);
        await trx.updateTable('alerts').set(changed).where('id', '=', alert.id).execute();
        await enqueue(trx, change);
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
        await enqueue(trx, change);
        return 'removed';
      }),
    reassign: (from, to) =>
      db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ deleted: boolean }>`
          update alerts set user_id = ${to} where user_id = ${from} returning deleted`.execute(trx);
        await movePlaces(trx, from, to, 'alerts', rows.filter(({ deleted }) => !deleted).length);
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
    where user_id = ${userId} and ${channelId} = any(channel_ids)`.execute(db);
}
