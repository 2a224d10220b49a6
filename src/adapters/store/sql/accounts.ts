/**
 * Answers kept for `Idempotency-Key`, and the mark of the secret, in SQL.
 */
import { sql } from 'kysely';
import type { AccountStore } from '#contracts/store/accounts.ts';
import type { Sql } from './schema.ts';

/** A request that reserved a key and has not answered for so long died with its process: the key is free again. */
const RESERVATION_MS = 60_000;

export function createAccounts(db: Sql): AccountStore {
  return {
    async reserveIdempotencyKey(userId, key, requestHash, now) {
      const reserved = await sql`
        insert into idempotency_keys as k (user_id, key, request_hash, reserved_at)
        values (${userId}, ${key}, ${requestHash}, ${now})
        on conflict (user_id, key) do update set request_hash = excluded.request_hash, reserved_at = excluded.reserved_at
          where k.status is null and k.reserved_at <= ${now - RESERVATION_MS}
        returning key`.execute(db);
      if (reserved.rows.length === 1) return 'reserved';
      const row = await db
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('user_id', '=', userId)
        .where('key', '=', key)
        .executeTakeFirst();
      if (row?.status == null || row.body === null) return 'pending';
      return { requestHash: row.request_hash, status: row.status, body: row.body };
    },
    async saveIdempotentAnswer(userId, key, answer) {
      await db
        .updateTable('idempotency_keys')
        .set({ status: answer.status, body: answer.body, request_hash: answer.requestHash })
        .where('user_id', '=', userId)
        .where('key', '=', key)
        .execute();
    },
    async releaseIdempotencyKey(userId, key) {
      await db
        .deleteFrom('idempotency_keys')
        .where('user_id', '=', userId)
        .where('key', '=', key)
        .where('status', 'is', null)
        .execute();
    },
    async trimIdempotencyKeys(before) {
      const gone = await db.deleteFrom('idempotency_keys').where('reserved_at', '<', before).executeTakeFirst();
      return Number(gone.numDeletedRows);
    },
    async knowsSecret(mark) {
      await sql`insert into secret_marks (mark) values (${mark}) on conflict do nothing`.execute(db);
      const row = await db.selectFrom('secret_marks').select('mark').executeTakeFirst();
      return row?.mark === mark;
    },
    async replaceSecret(mark) {
      await sql`insert into secret_marks (mark) values (${mark})
        on conflict (is_only) do update set mark = excluded.mark`.execute(db);
    },
  };
}
