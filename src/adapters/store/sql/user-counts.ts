/**
 * How many things of a kind a user has. Taking places and checking the limit are one statement, which also makes two
 * requests of one user wait for each other.
 */
import { sql } from 'kysely';
import type { Sql, SqlTransaction } from './schema.ts';

/** `members`: of all the user's alerts over watchlists together. */
export type Counted = 'alerts' | 'members' | 'channels' | 'instruments' | 'watchlists';

/** False where the user would have more than `limit` of them. */
export async function takePlace(
  trx: SqlTransaction,
  userId: string,
  kind: Counted,
  limit: number,
  places = 1,
): Promise<boolean> {
  if (places === 0) return true;
  if (limit < places) return false;
  const taken = await sql`
    insert into user_counts as c (user_id, kind, count) values (${userId}, ${kind}, ${places})
    on conflict (user_id, kind) do update set count = c.count + ${places} where c.count + ${places} <= ${limit}
    returning count`.execute(trx);
  return taken.rows.length === 1;
}

export async function givePlace(trx: SqlTransaction, userId: string, kind: Counted, places = 1): Promise<void> {
  if (places === 0) return;
  await sql`update user_counts set count = count - ${places} where user_id = ${userId} and kind = ${kind}`.execute(trx);
}

export async function movePlaces(
  trx: SqlTransaction,
  from: string,
  to: string,
  kind: Counted,
  count: number,
): Promise<void> {
  if (count === 0) return;
  await sql`update user_counts set count = count - ${count} where user_id = ${from} and kind = ${kind}`.execute(trx);
  await sql`
    insert into user_counts as c (user_id, kind, count) values (${to}, ${kind}, ${count})
    on conflict (user_id, kind) do update set count = c.count + excluded.count`.execute(trx);
}

export async function countOf(db: Sql, userId: string, kind: Counted): Promise<number> {
  const row = await db
    .selectFrom('user_counts')
    .select('count')
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row?.count ?? 0;
}
