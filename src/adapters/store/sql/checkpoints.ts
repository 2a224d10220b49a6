/**
 * The evaluator's checkpoints, in SQL: a row a chunk, and the offset they are all true at.
 */
import { sql } from 'kysely';
import type { CheckpointStore } from '#contracts/store/checkpoints.ts';
import type { Sql } from './schema.ts';

export function createCheckpoints(db: Sql): CheckpointStore {
  return {
    // One statement, so that offset and chunks are of the same save.
    async load(partition) {
      const { rows } = await sql<{ next_offset: number; key: string | null; value: string | null }>`
        select o.next_offset, c.key, c.value from checkpoint_offsets o
        left join checkpoint_chunks c on c.partition = o.partition
        where o.partition = ${partition}`.execute(db);
      const [first] = rows;
      if (!first) return undefined;
      const chunks = new Map<string, unknown>();
      for (const { key, value } of rows) if (key !== null && value !== null) chunks.set(key, JSON.parse(value));
      return { nextOffset: first.next_offset, chunks };
    },
    save: (partition, nextOffset, changed) =>
      db.transaction().execute(async (trx) => {
        const kept: string[] = [];
        const values: string[] = [];
        const dropped: string[] = [];
        for (const [key, value] of changed) {
          if (value === undefined) dropped.push(key);
          else {
            kept.push(key);
            values.push(JSON.stringify(value));
          }
        }
        if (dropped.length > 0)
          await sql`delete from checkpoint_chunks
            where partition = ${partition} and key = any(${dropped}::text[])`.execute(trx);
        if (kept.length > 0)
          await sql`insert into checkpoint_chunks (partition, key, value)
            select ${partition}::integer, key, value from unnest(${kept}::text[], ${values}::text[]) as c (key, value)
            on conflict (partition, key) do update set value = excluded.value`.execute(trx);
        await sql`insert into checkpoint_offsets (partition, next_offset) values (${partition}, ${nextOffset})
          on conflict (partition) do update set next_offset = excluded.next_offset`.execute(trx);
      }),
  };
}
