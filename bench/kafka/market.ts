/**
 * The instruments and alerts of the benchmark on Kafka. The many alerts stand 2 to 40 % away from every price: the
 * engine's state as the evaluate role itself saves it, and rows in the store. Those that fire are made by a user over the API; those
 * of the storm are written into the store as the API would have, and go the way of every change of a rule.
 */
import pg from 'pg';
import type { Alert, AlertId, UserId } from '#domain/alert/alert.ts';
import { ruleOf, savedCondition } from '#domain/alert/rule.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { put, START, SYMBOLS, textsOf } from '../workload.ts';

/** Symbols whose prices cross 100, and how many prices of one there are from one crossing upwards to the next. */
export const HOT = 100;
export const PERIOD = 20;
/** One price of it fires them all. */
export const STORM = 'STORM' as InstrumentSymbol;
/** The source of prices that go all the way although nobody evaluates them. */
export const MARK = 'bare';
/** Alerts of one user of the many. */
const OF_A_USER = 100;
const AT_ONCE = 5_000;

export function instrumentOf(symbol: InstrumentSymbol): Instrument {
  return {
    ...{
      symbol,
      name: symbol,
      kind: 'stock',
      currency: 'USD',
      calendar: '24/7',
      aliases: [],
      providers: {},
      decimals: 2,
    },
    ...{ staleAfterMs: 300_000, blindAfterMs: 3_600_000, ownerId: null },
  };
}

/** As the database writes it below. */
const idOf = (number: number): AlertId => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}` as AlertId;
const farCondition = (number: number): string => {
  const away = 2 + ((number * 7_919) % 380_000) / 10_000;
  return number % 2 === 0
    ? `price crosses above ${(100 + away).toFixed(4)}`
    : `price crosses below ${(100 - away).toFixed(4)}`;
};

const POLICY = {
  ...{ version: 1, frequency: 'repeat', cooldownMs: 3_600_000, expiresAt: null, session: 'all', gap: 'fire' },
  ...{ rearm: null, remindEveryMs: null, barMs: null },
} as const;

/** What the evaluate role would have saved when it had armed `count` far alerts. */
export function farCheckpoint(count: number): ReadonlyMap<string, string> {
  const engine = new Engine();
  engine.apply({ kind: 'clock', at: START }, []);
  for (let number = 0; number < count; number += 1) {
    const symbol = SYMBOLS[number % SYMBOLS.length] as InstrumentSymbol;
    const alert = {
      ...POLICY,
      id: idOf(number),
      symbol,
      condition: farCondition(number),
      status: 'armed',
    } as unknown as Alert;
    engine.apply(put(ruleOf(alert, savedCondition(alert), instrumentOf(symbol))), []);
  }
  return textsOf(engine.takeChanges());
}

/** Their rows; `like` is the id of an alert that the API made. */
export async function insertFar(url: string, like: string, count: number): Promise<void> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    await db.query(
      `insert into alerts select (json_populate_record(a, json_build_object(
           'id', '00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'), 'user_id', 'far-' || n / ${OF_A_USER},
           'symbol', 'SYM' || n % ${SYMBOLS.length}, 'status', 'armed', 'epoch', 1,
           'condition', 'price crosses ' || case n % 2 when 0 then 'above ' else 'below ' end
             || round((100 + case n % 2 when 0 then 1 else -1 end * (2 + (n::bigint * 7919 % 380000) / 10000.0))::numeric, 4)
         ))).*
       from alerts a, generate_series(0, $2::integer - 1) n where a.id = $1`,
      [like, count],
    );
    await db.query('analyze alerts');
  } finally {
    await db.end();
  }
}

/** Alerts that one price of STORM fires, each of them with a channel of its user; resolves when they are on their way. */
export async function insertStorm(url: string, like: string, count: number): Promise<void> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    await db.query(
      `insert into channels select (json_populate_record(c, json_build_object(
           'id', 'storm-' || n, 'user_id', 'storm-' || n))).*
       from channels c, alerts a, generate_series(0, $2::integer) n where a.id = $1 and c.id = a.channel_ids[1]`,
      [like, Math.floor(count / OF_A_USER)],
    );
    for (let from = 0; from < count; from += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
      const alerts = numbers.map((number) => {
        const user = `storm-${Math.floor(number / OF_A_USER)}`;
        const condition = `price crosses above ${(101 + (number % 20_000) / 10_000).toFixed(4)}`;
        return { id: `ffffffff${idOf(number).slice(8)}`, user_id: user, channel_ids: [user], symbol: STORM, condition };
      });
      const changes = alerts.map(({ id, user_id, condition }) => {
        const alert = {
          ...POLICY,
          id,
          userId: user_id as UserId,
          symbol: STORM,
          condition,
          status: 'arming',
        } as unknown as Alert;
        return {
          kind: 'put-rule',
          symbol: STORM,
          rule: ruleOf(alert, savedCondition(alert), instrumentOf(STORM)),
          at: Date.now(),
        };
      });
      await db.query('begin');
      await db.query(
        `insert into alerts select (json_populate_record(a, new)).* from json_array_elements($1::json) as new, alerts a
         where a.id = $2`,
        [JSON.stringify(alerts.map((row) => ({ ...row, ...ARMING }))), like],
      );
      await db.query(`insert into outbox (change) select json_array_elements($1::json)`, [JSON.stringify(changes)]);
      await db.query('commit');
    }
  } finally {
    await db.end();
  }
}
const ARMING = { status: 'arming', epoch: 0, armed_at: null, cooldown_ms: POLICY.cooldownMs };
