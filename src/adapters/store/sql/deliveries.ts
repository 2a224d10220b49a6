/**
 * The ledger of deliveries, in SQL. `due_at` says when somebody has to act, whatever the status; claiming skips rows
 * that another is claiming. What was accepted stays accepted: a claimant whose lease had run out cannot undo it.
 */
import { type Selectable, sql } from 'kysely';
import type { BusyChannels, DeliveryStore } from '#contracts/store/deliveries.ts';
import type { Delivery, DeliveryStatus } from '#domain/delivery/delivery.ts';
import { readCursor, toPage } from './keyset.ts';
import { AND_COMMIT } from './pipelined.ts';
import type { DeliveryRow, Sql } from './schema.ts';
import { json, numbers, texts } from './value-types.ts';

const ORDER = 'deliveries';
/** The far end has it. */
const DONE: readonly DeliveryStatus[] = ['accepted', 'delivered', 'seen'];
/** Some millions of channels; only what is needed is taken, for as long as the statement runs. */
const HASH_MEMORY = '256MB';

export function toDelivery(row: Selectable<DeliveryRow>): Delivery {
  return {
    id: row.id,
    triggerId: row.trigger_id,
    userId: row.user_id,
    channelId: row.channel_id,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    fallbackFor: row.fallback_for,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  } as unknown as Delivery;
}

export function fromDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    trigger_id: delivery.triggerId,
    user_id: delivery.userId,
    channel_id: delivery.channelId,
    status: delivery.status,
    attempts: json(delivery.attempts),
    next_attempt_at: delivery.nextAttemptAt,
    due_at: dueAt(delivery),
    fallback_for: delivery.fallbackFor,
    created_at: delivery.createdAt,
    updated_at: delivery.updatedAt,
  };
}

function dueAt({ status, nextAttemptAt, createdAt, updatedAt }: Delivery): number | null {
  if (status === 'queued') return nextAttemptAt ?? createdAt;
  if (status === 'retrying' || status === 'sending') return nextAttemptAt ?? updatedAt;
  return null;
}

/** Of those due, the ones whose channel has its hands free. */
function free(busy: BusyChannels | undefined) {
  if (!busy || busy.channelIds.length + busy.kinds.length === 0) return sql`true`;
  return sql`channel_id <> all(${[...busy.channelIds]}::text[])
    and channel_id not in (select id from channels where kind = any(${[...busy.kinds]}::text[]))`;
}

/** Room for a hash of the channels of busy kinds: without one, all of them are gone through for each delivery. */
async function withHash<T>(db: Sql, busy: BusyChannels | undefined, ask: (db: Sql) => Promise<T>): Promise<T> {
  if (!busy || busy.kinds.length === 0) return ask(db);
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('work_mem', ${HASH_MEMORY}, true)`.execute(trx);
    return ask(trx);
  });
}

export function createDeliveries(db: Sql): DeliveryStore {
  return {
    async claim(now, leaseUntil, limit, busy) {
      const { rows } = await withHash(db, busy, (db) =>
        sql<Selectable<DeliveryRow> & { was_due_at: number }>`
          with due as materialized (
            select id, due_at as was_due_at from deliveries where due_at <= ${now} and ${free(busy)}
            order by due_at limit ${limit} for update skip locked
          )
          update deliveries d set status = 'sending', due_at = ${leaseUntil}, next_attempt_at = null, updated_at = ${now}
          from due where d.id = due.id and d.id = any(array(select id from due))
          returning d.*, due.was_due_at`.execute(db),
      );
      rows.sort((a, b) => a.was_due_at - b.was_due_at || (a.id < b.id ? -1 : 1));
      return rows.map(toDelivery);
    },
    async nextDueAt(busy) {
      const { rows } = await withHash(db, busy, (db) =>
        sql<{ readonly due_at: number }>`
          select due_at from deliveries where due_at is not null and ${free(busy)} order by due_at limit 1`.execute(db),
      );
      return rows[0]?.due_at ?? null;
    },
    save: (settled) =>
      db.transaction().execute(async (trx) => {
        const as = settled.map(({ delivery }) => fromDelivery(delivery));
        const ids = texts(as.map(({ id }) => id));
        const isAll = settled.every(({ added }) => added.length === 0);
        const { rows } = await sql<{ readonly id: string }>`${sql.raw(isAll ? AND_COMMIT : '')}
          update deliveries d set status = s.status, attempts = s.attempts::json, next_attempt_at = s.next_attempt_at,
            due_at = s.due_at, updated_at = s.updated_at
          from unnest(${ids}::text[], ${texts(as.map(({ status }) => status))}::text[],
            ${texts(as.map(({ attempts }) => attempts))}::text[],
            ${numbers(as.map(({ next_attempt_at }) => next_attempt_at))}::bigint[],
            ${numbers(as.map(({ due_at }) => due_at))}::bigint[], ${numbers(as.map(({ updated_at }) => updated_at))}::bigint[]
          ) as s (id, status, attempts, next_attempt_at, due_at, updated_at)
          where d.id = s.id and d.id = any(${ids}::text[]) and (s.status = any(${texts(DONE)}::text[]) or d.status <> all(${texts(DONE)}::text[]))
          returning d.id`.execute(trx);
        const changed = new Set(rows.map(({ id }) => id));
        const added = settled.flatMap((one) => (changed.has(one.delivery.id) ? one.added : []));
        if (added.length > 0)
          await trx
            .insertInto('deliveries')
            .values(added.map(fromDelivery))
            .onConflict((conflict) => conflict.column('id').doNothing())
            .execute();
      }),
    async get(userId, id) {
      const row = await db
        .selectFrom('deliveries')
        .selectAll()
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row && toDelivery(row);
    },
    async list(userId, filter, page) {
      const after = readCursor(ORDER, 'number', page.cursor);
      let query = db.selectFrom('deliveries').selectAll().where('user_id', '=', userId);
      if (filter.triggerId !== undefined) query = query.where('trigger_id', '=', filter.triggerId);
      if (filter.channelId !== undefined) query = query.where('channel_id', '=', filter.channelId);
      if (filter.status !== undefined) query = query.where('status', 'in', filter.status.length ? filter.status : ['']);
      if (after) query = query.where(sql<boolean>`(created_at, id) < (${after[0]}, ${after[1]})`);
      const rows = await query
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
        .execute();
      return toPage(rows, page, ORDER, (row) => [row.created_at, row.id], toDelivery);
    },
    async changedAfter(userId, place, limit) {
      const rows = await db
        .selectFrom('deliveries')
        .selectAll()
        .where('user_id', '=', userId)
        .where(sql<boolean>`(updated_at, id) > (${place.at}, ${place.id})`)
        .orderBy('updated_at')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(toDelivery);
    },
    async lastChanges(userIds) {
      const { rows } = await sql<{ readonly at: number | null }>`
        select (select updated_at from deliveries d where d.user_id = u.id order by updated_at desc limit 1) as at
        from unnest(${[...userIds]}::text[]) with ordinality as u (id, place) order by place`.execute(db);
      return rows.map(({ at }) => at ?? 0);
    },
    async requeue(userId, id, now) {
      const row = await db
        .updateTable('deliveries')
        .set({ status: 'queued', next_attempt_at: null, due_at: now, updated_at: now })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('status', '=', 'dead')
        .returningAll()
        .executeTakeFirst();
      if (row) return toDelivery(row);
      const there = await db
        .selectFrom('deliveries')
        .select('id')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return there ? 'not-dead' : 'not-found';
    },
    async markSeen(userId, triggerIds, now) {
      const { rows } = await sql<Selectable<DeliveryRow>>`
        update deliveries set status = 'seen', updated_at = ${now}
        where user_id = ${userId} and trigger_id = any(${[...triggerIds]}::text[]) and status in ('accepted', 'delivered')
          and channel_id in (select id from channels where user_id = ${userId} and kind = 'page')
        returning *`.execute(db);
      return rows.map(toDelivery);
    },
    async countByStatus() {
      const counts = { queued: 0, sending: 0, retrying: 0, accepted: 0, delivered: 0, seen: 0, dead: 0 };
      const rows = await db
        .selectFrom('deliveries')
        .select(['status', sql<number>`count(*)`.as('count')])
        .groupBy('status')
        .execute();
      for (const { status, count } of rows) counts[status as DeliveryStatus] = count;
      return counts;
    },
  };
}
