/**
 * Checkpoints of another number of partitions than before: each chunk goes to the partition whose log tells of it from now on.
 */
import { sql } from 'kysely';
import type { SqlTransaction } from './schema.ts';

/** Of a partition that was loaded and never saved. */
export const NOT_SAVED = -1;
/** What one statement copies. */
const MAX_STATEMENT_CHUNKS = 1_000;

export async function divideCheckpoints(
  trx: SqlTransaction,
  partitions: number,
  placesOf: (key: string, from: number) => readonly number[],
): Promise<boolean> {
  await sql`insert into checkpoint_division (partitions) values (${partitions}) on conflict do nothing`.execute(trx);
  // Others that start at the same time wait here, and find it done.
  const division = await sql<{ partitions: number }>`select partitions from checkpoint_division for update`.execute(
    trx,
  );
  if (division.rows[0]?.partitions === partitions) return false;
  await sql`update checkpoint_division set partitions = ${partitions}`.execute(trx);
  const { rows: before } = await sql<{ partition: number; next_offset: number; generation: number; holder: number }>`
    select partition, next_offset, generation, holder from checkpoint_offsets for update`.execute(trx);
  if (before.length === 0) return true;
  const known = before.map(({ partition }) => partition);

  // What an unfinished save has written does not count.
  await sql`delete from checkpoint_chunks c using checkpoint_offsets o
    where c.partition = any(${known}::integer[]) and o.partition = c.partition and c.generation > o.generation`.execute(
    trx,
  );
  const { rows: chunks } = await sql<{ partition: number; key: string; generation: number; is_gone: boolean }>`
    select distinct on (c.partition, c.key) c.partition, c.key, c.generation, c.value is null as is_gone
    from checkpoint_chunks c where c.partition = any(${known}::integer[])
    order by c.partition, c.key, c.generation desc`.execute(trx);
  const moves = new Map<string, { from: number; key: string; generation: number; to: number }>();
  for (const { partition: from, key, generation, is_gone } of chunks)
    if (!is_gone) for (const to of placesOf(key, from)) moves.set(`${to} ${key}`, { from, key, generation, to });

  // Above all that counts, so that what is copied is told from what was there.
  const generation = Math.max(...before.map((one) => one.generation)) + 1;
  const all = [...moves.values()];
  for (let at = 0; at < all.length; at += MAX_STATEMENT_CHUNKS) {
    const some = all.slice(at, at + MAX_STATEMENT_CHUNKS);
    await sql`insert into checkpoint_chunks (partition, key, generation, value)
      select m.target, c.key, ${generation}::bigint, c.value
      from unnest(${some.map(({ from }) => from)}::integer[], ${some.map(({ key }) => key)}::text[],
        ${some.map((one) => one.generation)}::bigint[], ${some.map(({ to }) => to)}::integer[]
      ) as m (source, key, generation, target)
      join checkpoint_chunks c on c.partition = m.source and c.key = m.key and c.generation = m.generation`.execute(
      trx,
    );
  }
  const numbers = Array.from({ length: partitions }, (_, number) => number);
  await sql`delete from checkpoint_chunks
    where partition = any(${[...known, ...numbers]}::integer[]) and generation <> ${generation}`.execute(trx);

  const saved = before.map(({ next_offset }) => next_offset).filter((offset) => offset !== NOT_SAVED);
  const least = saved.length === 0 ? NOT_SAVED : Math.min(...saved);
  const offsetOf = new Map(before.map(({ partition, next_offset }) => [partition, next_offset]));
  const offsets = numbers.map((number) => {
    const own = offsetOf.get(number) ?? NOT_SAVED;
    return own === NOT_SAVED ? least : own;
  });
  const holder = Math.max(...before.map((one) => one.holder)) + 1;
  await sql`delete from checkpoint_offsets`.execute(trx);
  await sql`insert into checkpoint_offsets (partition, next_offset, generation, holder)
    select number, next_offset, ${generation}::bigint, ${holder}::bigint
    from unnest(${numbers}::integer[], ${offsets}::bigint[]) as o (number, next_offset)`.execute(trx);
  return true;
}
