/**
 * Who fetches which part, in SQL, one step at a time under a lock. The numbers of duties are counted over all parts, where
 * those of the version before were: the holder of a partition that is none, beside those of the evaluators' checkpoints.
 */
import { type RawBuilder, sql } from 'kysely';
import type { DutyMember, DutyPart, DutyStore } from '#contracts/store/duties.ts';
import type { Sql, SqlTransaction } from './schema.ts';

const NO_PARTITION = -1;
/** Any number; it names the lock. */
const DUTIES_LOCK = 0xd077;
const IS_ALIVE: RawBuilder<unknown> = sql`held_until > clock_timestamp()`;

export function createDuties(db: Sql): DutyStore {
  const oneByOne = <T>(step: (trx: SqlTransaction) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${DUTIES_LOCK})`.execute(trx);
      return step(trx);
    });
  return {
    beat: ({ name, capacity }, weights, leaseMs) =>
      oneByOne(async (trx) => {
        await sql`
          insert into ingest_members (member, capacity, held_until)
          values (${name}, ${capacity},
            clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::double precision))
          on conflict (member) do update set capacity = excluded.capacity, held_until = excluded.held_until`.execute(
          trx,
        );
        await sql`delete from ingest_members where not (${IS_ALIVE})`.execute(trx);
        if (weights.size > 0)
          await sql`
            update ingest_parts set weight = said.weight
            from unnest(${[...weights.keys()]}::integer[], ${[...weights.values()]}::double precision[])
              as said (part, weight)
            where ingest_parts.part = said.part and member = ${name}`.execute(trx);
        const { rows: members } = await sql<DutyMember>`
          select member as name, capacity from ingest_members order by member`.execute(trx);
        const { rows: parts } = await sql<DutyPart>`
          select part, weight, ingest_members.member, duty from ingest_parts
          left join ingest_members using (member) order by part`.execute(trx);
        return { members, parts };
      }),
    begin: (member, part) =>
      oneByOne(async (trx) => {
        const { rows: taken } = await sql`
          select from ingest_parts join ingest_members using (member)
          where part = ${part} and member <> ${member} and ${IS_ALIVE}`.execute(trx);
        if (taken.length > 0) return undefined;
        const { rows } = await sql<{ duty: number }>`
          insert into checkpoint_offsets as o (partition, next_offset, generation, holder)
          values (${NO_PARTITION}, ${NO_PARTITION}, 0, 1) on conflict (partition)
          do update set holder = o.holder + 1 returning holder as duty`.execute(trx);
        const duty = rows[0]?.duty as number;
        await sql`
          insert into ingest_parts (part, member, duty) values (${part}, ${member}, ${duty})
          on conflict (part) do update set member = excluded.member, duty = excluded.duty`.execute(trx);
        return duty;
      }),
    async isNewest(part, duty) {
      const { rows } = await sql`select from ingest_parts where part = ${part} and duty = ${duty}`.execute(db);
      return rows.length > 0;
    },
    async end(part, duty) {
      await sql`update ingest_parts set member = null where part = ${part} and duty = ${duty}`.execute(db);
    },
    async leave(member) {
      await sql`delete from ingest_members where member = ${member}`.execute(db);
    },
  };
}
