/**
 * The alerts of a run: those on the lines that prices cross are made by the user over the API, the many that only stand
 * there are written into the store as the API would have, which is quicker by far.
 */
import pg from 'pg';
import type { Alert, AlertId, UserId } from '#domain/alert/alert.ts';
import { ruleOf, savedCondition } from '#domain/alert/rule.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { type Client, eventually } from '../support/client.ts';
import { FAR, LINES, SYMBOLS } from './market.ts';

const AT_ONCE = 5_000;
/** Some ten times what it takes. */
const ARMED_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 250;
/** Of a pushed series (api/routes/push.ts). */
const STALE_AFTER_MS = 300_000;
const POLICY = { frequency: 'repeat', cooldown: '0s', session: 'all' };

export async function populate(
  client: Client,
  store: string,
  channelId: string,
  alerts: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { symbol, condition } of LINES)
    ids.push((await client.ok('POST', '/api/v1/alerts', { symbol, condition, ...POLICY, channels: [channelId] })).id);
  const db = new pg.Client({ connectionString: store });
  await db.connect();
  try {
    const [first] = (await db.query('select * from alerts where id = $1', [ids[0]])).rows;
    const rest = Math.max(0, alerts - ids.length);
    for (let from = 0; from < rest; from += AT_ONCE)
      await insert(
        db,
        first,
        Array.from({ length: Math.min(AT_ONCE, rest - from) }, (_, i) => from + i),
      );
    await db.query(`update user_counts set count = count + $1 where user_id = $2 and kind = 'alerts'`, [
      rest,
      first.user_id,
    ]);
    await eventually(
      async () => {
        await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
        return (await db.query(`select from alerts where status = 'arming' limit 1`)).rowCount === 0;
      },
      'all alerts are armed',
      ARMED_LIMIT_MS,
    );
  } finally {
    await db.end();
  }
  return ids;
}

/** `like` is the row of an alert that the API made. */
async function insert(db: pg.Client, like: Record<string, unknown>, numbers: readonly number[]): Promise<void> {
  const rows = numbers.map((number) => ({
    id: `far-${number}`,
    symbol: SYMBOLS[number % SYMBOLS.length] as string,
    condition: `price crosses above ${FAR + number}`,
  }));
  const changes = rows.map(({ id, symbol, condition }) => {
    const alert = {
      ...{ id: id as AlertId, userId: like['user_id'] as UserId, symbol: symbol as InstrumentSymbol, condition },
      ...{
        version: 1,
        frequency: 'repeat',
        cooldownMs: 0,
        expiresAt: null,
        session: 'all',
        gap: 'fire',
        status: 'arming',
      },
    } as Alert;
    const instrument = { symbol: symbol as InstrumentSymbol, calendar: '24/7', staleAfterMs: STALE_AFTER_MS } as const;
    return { kind: 'put-rule', symbol, rule: ruleOf(alert, savedCondition(alert), instrument), at: Date.now() };
  });
  await db.query('begin');
  await db.query(
    `insert into alerts select (json_populate_record(a, new)).* from json_array_elements($1::json) as new, alerts a
     where a.id = $2`,
    [JSON.stringify(rows.map((row) => ({ ...row, status: 'arming', epoch: 0, armed_at: null }))), like['id']],
  );
  await db.query(`insert into outbox (change) select json_array_elements($1::json)`, [JSON.stringify(changes)]);
  await db.query('commit');
}
