/**
 * Who a session's cookie proves to be, where nothing else is to be done for it: a thousand browsers that come back at
 * once ask the database ten times, not two thousand. What needs more (a renewal, an unknown cookie) is the library's.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Batch } from '../batch.ts';
import { type Identity, sessionIdentity } from './identity.ts';
import type { FoundSession } from './session-table.ts';

export interface SessionCookieOptions {
  readonly cookieName: string;
  readonly secret: string;
  readonly find: (tokens: readonly string[]) => Promise<readonly FoundSession[]>;
  /** A session with less than this left is renewed. */
  readonly renewBelowMs: number;
  readonly now: () => number;
}

/** Sessions asked about in one query. */
const BATCH = 500;

/** The identity, or undefined where the library has to be asked. */
export function sessionCookies(options: SessionCookieOptions): (cookies: string) => Promise<Identity | undefined> {
  const { cookieName, secret, find, renewBelowMs, now } = options;
  const sessions = new Batch<string, FoundSession | undefined>(BATCH, async (tokens) => {
    const found = new Map((await find([...new Set(tokens)])).map((one) => [one.token, one]));
    return tokens.map((token) => found.get(token));
  });
  return async (cookies) => {
    const token = signedToken(cookies, cookieName, secret);
    if (token === undefined) return undefined;
    const found = await sessions.get(token);
    if (found === undefined || found.expiresAt - now() < renewBelowMs) return undefined;
    return sessionIdentity(found.user);
  };
}

/** `token.signature` of the cookie, where we signed it. */
function signedToken(cookies: string, name: string, secret: string): string | undefined {
  const pair = cookies
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  if (pair === undefined) return undefined;
  let value: string;
  try {
    value = decodeURIComponent(pair.slice(name.length + 1));
  } catch {
    return undefined;
  }
  const dot = value.lastIndexOf('.');
  if (dot < 1) return undefined;
  const signed = createHmac('sha256', secret).update(value.slice(0, dot)).digest();
  const given = Buffer.from(value.slice(dot + 1), 'base64');
  return given.length === signed.length && timingSafeEqual(given, signed) ? value.slice(0, dot) : undefined;
}
