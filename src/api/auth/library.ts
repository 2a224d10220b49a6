/**
 * The account library (better-auth), set up: anonymous users, e-mail with password, bearer sessions, JWT with JWKS, API
 * keys, and its own tables. It is called in process, never mounted: the API's routes are the only way in, so its rate
 * limits, origin checks and telemetry are off and ours count.
 */
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { anonymous, bearer, jwt } from 'better-auth/plugins';
import type { Pool } from 'pg';
import type { Log } from '#contracts/log.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../contract/session.ts';

export interface AccountLibraryOptions {
  /** A pool of the store's own database. */
  readonly pool: Pool;
  /** Runs the task while no other program on the database runs one: two that start together make the tables once. */
  readonly oneAtATime: (task: () => Promise<void>) => Promise<void>;
  readonly secret: string;
  /** Where people reach the program, '' where nobody has said. */
  readonly publicUrl: string;
  readonly log: Log;
  /** A visitor signs in to an account that was there before: all that is theirs goes over. */
  readonly onSignIn: (fromUserId: string, toUserId: string) => Promise<void>;
}

/** A year: a visitor's alerts hang on the cookie alone. */
export const SESSION_SECONDS = 365 * 86_400;
/** A session that is used lives on; written at most once a day. */
export const SESSION_REFRESH_SECONDS = 86_400;
/** Short, for a token cannot be called back. */
const TOKEN_LIFE = '15m';
const API_KEY_PREFIX = 'tocsin_';

function options({ pool, secret, publicUrl, log, onSignIn }: AccountLibraryOptions) {
  const issuer = publicUrl === '' ? 'tocsin' : new URL(publicUrl).origin;
  return {
    appName: 'Tocsin',
    // The library wants an origin to build links with; none is ever built.
    baseURL: publicUrl === '' ? 'http://127.0.0.1' : new URL(publicUrl).origin,
    secret,
    database: pool,
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: {
      level: 'warn' as const,
      log: (level: string, message: string) =>
        level === 'error' ? log.error({}, `accounts: ${message}`) : log.warn({}, `accounts: ${message}`),
    },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      maxPasswordLength: MAX_PASSWORD_LENGTH,
    },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_REFRESH_SECONDS },
    advanced: {
      cookiePrefix: 'tocsin',
      useSecureCookies: publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' as const, path: '/' },
    },
    plugins: [
      anonymous({
        onLinkAccount: ({ anonymousUser, newUser }) => onSignIn(anonymousUser.user.id, newUser.user.id),
      }),
      bearer(),
      jwt({
        disableSettingJwtHeader: true,
        jwt: {
          issuer,
          audience: issuer,
          expirationTime: TOKEN_LIFE,
          definePayload: ({ user }) => ({
            email: user['isAnonymous'] ? null : user.email,
            name: user['isAnonymous'] ? null : user.name,
            anonymous: user['isAnonymous'] === true,
          }),
        },
      }),
      apiKey({
        defaultPrefix: API_KEY_PREFIX,
        rateLimit: { enabled: false },
        keyExpiration: { minExpiresIn: 0, maxExpiresIn: 36_500 },
        maximumNameLength: 64,
        startingCharactersConfig: { shouldStore: true, charactersLength: API_KEY_PREFIX.length + 4 },
      }),
    ],
  };
}

export type AccountLibrary = ReturnType<typeof buildLibrary>;

function buildLibrary(given: AccountLibraryOptions) {
  return betterAuth(options(given));
}

/** Brings the library's tables up to date and answers the library. */
export async function openAccountLibrary(given: AccountLibraryOptions): Promise<AccountLibrary> {
  await given.oneAtATime(async () => {
    const { runMigrations } = await getMigrations(options(given));
    await runMigrations();
  });
  return buildLibrary(given);
}
