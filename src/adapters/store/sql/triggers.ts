/**
 * Triggers, in SQL. `record` locks the alerts it touches in the order of their ids, so two of them never wait for each
 * other in a circle, and numbers new triggers under one lock, so that `seq` is also the order in which they became
 * visible: a stream that resumes after a seq misses none.
 */
import { type Selectable, sql } from 'kysely';
import type { StoredTrigger, TriggerStore } from '#contracts/store/triggers.ts';
import type { Alert, AlertId } from '#domain/alert/alert.ts';
import { alertOfMember, type Member } from '#domain/alert/member.ts';
import type { Observation, Trigger, TriggerId } from '#domain/alert/trigger.ts';
import type { Delivery, DeliveryId } from '#domain/delivery/delivery.ts';
import { countMembersOf, findMembers, updateMembers } from './alert-members.ts';
import { toAlert } from './alerts.ts';
import { toDelivery } from './deliveries.ts';
import { applyEffects } from './effects.ts';
import { readCursor, toPage } from './keyset.ts';
import { AND_COMMIT } from './pipelined.ts';
import type { AlertRow, DeliveryRow, Sql, SqlTransaction, TriggerRow } from './schema.ts';
import { json, numbers, texts } from './value-types.ts';

const ORDER = 'triggers';
/** Any number but the migrations'. */
const SEQ_LOCK = 0x70c52;

function toTrigger(row: Selectable<TriggerRow>): StoredTrigger {
  return {
    id: row.id,
    alertId: row.alert_id,
    alertVersion: row.alert_version,
    epoch: row.epoch,
    symbol: row.symbol,
    condition: row.condition,
    firedAt: row.fired_at,
    before: row.before,
    after: row.after,
    leaves: row.leaves,
    gap: row.gap,
    ...(row.reminder ? { reminder: true as const } : {}),
    seq: row.seq,
    userId: row.user_id,
    message: row.message,
    severity: row.severity,
    watchlist: row.watchlist,
    evaluatedAt: row.evaluated_at,
    recordedAt: row.recorded_at,
    ...(row.trace === null ? {} : { trace: row.trace }),
  } as unknown as StoredTrigger;
}

interface Fired {
  readonly trigger: Trigger;
  readonly alert: Alert;
}

interface Stamp {
  readonly evaluatedAt: number;
  readonly recordedAt: number;
  readonly traces: ReadonlyMap<TriggerId, string>;
  /** Nothing else is written in the transaction. */
  readonly isLast: boolean;
}

interface Written {
  /** Those that were not there, as they are stored now. */
  readonly fresh: readonly StoredTrigger[];
  /** Their deliveries. */
  readonly queued: readonly Delivery[];
}

/** The delivery's id says what it is of: made twice, it is the same one. */
function deliveriesFor({ trigger, alert }: Fired, at: number): readonly Delivery[] {
  return alert.channelIds.map((channelId) => ({
    ...{ id: `${trigger.id}.${channelId}` as DeliveryId, triggerId: trigger.id, userId: alert.userId, channelId },
    ...{ status: 'queued', attempts: [], nextAttemptAt: null, fallbackFor: null, createdAt: at, updatedAt: at },
  }));
}

/**
 * Triggers, deliveries and alerts in one statement: while others wait for the alerts that it has locked, each question to the
 * server is one turn of a busy machine more. Triggers are numbered under the lock, which is taken before the first. Alerts are
 * found by their ids as well as by the join: for that alone, all there are would be gone through where these are many.
 */
async function write(
  trx: SqlTransaction,
  fired: readonly Fired[],
  alerts: readonly Alert[],
  { evaluatedAt, recordedAt, traces, isLast }: Stamp,
): Promise<Written> {
  if (fired.length + alerts.length === 0) return { fresh: [], queued: [] };
  const text = (of: (one: Fired) => string | null): string => texts(fired.map(of));
  const whole = (of: (trigger: Trigger) => number): string => numbers(fired.map(({ trigger }) => of(trigger)));
  // What one price fires saw the same.
  const seen = new Map<Observation | null, string | null>();
  const sight = (observation: Observation | null): string | null => {
    const known = seen.get(observation);
    if (known !== undefined) return known;
    const written = json(observation);
    seen.set(observation, written);
    return written;
  };
  const deliveries = fired.flatMap((one) => deliveriesFor(one, recordedAt));
  const one = (of: (delivery: Delivery) => string): string => texts(deliveries.map(of));
  const ids = texts(alerts.map(({ id }) => id));
  const { rows } = await sql<{ readonly id: TriggerId; readonly seq: number }>`${sql.raw(isLast ? AND_COMMIT : '')}
    with turn as materialized (select pg_advisory_xact_lock(${SEQ_LOCK}) where ${fired.length > 0}::boolean),
    fresh as (
      insert into triggers (id, user_id, alert_id, alert_version, epoch, symbol, condition, fired_at, before, after,
        leaves, gap, message, severity, watchlist, reminder, trace, evaluated_at, recorded_at)
      select id, user_id, alert_id, alert_version, epoch, symbol, condition, fired_at, before::json, after::json,
        leaves::json, gap::json, message, severity, watchlist, reminder, trace, ${evaluatedAt}::bigint, ${recordedAt}::bigint
      from turn, unnest(
        ${text(({ trigger }) => trigger.id)}::text[], ${text(({ alert }) => alert.userId)}::text[],
        ${text(({ alert }) => alert.id)}::text[], ${whole(({ alertVersion }) => alertVersion)}::integer[],
        ${whole(({ epoch }) => epoch)}::integer[], ${text(({ trigger }) => trigger.symbol)}::text[],
        ${text(({ trigger }) => trigger.condition)}::text[], ${whole(({ firedAt }) => firedAt)}::bigint[],
        ${text(({ trigger }) => sight(trigger.before))}::text[], ${text(({ trigger }) => sight(trigger.after))}::text[],
        ${text(({ trigger }) => json(trigger.leaves))}::text[], ${text(({ trigger }) => json(trigger.gap))}::text[],
        ${text(({ alert }) => alert.message)}::text[], ${text(({ alert }) => alert.severity)}::text[],
        ${text(({ alert }) => alert.watchlist?.name ?? null)}::text[],
        ${fired.map(({ trigger }) => trigger.reminder === true)}::boolean[],
        ${text(({ trigger }) => traces.get(trigger.id) ?? null)}::text[]
      ) with ordinality as t (id, user_id, alert_id, alert_version, epoch, symbol, condition, fired_at, before, after,
        leaves, gap, message, severity, watchlist, reminder, trace, place)
      order by place on conflict (id) do nothing returning id, seq
    ),
    queued as (
      insert into deliveries (id, trigger_id, user_id, channel_id, status, attempts, due_at, created_at, updated_at)
      select d.id, trigger_id, user_id, channel_id, 'queued', '[]', ${recordedAt}, ${recordedAt}, ${recordedAt}
      from unnest(${one(({ id }) => id)}::text[], ${one(({ triggerId }) => triggerId)}::text[],
        ${one(({ userId }) => userId)}::text[], ${one(({ channelId }) => channelId)}::text[]
      ) as d (id, trigger_id, user_id, channel_id) join fresh on fresh.id = d.trigger_id
      on conflict (id) do nothing
    ),
    changed as (
      update alerts set status = c.status, epoch = c.epoch, armed_at = c.armed_at,
        last_triggered_at = c.last_triggered_at
      from unnest(${ids}::text[], ${texts(alerts.map(({ status }) => status))}::text[],
        ${numbers(alerts.map(({ epoch }) => epoch))}::integer[], ${numbers(alerts.map(({ armedAt }) => armedAt))}::bigint[],
        ${numbers(alerts.map(({ lastTriggeredAt }) => lastTriggeredAt))}::bigint[]
      ) as c (id, status, epoch, armed_at, last_triggered_at)
      where alerts.id = c.id and alerts.id = any(${ids}::text[])
    )
    select id, seq from fresh`.execute(trx);
  const seqOf = new Map(rows.map(({ id, seq }) => [id, seq]));
  return {
    fresh: fired.flatMap(({ trigger, alert }) => {
      const seq = seqOf.get(trigger.id);
      if (seq === undefined) return [];
      const { userId, message, severity, watchlist } = alert;
      const trace = traces.get(trigger.id);
      const owned = { alertId: alert.id, userId, message, severity, watchlist: watchlist?.name ?? null };
      return { ...trigger, ...owned, seq, evaluatedAt, recordedAt, ...(trace === undefined ? {} : { trace }) };
    }),
    queued: deliveries.filter(({ triggerId }) => seqOf.has(triggerId)),
  };
}

async function deliveriesOf(db: Sql, triggerIds: readonly string[]): Promise<readonly Delivery[]> {
  if (triggerIds.length === 0) return [];
  const { rows } = await sql<Selectable<DeliveryRow>>`
    select * from deliveries where trigger_id = any(${texts(triggerIds)}::text[])`.execute(db);
  return rows.map(toDelivery);
}

async function triggersById(db: Sql, ids: readonly string[]): Promise<Selectable<TriggerRow>[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Selectable<TriggerRow>>`
    select * from triggers where id = any(${texts(ids)}::text[]) order by seq`.execute(db);
  return rows;
}

const bySeq = (a: StoredTrigger, b: StoredTrigger): number => a.seq - b.seq;
const byCreation = (a: Delivery, b: Delivery): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

export function createTriggers(db: Sql, now: () => number): TriggerStore {
  return {
    async record(effects, evaluatedAt, traces = new Map()) {
      const { alerts, known, fresh, queued } = await db.transaction().execute(async (trx) => {
        const rules = new Set(effects.map((effect) => (effect.kind === 'trigger' ? effect.trigger : effect).alertId));
        const ids = new Set([...rules].map((rule) => alertOfMember(rule) ?? rule));
        const locked = await sql<Selectable<AlertRow>>`
          select * from alerts where id = any(${texts([...ids])}::text[]) and not deleted order by id for update`.execute(
          trx,
        );
        const before = new Map<string, Alert>(locked.rows.map((row) => [row.id, toAlert(row)]));
        // Those of alerts that are deleted are gone.
        const members = await findMembers(
          trx,
          [...rules].filter((rule) => alertOfMember(rule) !== undefined),
        );
        const membersBefore = new Map<string, Member>(members.map((member) => [member.id, member]));
        const membersAfter = applyEffects(membersBefore, effects);
        const changedMembers = [...membersAfter.values()].filter((member) => member !== membersBefore.get(member.id));
        const alerts = applyEffects(before, effects);
        const alertOf = (rule: AlertId): Alert | undefined => alerts.get(membersAfter.get(rule)?.alertId ?? rule);
        const firedOnce = new Map<TriggerId, Fired>();
        for (const effect of effects) {
          const alert = effect.kind === 'trigger' ? alertOf(effect.trigger.alertId) : undefined;
          if (effect.kind === 'trigger' && alert) firedOnce.set(effect.trigger.id, { trigger: effect.trigger, alert });
        }
        const fired = [...firedOnce.values()];
        const changed = [...alerts.values()].filter((alert) => alert !== before.get(alert.id));
        const stamp = { evaluatedAt, recordedAt: now(), traces, isLast: changedMembers.length === 0 };
        const written = await write(trx, fired, changed, stamp);
        await updateMembers(trx, changedMembers);
        const counted = await countMembersOf(trx, [...new Set(changedMembers.map(({ alertId }) => alertId))]);
        for (const row of counted) alerts.set(row.id, toAlert(row));
        const isFresh = new Set(written.fresh.map(({ id }) => id));
        const known = fired.flatMap(({ trigger: { id } }) => (isFresh.has(id) ? [] : id));
        return { ...written, alerts, known };
      });
      const isKnown = new Set(known);
      const stored = [...fresh, ...(await triggersById(db, known)).map(toTrigger)];
      return {
        triggers: stored.sort(bySeq).map((trigger) => ({
          trigger,
          alert: alerts.get(trigger.alertId) as Alert,
          isNew: !isKnown.has(trigger.id),
        })),
        alerts: [...alerts.values()],
        deliveries: [...queued, ...(await deliveriesOf(db, known))].sort(byCreation),
      };
    },
    async get(userId, id) {
      const row = await db
        .selectFrom('triggers')
        .selectAll()
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row && toTrigger(row);
    },
    getMany: async (ids) => (await triggersById(db, ids)).map(toTrigger),
    async list(userId, filter, page) {
      const after = readCursor(ORDER, 'number', page.cursor);
      let query = db.selectFrom('triggers').selectAll().where('user_id', '=', userId);
      if (filter.alertId !== undefined) query = query.where('alert_id', '=', filter.alertId);
      if (filter.symbol !== undefined) query = query.where('symbol', '=', filter.symbol);
      if (filter.from !== undefined) query = query.where('fired_at', '>=', filter.from);
      if (filter.to !== undefined) query = query.where('fired_at', '<', filter.to);
      if (after) query = query.where('seq', '<', after[0] as number);
      const rows = await query
        .orderBy('seq', 'desc')
        .limit(page.limit + 1)
        .execute();
      return toPage(rows, page, ORDER, (row) => [row.seq, row.id], toTrigger);
    },
    async after(userId, seq, limit) {
      const rows = await db
        .selectFrom('triggers')
        .selectAll()
        .where('user_id', '=', userId)
        .where('seq', '>', seq)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(toTrigger);
    },
    forget: (userId, before) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('deliveries').where('user_id', '=', userId).where('created_at', '<', before).execute();
        await trx.deleteFrom('triggers').where('user_id', '=', userId).where('recorded_at', '<', before).execute();
      }),
    async lastSeqs(userIds) {
      const { rows } = await sql<{ readonly seq: number | null }>`
        select (select seq from triggers t where t.user_id = u.id order by seq desc limit 1) as seq
        from unnest(${[...userIds]}::text[]) with ordinality as u (id, place) order by place`.execute(db);
      return rows.map(({ seq }) => seq ?? 0);
    },
  };
}
