/**
 * `/api/v1/session`: who is asking, signing up, in and out, and tokens for programs.
 */
import { Failure } from '#errors.ts';
import type { NewSession } from '../auth/accounts.ts';
import type { Identity } from '../auth/identity.ts';
import {
  jwksSchema,
  type SignedIn,
  sessionSchema,
  signedInSchema,
  signInSchema,
  signUpSchema,
  tokenSchema,
  type UserView,
} from '../contract/session.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, NOTHING, PROBLEMS } from '../http/api.ts';
import { addCookies, requireUser } from '../http/caller.ts';
import { proofHeaders } from '../http/door.ts';

const tags = ['account'];

const userView = ({ userId, anonymous, email, name }: Identity): UserView => ({ id: userId, anonymous, email, name });
const signedIn = ({ identity, token }: NewSession): SignedIn => ({ user: userView(identity), token });

/** Keys and tokens are handed out to a person's session only: a leaked key makes no more keys. */
export function requireSession(identity: Identity): void {
  if (identity.via !== 'session')
    throw new Failure('not-allowed', 'This needs a signed-in session, not a key or token.');
}

export function addSessionRoutes(app: Api, deps: ApiDeps): void {
  const { accounts } = deps;

  app.get(
    '/api/v1/session',
    {
      schema: {
        ...{ tags, operationId: 'getSession', summary: 'Who am I' },
        response: { 200: sessionSchema, ...PROBLEMS },
      },
    },
    async ({ identity }) => ({
      user: identity === null ? null : userView(identity),
      demo: deps.sources().some(({ demo }) => demo),
      marketTime: Math.floor(deps.marketTime()),
      version: deps.settings.version,
    }),
  );

  app.post(
    '/api/v1/session/sign-up',
    {
      config: { isPasswordRoute: true },
      schema: {
        ...{ tags, operationId: 'signUp', summary: 'Make an account; a visitor keeps everything' },
        body: signUpSchema,
        response: { 201: signedInSchema, ...PROBLEMS },
      },
    },
    async ({ identity, body }, reply) => {
      const session = await accounts.signUp(identity?.via === 'session' ? identity : null, body);
      addCookies(reply, session.cookies);
      return reply.code(201).send(signedIn(session));
    },
  );

  app.post(
    '/api/v1/session/sign-in',
    {
      config: { isPasswordRoute: true },
      schema: {
        ...{ tags, operationId: 'signIn', summary: "Sign in; a visitor's alerts come along" },
        body: signInSchema,
        response: { 200: signedInSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const session = await accounts.signIn(proofHeaders(request.headers), request.body);
      await deps.board.reload();
      addCookies(reply, session.cookies);
      return signedIn(session);
    },
  );

  app.post(
    '/api/v1/session/sign-out',
    {
      schema: {
        ...{ tags, operationId: 'signOut', summary: 'End this session' },
        response: { 204: NOTHING, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      addCookies(reply, await accounts.signOut(proofHeaders(request.headers)));
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/session/token',
    {
      schema: {
        ...{ tags, operationId: 'createToken', summary: 'A short-lived JWT for a program' },
        response: { 200: tokenSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      requireSession(requireUser(request));
      return { token: await accounts.token(proofHeaders(request.headers)) };
    },
  );

  app.get(
    '/api/v1/session/jwks',
    {
      schema: {
        ...{ tags, operationId: 'getJwks', summary: 'The public keys of our JWTs' },
        response: { 200: jwksSchema, ...PROBLEMS },
      },
    },
    async () => ({ keys: (await accounts.jwks()).keys.map((key) => ({ ...key })) }),
  );
}
