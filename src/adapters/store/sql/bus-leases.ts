/**
 * Leases, commits and the places of logs for a bus whose broker cannot keep them, in SQL. Beats of one group come one
 * after the other, under a lock of the group.
 */
import { type RawBuilder, sql } from 'kysely';
import type { BusGroup, BusLeaseStore, LeaseHeld } from '#contracts/store/bus-leases.ts';
import { fairShares } from './fair-shares.ts';
import type { Sql } from './schema.ts';

interface LeaseRow {
  readonly partition: number;
  readonly member: string | null;
  readonly token: number;
}

/** Any number; with the hash of a group it is the group's lock. */
const GROUP_LOCKS = 0x70c6;

const is = ({ topic, group }: BusGroup): RawBuilder<unknown> => sql`topic = ${topic} and consumer_group = ${group}`;
const lock = (trx: Sql, { topic, group }: BusGroup): Promise<unknown> =>
  sql`select pg_advisory_xact_lock(${GROUP_LOCKS}, hashtext(${`${topic} ${group}`}))`.execute(trx);

export function createBusLeases(db: Sql): BusLeaseStore {
  return {
    async partitions(topic, wanted) {
      await sql`insert into bus_topics (topic, partitions) values (${topic}, ${wanted}) on conflict do nothing`.execute(
        db,
      );
      const { rows } = await sql<{ partitions: number }>`
        select partitions from bus_topics where topic = ${topic}`.execute(db);
      return rows[0]?.partitions ?? wanted;
    },
    beat: ({ member, partitions, ...group }, leaseMs, leaves) =>
      db.transaction().execute(async (trx) => {
        await lock(trx, group);
        await sql`delete from bus_members where ${is(group)} and held_until <= clock_timestamp()`.execute(trx);
        const { rows: written } = await sql<{ isNew: boolean }>`
          insert into bus_members (topic, consumer_group, member, held_until)
          values (${group.topic}, ${group.group}, ${member},
            clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::double precision))
          on conflict (topic, consumer_group, member) do update set held_until = excluded.held_until
          returning xmax = 0 as "isNew"`.execute(trx);
        const { rows: members } = await sql<{ member: string }>`
          select member from bus_members where ${is(group)} order by member`.execute(trx);
        const { rows: leases } = await sql<LeaseRow>`
          select partition, member, token from bus_leases where ${is(group)}`.execute(trx);
        const names = members.map((one) => one.member);
        const alive = leases.filter((lease) => lease.member !== null && names.includes(lease.member));
        const owners = new Map(alive.map((lease) => [lease.partition, lease.member as string]));
        const wanted = fairShares(partitions, leaves ? names.filter((name) => name !== member) : names, owners);
        const held: LeaseHeld[] = [];
        for (const { partition, token } of alive)
          if (owners.get(partition) === member) held.push({ partition, token, keep: wanted.get(partition) === member });
        for (const [partition, name] of wanted) {
          if (name !== member || owners.has(partition)) continue;
          const { rows } = await sql<{ token: number }>`
            insert into bus_leases as lease (topic, consumer_group, partition, member, token)
            values (${group.topic}, ${group.group}, ${partition}, ${member}, 1)
            on conflict (topic, consumer_group, partition)
            do update set member = excluded.member, token = lease.token + 1 returning token`.execute(trx);
          held.push({ partition, token: rows[0]?.token ?? 0, keep: true });
        }
        return { held, isNew: written[0]?.isNew === true };
      }),
    letGo: ({ member, ...group }, partitions, leaves) =>
      db.transaction().execute(async (trx) => {
        await lock(trx, group);
        if (partitions.length > 0)
          await sql`update bus_leases set member = null
            where ${is(group)} and member = ${member} and partition = any(${partitions}::integer[])`.execute(trx);
        if (leaves) await sql`delete from bus_members where ${is(group)} and member = ${member}`.execute(trx);
      }),
    commit: (group, partition, token, nextOffset) =>
      db.transaction().execute(async (trx) => {
        await lock(trx, group);
        const { numAffectedRows } = await sql`
          insert into bus_leases as lease (topic, consumer_group, partition, next_offset)
          values (${group.topic}, ${group.group}, ${partition}, ${nextOffset})
          on conflict (topic, consumer_group, partition) do update set next_offset = excluded.next_offset
          where case when ${token} > 0 then lease.token <= ${token} else not exists (
            select from bus_members as holder where holder.topic = lease.topic
              and holder.consumer_group = lease.consumer_group and holder.member = lease.member
              and holder.held_until > clock_timestamp()
          ) end`.execute(trx);
        return numAffectedRows === 1n;
      }),
    async committed(group, partition) {
      const { rows } = await sql<{ nextOffset: number | null }>`
        select next_offset as "nextOffset" from bus_leases where ${is(group)} and partition = ${partition}`.execute(db);
      return rows[0]?.nextOffset ?? undefined;
    },
    async generation(topic, partition) {
      const { rows } = await sql<{ generation: number }>`
        select generation from bus_logs where topic = ${topic} and partition = ${partition}`.execute(db);
      return rows[0]?.generation ?? 1;
    },
    async beginAnew(topic, partition) {
      await sql`insert into bus_logs as log (topic, partition) values (${topic}, ${partition})
        on conflict (topic, partition) do update set generation = log.generation + 1`.execute(db);
    },
  };
}
