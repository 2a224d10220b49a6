/**
 * Users and their proofs of identity: visitors, accounts, sessions and tokens. A visitor who signs up stays the same
 * user, so nothing they made has to move; one who signs in to an account takes what they made along.
 */
import { isAPIError } from 'better-auth/api';
import { Failure } from '#errors.ts';
import type { SignIn, SignUp } from '../contract/session.ts';
import { type ApiKeys, openApiKeys } from './api-keys.ts';
import { type Identity, type LibraryUser, sessionIdentity } from './identity.ts';
import { type AccountLibraryOptions, openAccountLibrary, SESSION_REFRESH_SECONDS, SESSION_SECONDS } from './library.ts';
import { sessionCookies } from './session-cookie.ts';
import { findSessions } from './session-table.ts';

export interface AccountOptions extends Omit<AccountLibraryOptions, 'onSignIn'> {
  /** Alerts, channels, instruments, triggers and deliveries of one user go to another. */
  readonly reassign: (fromUserId: string, toUserId: string) => Promise<void>;
  /** Throws `Failure('store-unavailable')`. */
  readonly ping: () => Promise<void>;
  readonly now: () => number;
}

/** A session that has just begun: its cookies for a browser, its token for everyone else. */
export interface NewSession {
  readonly identity: Identity;
  readonly token: string;
  readonly cookies: readonly string[];
}

export interface Accounts {
  readonly apiKeys: ApiKeys;
  /**
   * Who the headers prove to be, and cookies to be renewed; null for a visitor who has shown nothing or a cookie that
   * is no more. A key or token that is wrong is `Failure('not-signed-in')`.
   */
  identify(
    headers: Headers,
    /** One of many who come at once: it may wait a few ms to be asked about together with others. */
    isOneOfMany?: boolean,
  ): Promise<{ readonly identity: Identity | null; readonly cookies: readonly string[] }>;
  createVisitor(): Promise<NewSession>;
  signUp(identity: Identity | null, body: SignUp): Promise<NewSession>;
  signIn(headers: Headers, body: SignIn): Promise<NewSession>;
  /** Cookies that make a browser forget. */
  signOut(headers: Headers): Promise<readonly string[]>;
  token(headers: Headers): Promise<string>;
  jwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
}

const JWT_SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export async function openAccounts(options: AccountOptions): Promise<Accounts> {
  let moveKeys: (from: string, to: string) => Promise<void> = async () => {};
  const library = await openAccountLibrary({
    ...options,
    onSignIn: async (from, to) => {
      await options.reassign(from, to);
      await moveKeys(from, to);
    },
  });
  const context = await library.$context;
  const apiKeys = openApiKeys(library, context, options.now);
  moveKeys = apiKeys.reassign;
  const identifyCookie = sessionCookies({
    cookieName: context.authCookies.sessionToken.name,
    secret: context.secret,
    find: (tokens) =>
      findSessions(options.pool, tokens).catch(async (error: unknown) => {
        await options.ping();
        throw error;
      }),
    renewBelowMs: (SESSION_SECONDS - SESSION_REFRESH_SECONDS) * 1000,
    now: options.now,
  });

  /** The library's refusals as ours; that it could not reach its tables is the store's failure. */
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      if (!isAPIError(error)) throw error;
      if (error.statusCode >= 500) {
        await options.ping();
        throw error;
      }
      if (error.statusCode === 401) throw new Failure('not-signed-in', error.message, { cause: error });
      throw new Failure('bad-request', error.message, { cause: error });
    }
  };
  const begun = (headers: Headers, user: LibraryUser, token: string | null): NewSession => {
    if (token === null) throw new Error('the account library began no session');
    return { identity: sessionIdentity(user), token, cookies: headers.getSetCookie() };
  };
  const identifyToken = async (token: string): Promise<Identity | null> => {
    if (!JWT_SHAPE.test(token)) return null;
    const { payload } = await ask(() => library.api.verifyJWT({ body: { token } }));
    if (payload === null) {
      // The library says null also where it could not read its keys.
      await options.ping();
      throw new Failure('not-signed-in', 'The token is not valid, or no longer.');
    }
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return {
      userId: payload.sub as Identity['userId'],
      anonymous: payload['anonymous'] === true,
      email: text(payload['email']),
      name: text(payload['name']),
      via: 'jwt',
    };
  };

  return {
    apiKeys,
    async identify(headers, isOneOfMany = false) {
      const key = headers.get('x-api-key');
      if (key !== null) {
        const identity = await apiKeys.verify(key);
        if (identity === null) throw new Failure('not-signed-in', 'The API key is not valid, or no longer.');
        return { identity, cookies: [] };
      }
      const bearer = /^bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
      if (bearer !== undefined) {
        const identity = await identifyToken(bearer.trim());
        if (identity !== null) return { identity, cookies: [] };
      } else {
        const cookies = headers.get('cookie');
        if (cookies === null) return { identity: null, cookies: [] };
        const identity = isOneOfMany ? await ask(() => identifyCookie(cookies)) : undefined;
        if (identity !== undefined) return { identity, cookies: [] };
      }
      const found = await ask(() => library.api.getSession({ headers, returnHeaders: true }));
      if (found.response === null && bearer !== undefined)
        throw new Failure('not-signed-in', 'The token is not valid, or no longer.');
      return {
        identity: found.response === null ? null : sessionIdentity(found.response.user),
        cookies: bearer === undefined ? found.headers.getSetCookie() : [],
      };
    },
    async createVisitor() {
      const { response, headers } = await ask(() => library.api.signInAnonymous({ returnHeaders: true }));
      return begun(headers, { ...response.user, isAnonymous: true }, response.token);
    },
    async signUp(identity, { email: given, password, name: givenName }) {
      const email = given.toLowerCase();
      const name = givenName ?? (email.split('@')[0] as string);
      if ((await context.internalAdapter.findUserByEmail(email)) !== null)
        throw new Failure('conflict', 'There is an account with this e-mail address: sign in to it.');
      if (identity === null || !identity.anonymous) {
        const { response, headers } = await ask(() =>
          library.api.signUpEmail({ body: { email, password, name }, returnHeaders: true }),
        );
        return begun(headers, response.user, response.token);
      }
      // In this order: after a crash in between, signing up again mends it.
      const hash = await context.password.hash(password);
      const ways = await context.internalAdapter.findAccounts(identity.userId);
      if (ways.some(({ providerId }) => providerId === 'credential'))
        await context.internalAdapter.updatePassword(identity.userId, hash);
      else
        await context.internalAdapter.linkAccount({
          userId: identity.userId,
          providerId: 'credential',
          accountId: identity.userId,
          password: hash,
        });
      await context.internalAdapter.updateUser(identity.userId, { email, name, isAnonymous: false });
      // Whoever knew the visitor's cookie does not know the account's.
      await context.internalAdapter.deleteUserSessions(identity.userId);
      const { response, headers } = await ask(() =>
        library.api.signInEmail({ body: { email, password }, returnHeaders: true }),
      );
      return begun(headers, response.user, response.token);
    },
    async signIn(headers, { email, password }) {
      const answer = await ask(() =>
        library.api.signInEmail({ body: { email, password }, headers, returnHeaders: true }),
      );
      return begun(answer.headers, answer.response.user, answer.response.token);
    },
    async signOut(headers) {
      return (await ask(() => library.api.signOut({ headers, returnHeaders: true }))).headers.getSetCookie();
    },
    async token(headers) {
      return (await ask(() => library.api.getToken({ headers }))).token;
    },
    async jwks() {
      return (await ask(() => library.api.getJwks())) as unknown as Awaited<ReturnType<Accounts['jwks']>>;
    },
  };
}
