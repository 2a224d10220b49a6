/**
 * The evaluator's checkpoints, in SQL: a row a chunk, of a generation that counts once its offset is written. So a large
 * checkpoint holds up nothing else for longer than one small statement, and one that was cut short changes nothing. Each
 * load makes a new holder; every statement of a save checks under a lock that its holder is the newest.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { CheckpointStore } from '#contracts/store/checkpoints.ts';
import { divideCheckpoints, NOT_SAVED } from './checkpoint-division.ts';
import type { Sql } from './schema.ts';

/** What one statement writes: a few milliseconds of the embedded database, in which nothing else runs. */
const MAX_STATEMENT_CHUNKS = 32;
const MAX_STATEMENT_LETTERS = 65_536;

export function createCheckpoints(db: Sql): CheckpointStore {
  /** As whom this program holds each partition. */
  const holders = new Map<number, number>();
  return {
    async load(partition) {
      const taken = await sql<{ holder: number }>`
        insert into checkpoint_offsets as o (partition, next_offset, generation, holder)
        values (${partition}, ${NOT_SAVED}, 0, 1) on conflict (partition)
        do update set holder = o.holder + 1 returning holder`.execute(db);
      holders.set(partition, taken.rows[0]?.holder as number);
      await sql`delete from checkpoint_chunks where partition = ${partition} and generation >
        (select generation from checkpoint_offsets where partition = ${partition})`.execute(db);
      // One statement, so that offset and chunks are of the same save.
      const { rows } = await sql<{ next_offset: number; key: string | null; value: string | null }>`
        select o.next_offset, c.key, c.value from checkpoint_offsets o
        left join (
          select distinct on (key) key, value from checkpoint_chunks where partition = ${partition}
          order by key, generation desc
        ) c on true
        where o.partition = ${partition} and o.next_offset <> ${NOT_SAVED}`.execute(db);
      const [first] = rows;
      if (!first) return undefined;
      const chunks = new Map<string, unknown>();
      for (const { key, value } of rows) if (key !== null && value !== null) chunks.set(key, JSON.parse(value));
      return { nextOffset: first.next_offset, chunks };
    },
    async save(partition, nextOffset, changed) {
      const holder = holders.get(partition);
      if (holder === undefined) throw new Error(`partition ${partition} is saved but was never loaded`);
      const { rows } = await sql<{ generation: number }>`
        select generation from checkpoint_offsets where partition = ${partition}`.execute(db);
      const before = rows[0]?.generation ?? 0;
      const generation = before + 1;
      for (const { keys, values } of statementsOf(changed)) {
        const written = await sql`with held as (
            select from checkpoint_offsets where partition = ${partition} and holder = ${holder} for share
          ) insert into checkpoint_chunks (partition, key, generation, value)
          select ${partition}::integer, key, ${generation}::bigint, value
          from held, unnest(${keys}::text[], ${values}::text[]) as c (key, value)
          on conflict (partition, key, generation) do update set value = excluded.value`.execute(db);
        if (written.numAffectedRows === 0n) return false;
        await nextTurn();
      }
      const counted = await sql`update checkpoint_offsets set next_offset = ${nextOffset}, generation = ${generation}
        where partition = ${partition} and holder = ${holder} and generation = ${before}`.execute(db);
      if (counted.numAffectedRows === 0n) {
        const now = await sql<{ holder: number }>`
          select holder from checkpoint_offsets where partition = ${partition}`.execute(db);
        if (now.rows[0]?.holder === holder) throw new Error(`partition ${partition} is saved twice at once`);
        return false;
      }
      const keys = [...changed.keys()];
      for (let from = 0; from < keys.length; from += MAX_STATEMENT_CHUNKS) {
        await sql`delete from checkpoint_chunks where partition = ${partition}
          and key = any(${keys.slice(from, from + MAX_STATEMENT_CHUNKS)}::text[])
          and (generation < ${generation} or (generation = ${generation} and value is null))`.execute(db);
        await nextTurn();
      }
      return true;
    },
    divide: (partitions, placesOf) => db.transaction().execute((trx) => divideCheckpoints(trx, partitions, placesOf)),
  };
}

/** The chunks in portions; null for one that is gone. */
function* statementsOf(
  changed: ReadonlyMap<string, string | undefined>,
): Generator<{ readonly keys: readonly string[]; readonly values: readonly (string | null)[] }> {
  let keys: string[] = [];
  let values: (string | null)[] = [];
  let letters = 0;
  for (const [key, chunk] of changed) {
    keys.push(key);
    values.push(chunk ?? null);
    letters += chunk?.length ?? 0;
    if (keys.length < MAX_STATEMENT_CHUNKS && letters < MAX_STATEMENT_LETTERS) continue;
    yield { keys, values };
    keys = [];
    values = [];
    letters = 0;
  }
  if (keys.length > 0) yield { keys, values };
}
