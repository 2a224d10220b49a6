/**
 * The memory bus's log, in SQL: a batch is one row of JSON text. The newest row of a partition is never trimmed, so the
 * end of the log is always known.
 */
import { sql } from 'kysely';
import type { BusLogStore, LogAppend } from '#contracts/store/bus-log.ts';
import type { Sql } from './schema.ts';

interface LogRow {
  readonly base_offset: number;
  readonly count: number;
  readonly messages: string;
}

export function createBusLog(db: Sql): BusLogStore {
  return {
    async append(appends) {
      const rows = appends.filter(({ messages }) => messages.length > 0);
      if (rows.length === 0) return;
      await db
        .insertInto('bus_log')
        .values(
          rows.map(({ topic, partition, baseOffset, messages }) => ({
            topic,
            partition,
            base_offset: baseOffset,
            count: messages.length,
            messages: JSON.stringify(messages),
          })),
        )
        .execute();
    },
    async read(topic, partition, fromOffset, maxMessages) {
      const { rows } = await sql<LogRow>`
        select base_offset, count, messages from (
          select base_offset, count, messages,
            sum(count) over (order by base_offset rows between unbounded preceding and 1 preceding) as before
          from (
            select base_offset, count, messages from bus_log
            where topic = ${topic} and partition = ${partition} and base_offset >= coalesce((
              select max(base_offset) from bus_log
              where topic = ${topic} and partition = ${partition} and base_offset <= ${fromOffset}
            ), 0) and base_offset + count > ${fromOffset}
            order by base_offset limit ${Math.max(1, maxMessages)}
          ) as page
        ) as counted
        where before is null or before + count <= ${maxMessages}
        order by base_offset`.execute(db);
      return rows.map((row) => ({
        topic,
        partition,
        baseOffset: row.base_offset,
        messages: JSON.parse(row.messages) as LogAppend['messages'],
      }));
    },
    async ends() {
      const { rows } = await sql<{ topic: string; partition: number; firstOffset: number; nextOffset: number }>`
        select topic, partition, min(base_offset) as "firstOffset", max(base_offset + count) as "nextOffset"
        from bus_log group by topic, partition order by topic, partition`.execute(db);
      return rows;
    },
    async commits() {
      const { rows } = await sql<{ topic: string; group: string; partition: number; nextOffset: number }>`
        select topic, consumer_group as "group", partition, next_offset as "nextOffset" from bus_commits
        order by topic, consumer_group, partition`.execute(db);
      return rows;
    },
    async commit(topic, group, partition, nextOffset) {
      await sql`insert into bus_commits (topic, consumer_group, partition, next_offset)
        values (${topic}, ${group}, ${partition}, ${nextOffset})
        on conflict (topic, consumer_group, partition) do update set next_offset = excluded.next_offset`.execute(db);
    },
    async trim(topic, partition, offset) {
      await sql`delete from bus_log where topic = ${topic} and partition = ${partition}
        and base_offset + count <= ${offset}
        and base_offset < (select max(base_offset) from bus_log where topic = ${topic} and partition = ${partition})
      `.execute(db);
    },
  };
}
