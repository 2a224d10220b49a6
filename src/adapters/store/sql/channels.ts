/**
 * Channels, in SQL.
 */
import { type Selectable, sql } from 'kysely';
import type { Channel, ChannelStore } from '#contracts/store/channels.ts';
import { takeChannelOff } from './alerts.ts';
import type { ChannelRow, Sql } from './schema.ts';
import { givePlace, movePlaces, takePlace } from './user-counts.ts';
import { json, texts } from './value-types.ts';

function toChannel(row: Selectable<ChannelRow>): Channel {
  return {
    id: row.id,
    userId: row.user_id,
    kind: row.kind,
    name: row.name,
    settings: row.settings,
    enabled: row.enabled,
    fallbackOrder: row.fallback_order,
    lastResult: row.last_result,
    createdAt: row.created_at,
  } as Channel;
}

function fromChannel(channel: Channel) {
  return {
    id: channel.id,
    user_id: channel.userId,
    kind: channel.kind,
    name: channel.name,
    settings: json(channel.settings),
    enabled: channel.enabled,
    fallback_order: channel.fallbackOrder,
    last_result: json(channel.lastResult),
    created_at: channel.createdAt,
  };
}

export function createChannels(db: Sql): ChannelStore {
  return {
    create: (channel, limit) =>
      db.transaction().execute(async (trx) => {
        if (!(await takePlace(trx, channel.userId, 'channels', limit))) return 'limit-reached';
        await trx.insertInto('channels').values(fromChannel(channel)).execute();
        return 'created';
      }),
    async get(userId, id) {
      const row = await db
        .selectFrom('channels')
        .selectAll()
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row && toChannel(row);
    },
    async getMany(ids) {
      const { rows } = await sql<Selectable<ChannelRow>>`
        select * from channels where id = any(${[...ids]}::text[])`.execute(db);
      return rows.map(toChannel);
    },
    async list(userId) {
      const rows = await db
        .selectFrom('channels')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(toChannel);
    },
    async update(channel) {
      const changed = await db
        .updateTable('channels')
        .set(fromChannel(channel))
        .where('id', '=', channel.id)
        .where('user_id', '=', channel.userId)
        .returning('id')
        .executeTakeFirst();
      return changed ? 'updated' : 'not-found';
    },
    remove: (userId, id) =>
      db.transaction().execute(async (trx) => {
        const gone = await trx
          .deleteFrom('channels')
          .where('id', '=', id)
          .where('user_id', '=', userId)
          .returning('id')
          .executeTakeFirst();
        if (!gone) return 'not-found';
        await givePlace(trx, userId, 'channels');
        await takeChannelOff(trx, userId, id);
        return 'removed';
      }),
    async setLastResults(results) {
      // Nobody waits for it to be on disk: what became of a delivery is in the ledger.
      await sql`with quickly as materialized (select set_config('synchronous_commit', 'off', true))
        update channels set last_result = r.result::json
        from quickly, unnest(${texts([...results.keys()])}::text[], ${texts([...results.values()].map((result) => json(result)))}::text[]
        ) as r (id, result) where channels.id = r.id`.execute(db);
    },
    reassign: (from, to) =>
      db.transaction().execute(async (trx) => {
        const { rows } = await sql`update channels set user_id = ${to} where user_id = ${from} returning id`.execute(
          trx,
        );
        await movePlaces(trx, from, to, 'channels', rows.length);
      }),
  };
}
