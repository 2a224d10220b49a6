/**
 * Who a session's cookie proves to be, where nothing else is to be done for it: a thousand browsers that come back at
 * once ask the database ten times, not two thousand. What needs more (a renewal, an unknown cookie) is the library's.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Batch } from '../batch.ts';
import { type Identity, type LibraryUser, sessionIdentity } from './identity.ts';

interface LibrarySession {
  readonly session: { readonly token: string; readonly expiresAt: Date };
  readonly user: LibraryUser;
}

export interface SessionCookieOptions {
  readonly cookieName: string;
  readonly secret: string;
  readonly find: (tokens: string[]) => Promise<readonly LibrarySession[]>;
  /** A session with less than this left is renewed. */
  readonly renewBelowMs: number;
  readonly now: () => number;
}

/** The library's own limit of rows in one answer. */
const BATCH = 100;

/** The identity, or undefined where the library has to be asked. */
export function sessionCookies(options: SessionCookieOptions): (cookies: string) => Promise<Identity | undefined> {
  const { cookieName, secret, find, renewBelowMs, now } = options;
  const sessions = new Batch<string, LibrarySession | undefined>(BATCH, async (tokens) => {
    const found = new Map((await find([...new Set(tokens)])).map((one) => [one.session.token, one]));
    return tokens.map((token) => found.get(token));
  });
  return async (cookies) => {
    const token = signedToken(cookies, cookieName, secret);
    if (token === undefined) return undefined;
    const found = await sessions.get(token);
    if (found === undefined || found.session.expiresAt.getTime() - now() < renewBelowMs) return undefined;
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
