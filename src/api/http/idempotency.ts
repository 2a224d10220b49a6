/**
 * `Idempotency-Key`: a request that is sent again gets the answer of the first one and is not done twice. Answers are
 * kept sealed, for some hold secrets. Only what succeeded is kept: a refusal may be tried again with the same key.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Failure } from '#errors.ts';
import type { Identity } from '../auth/identity.ts';
import type { ApiDeps } from '../deps.ts';

/** How long a key is remembered. */
export const IDEMPOTENCY_KEPT_MS = 86_400_000;

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .describe('Any text of your own; the same request with the same key is done once, for a day.'),
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers with what `run` gives, or with what it gave when this key was used before. */
export async function once(
  deps: ApiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { userId }: Identity,
  run: () => Promise<Answer>,
): Promise<FastifyReply> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') {
    const { status, body } = await run();
    return reply.code(status).send(body);
  }
  const { accounts } = deps.store;
  const said = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`;
  const requestHash = createHash('sha256').update(said).digest('hex');
  const found = await accounts.reserveIdempotencyKey(userId, key, requestHash, deps.clock.now());
  if (found === 'pending')
    throw new Failure(
      'conflict',
      'The first request with this Idempotency-Key is still at work; ask again in a moment.',
    );
  if (found !== 'reserved') {
    if (found.requestHash !== requestHash)
      throw new Failure('idempotency-conflict', 'The key came with another request before.');
    return reply
      .code(found.status)
      .header('idempotent-replayed', 'true')
      .send(JSON.parse(deps.seal.open(found.body)));
  }
  const { status, body } = await run().catch(async (error: unknown) => {
    await accounts.releaseIdempotencyKey(userId, key);
    throw error;
  });
  const sealed = deps.seal.seal(JSON.stringify(body));
  await accounts.saveIdempotentAnswer(userId, key, { requestHash, status, body: sealed });
  return reply.code(status).send(body);
}
