/**
 * Rule changes on their way to the bus, in SQL: numbered in the order they are written. Whoever writes one has locked its
 * alert's row before, so those of one alert are numbered in the order of their commits.
 */
import { sql } from 'kysely';
import type { RuleChange } from '#contracts/store/alerts.ts';
import type { SqlTransaction } from './schema.ts';
import { json } from './value-types.ts';

/** Changes of one statement: a few megabytes even where each holds the longest condition. */
const AT_ONCE = 500;

export async function enqueue(trx: SqlTransaction, changes: readonly RuleChange[]): Promise<void> {
  for (let from = 0; from < changes.length; from += AT_ONCE)
    await sql`insert into outbox (change)
      select change::json from unnest(${changes.slice(from, from + AT_ONCE).map((change) => json(change))}::text[])
        with ordinality as c (change, place) order by place`.execute(trx);
}
