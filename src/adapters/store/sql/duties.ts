/**
 * The number of the duty, in SQL: the holder of a partition that is none, beside those of the evaluators' checkpoints.
 */
import { sql } from 'kysely';
import type { DutyStore } from '#contracts/store/duties.ts';
import type { Sql } from './schema.ts';

const NO_PARTITION = -1;

export function createDuties(db: Sql): DutyStore {
  return {
    async begin() {
      const { rows } = await sql<{ holder: number }>`
        insert into checkpoint_offsets as o (partition, next_offset, generation, holder)
        values (${NO_PARTITION}, ${NO_PARTITION}, 0, 1) on conflict (partition)
        do update set holder = o.holder + 1 returning holder`.execute(db);
      return rows[0]?.holder as number;
    },
    async isNewest(duty) {
      const { rows } = await sql<{ holder: number }>`
        select holder from checkpoint_offsets where partition = ${NO_PARTITION}`.execute(db);
      return rows[0]?.holder === duty;
    },
  };
}
