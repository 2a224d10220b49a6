/**
 * Puts onto each request who is asking. A visitor becomes a user only where a route says so (`ensureUser`).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '#errors.ts';
import type { Identity } from '../auth/identity.ts';
import type { ApiDeps } from '../deps.ts';
import { type Door, refuseExcess } from './door.ts';
import { RateLimit } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null;
  }
  interface FastifyContextConfig {
    /** Takes a password: held back harder. */
    isPasswordRoute?: true;
  }
}

/** Attempts at a password a minute from one address: enough for fingers, useless for a list. */
const PASSWORDS_PER_MINUTE = 20;
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

export function addCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length > 0) reply.header('set-cookie', [...cookies]);
}

export function addCaller(app: FastifyInstance, deps: ApiDeps, door: Door): void {
  const { clock, settings, sharing } = deps;
  const passwords = new RateLimit('passwords', settings.rateLimit === 0 ? 0 : PASSWORDS_PER_MINUTE, sharing);
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/api/')) return;
    const { identity, cookies } = await door.enter({
      headers: request.headers,
      address: request.ip,
      isUnsafe: !SAFE_METHODS.includes(request.method),
    });
    addCookies(reply, cookies);
    request.identity = identity;
    if (request.routeOptions.config.isPasswordRoute === true)
      refuseExcess(await passwords.take(request.ip, clock.now()));
  });
}

/** The user who asks; a visitor becomes one, and the answer carries the cookie. */
export async function ensureUser(deps: ApiDeps, request: FastifyRequest, reply: FastifyReply): Promise<Identity> {
  if (request.identity !== null) return request.identity;
  const { identity, cookies } = await deps.accounts.createVisitor();
  addCookies(reply, cookies);
  request.identity = identity;
  return identity;
}

export function requireUser(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Failure('not-signed-in', 'This needs a user.');
  return request.identity;
}
