/**
 * The members of alerts over watchlists, in SQL: one row each, with its rule's changes. Every function here is called with
 * the alert's row locked, so what an edit of the alert and an edit of its list make of the members comes one after the
 * other, in the rows and in the outbox alike.
 */
import { type Selectable, sql } from 'kysely';
import type { RuleChange } from '#contracts/store/alerts.ts';
import type { Alert, AlertId, AlertStatus } from '#domain/alert/alert.ts';
import { type Member, type MemberCounts, memberId, statusOfMembers } from '#domain/alert/member.ts';
import { conditionOn, othersIn, ruleOf, savedCondition } from '#domain/alert/rule.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { enqueue } from './outbox.ts';
import type { AlertMemberRow, AlertRow, Sql, SqlTransaction } from './schema.ts';
import { json, numbers } from './value-types.ts';

export function toMember(row: Selectable<AlertMemberRow>): Member {
  return {
    id: row.id,
    alertId: row.alert_id,
    symbol: row.symbol,
    version: row.version,
    status: row.status,
    epoch: row.epoch,
    armedAt: row.armed_at,
    lastTriggeredAt: row.last_triggered_at,
  } as unknown as Member;
}

type Known = Pick<Member, 'id' | 'symbol'>;
type Watched = Pick<Instrument, 'symbol' | 'calendar' | 'staleAfterMs'>;

/** Arms these instruments for the alert, or keeps them ready where it is paused. */
export async function addMembers(
  trx: SqlTransaction,
  alert: Alert,
  symbols: readonly InstrumentSymbol[],
  at: number,
): Promise<void> {
  if (symbols.length === 0) return;
  const { rows } = await sql<{ members_made: number }>`
    update alerts set members_made = members_made + ${symbols.length} where id = ${alert.id}
    returning members_made`.execute(trx);
  const before = (rows[0]?.members_made ?? 0) - symbols.length;
  const added = symbols.map((symbol, place) => ({ id: memberId(alert.id, before + place + 1), symbol }));
  await sql`insert into alert_members (id, alert_id, symbol, version, status, epoch)
    select id, ${alert.id}, symbol, ${alert.version}::integer, ${restingStatus(alert)}, 0
    from unnest(${added.map(({ id }) => id)}::text[], ${[...symbols]}::text[]) as m (id, symbol)`.execute(trx);
  await putRules(trx, alert, added, at);
}

/** Every member is armed anew, by the alert as it is now. */
export async function renewMembers(trx: SqlTransaction, alert: Alert, at: number): Promise<void> {
  const { rows } = await sql<Known>`
    update alert_members set version = ${alert.version}, status = ${restingStatus(alert)}, armed_at = null
    where alert_id = ${alert.id} returning id, symbol`.execute(trx);
  await putRules(trx, alert, inOrder(rows), at);
}

/** These instruments, or all, are not watched for the alert any more. The answer is how many there were. */
export async function removeMembers(
  trx: SqlTransaction,
  alertId: AlertId,
  symbols: readonly InstrumentSymbol[] | 'all',
): Promise<number> {
  const { rows } = await sql<Known>`
    delete from alert_members where alert_id = ${alertId}
      and ${symbols === 'all' ? sql`true` : sql`symbol = any(${[...symbols]}::text[])`}
    returning id, symbol`.execute(trx);
  await enqueue(
    trx,
    // Above every version there can be: a member's id is never used again.
    inOrder(rows).map(({ id, symbol }) => ({
      ...{ kind: 'remove-rule', symbol, alertId: id, version: Number.MAX_SAFE_INTEGER },
    })),
  );
  return rows.length;
}

export async function updateMembers(trx: SqlTransaction, members: readonly Member[]): Promise<void> {
  if (members.length === 0) return;
  await sql`update alert_members as m set status = c.status, epoch = c.epoch, armed_at = c.armed_at,
      last_triggered_at = c.last_triggered_at
    from unnest(${members.map(({ id }) => id)}::text[], ${members.map(({ status }) => status)}::text[],
      ${numbers(members.map(({ epoch }) => epoch))}::integer[], ${numbers(members.map(({ armedAt }) => armedAt))}::bigint[],
      ${numbers(members.map(({ lastTriggeredAt }) => lastTriggeredAt))}::bigint[]
    ) as c (id, status, epoch, armed_at, last_triggered_at)
    where m.id = c.id`.execute(trx);
}

/** Brings what the alerts say of all their members up to date, and gives their rows. */
export async function countMembersOf(
  trx: SqlTransaction,
  ids: readonly AlertId[],
): Promise<readonly Selectable<AlertRow>[]> {
  if (ids.length === 0) return [];
  const groups = await sql<{
    alert_id: AlertId;
    status: AlertStatus;
    count: number;
    armed_at: number | null;
    last_triggered_at: number | null;
  }>`select alert_id, status, count(*) as count, min(armed_at) as armed_at, max(last_triggered_at) as last_triggered_at
    from alert_members where alert_id = any(${[...ids]}::text[]) group by alert_id, status`.execute(trx);
  const byAlert = Map.groupBy(groups.rows, ({ alert_id }) => alert_id);
  const sums = ids.map((id) => {
    const own = byAlert.get(id) ?? [];
    const counts: MemberCounts = Object.fromEntries(own.map(({ status, count }) => [status, count]));
    const armed = own.flatMap(({ armed_at }) => armed_at ?? []);
    const fired = own.flatMap(({ last_triggered_at }) => last_triggered_at ?? []);
    return {
      counts: json(counts),
      status: statusOfMembers(counts, false),
      armedAt: armed.length === 0 ? null : Math.min(...armed),
      firedAt: fired.length === 0 ? null : Math.max(...fired),
    };
  });
  // A member that has left may have fired last.
  const { rows } = await sql<Selectable<AlertRow>>`
    update alerts set member_counts = c.counts::json, armed_at = c.armed_at,
      status = case when alerts.status = 'paused' then 'paused' else c.status end,
      last_triggered_at = greatest(alerts.last_triggered_at, c.fired_at)
    from unnest(${[...ids]}::text[], ${sums.map(({ counts }) => counts)}::text[], ${sums.map(({ status }) => status)}::text[],
      ${numbers(sums.map(({ armedAt }) => armedAt))}::bigint[], ${numbers(sums.map(({ firedAt }) => firedAt))}::bigint[]
    ) as c (id, counts, status, armed_at, fired_at)
    where alerts.id = c.id returning alerts.*`.execute(trx);
  return rows;
}

export async function findMembers(db: Sql, ids: readonly AlertId[]): Promise<readonly Member[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Selectable<AlertMemberRow>>`
    select * from alert_members where id = any(${[...ids]}::text[])`.execute(db);
  return rows.map(toMember);
}

function restingStatus({ status }: Alert): AlertStatus {
  return status === 'paused' ? 'paused' : 'arming';
}

async function putRules(trx: SqlTransaction, alert: Alert, members: readonly Known[], at: number): Promise<void> {
  const condition = savedCondition(alert);
  const { rows } = await sql<Watched>`
    select symbol, calendar, stale_after_ms as "staleAfterMs" from instruments
    where symbol = any(${[...members.map(({ symbol }) => symbol), ...othersIn(condition, null)]}::text[])`.execute(trx);
  const bySymbol = new Map(rows.map((instrument) => [instrument.symbol, instrument]));
  const find = (symbol: InstrumentSymbol): Watched => {
    const instrument = bySymbol.get(symbol);
    if (instrument === undefined) throw new Error(`alert ${alert.id} looks at ${symbol}, which is no instrument`);
    return instrument;
  };
  await enqueue(
    trx,
    members.map(({ id, symbol }): RuleChange => {
      const others = othersIn(condition, symbol).map(find);
      const rule = ruleOf({ ...alert, id }, conditionOn(condition, symbol), find(symbol), others);
      return { kind: 'put-rule', symbol, rule, at };
    }),
  );
}

/** The order of rows is the database's affair; that of messages is not. */
function inOrder(members: readonly Known[]): readonly Known[] {
  return members.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
}
