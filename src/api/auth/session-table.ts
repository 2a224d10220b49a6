/**
 * Many sessions at once, read from the account library's tables in one query. The library's own way asks twice, for a
 * hundred at most, and takes three times as long; that its tables are as this believes, a test of the accounts says.
 */
import type { Pool } from 'pg';
import type { LibraryUser } from './identity.ts';

export interface FoundSession {
  readonly token: string;
  readonly expiresAt: number;
  readonly user: LibraryUser;
}

interface Row extends LibraryUser {
  readonly token: string;
  readonly expires_at: number;
}

const FIND = `
  select s.token, extract(epoch from s."expiresAt")::float8 * 1000 as expires_at, u.id, u.email, u.name, u."isAnonymous"
  from "session" s join "user" u on u.id = s."userId" where s.token = any($1::text[])`;

export async function findSessions(pool: Pool, tokens: readonly string[]): Promise<readonly FoundSession[]> {
  const { rows } = await pool.query<Row>(FIND, [tokens]);
  return rows.map(({ token, expires_at, ...user }) => ({ token, expiresAt: expires_at, user }));
}
