/**
 * The evaluator's checkpoints, in SQL: a row a chunk, of a generation that counts once its offset is written. So a large
 * checkpoint holds up nothing else for longer than one small statement, and one that was cut short changes nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { CheckpointStore } from '#contracts/store/checkpoints.ts';
import type { Sql } from './schema.ts';

/** What one statement writes: a few milliseconds of the embedded database, in which nothing else runs. */
const MAX_STATEMENT_CHUNKS = 32;
const MAX_STATEMENT_LETTERS = 65_536;

export function createCheckpoints(db: Sql): CheckpointStore {
  return {
    async load(partition) {
      await sql`delete from checkpoint_chunks where partition = ${partition} and generation >
        coalesce((select generation from checkpoint_offsets where partition = ${partition}), 0)`.execute(db);
      // One statement, so that offset and chunks are of the same save.
      const { rows } = await sql<{ next_offset: number; key: string | null; value: string | null }>`
        select o.next_offset, c.key, c.value from checkpoint_offsets o
        left join (
          select distinct on (key) key, value from checkpoint_chunks where partition = ${partition}
          order by key, generation desc
        ) c on true
        where o.partition = ${partition}`.execute(db);
      const [first] = rows;
      if (!first) return undefined;
      const chunks = new Map<string, unknown>();
      for (const { key, value } of rows) if (key !== null && value !== null) chunks.set(key, JSON.parse(value));
      return { nextOffset: first.next_offset, chunks };
    },
    async save(partition, nextOffset, changed) {
      const { rows } = await sql<{ generation: number }>`
        select generation from checkpoint_offsets where partition = ${partition}`.execute(db);
      const before = rows[0]?.generation ?? 0;
      const generation = before + 1;
      for (const { keys, values } of statementsOf(changed)) {
        await sql`insert into checkpoint_chunks (partition, key, generation, value)
          select ${partition}::integer, key, ${generation}::bigint, value
          from unnest(${keys}::text[], ${values}::text[]) as c (key, value)
          on conflict (partition, key, generation) do update set value = excluded.value`.execute(db);
        await nextTurn();
      }
      const { rows: counts } = await sql`insert into checkpoint_offsets (partition, next_offset, generation)
        values (${partition}, ${nextOffset}, ${generation}) on conflict (partition)
        do update set next_offset = excluded.next_offset, generation = excluded.generation
        where checkpoint_offsets.generation = ${before} returning partition`.execute(db);
      if (counts.length === 0) throw new Error(`another evaluator has saved partition ${partition}`);
      const keys = [...changed.keys()];
      for (let from = 0; from < keys.length; from += MAX_STATEMENT_CHUNKS) {
        await sql`delete from checkpoint_chunks where partition = ${partition}
          and key = any(${keys.slice(from, from + MAX_STATEMENT_CHUNKS)}::text[])
          and (generation < ${generation} or value is null)`.execute(db);
        await nextTurn();
      }
    },
  };
}

/** The chunks in portions, as text; null for one that is gone. */
function* statementsOf(
  changed: ReadonlyMap<string, unknown>,
): Generator<{ readonly keys: readonly string[]; readonly values: readonly (string | null)[] }> {
  let keys: string[] = [];
  let values: (string | null)[] = [];
  let letters = 0;
  for (const [key, chunk] of changed) {
    const value = chunk === undefined ? null : JSON.stringify(chunk);
    keys.push(key);
    values.push(value);
    letters += value?.length ?? 0;
    if (keys.length < MAX_STATEMENT_CHUNKS && letters < MAX_STATEMENT_LETTERS) continue;
    yield { keys, values };
    keys = [];
    values = [];
    letters = 0;
  }
  if (keys.length > 0) yield { keys, values };
}
