/**
 * `/api/v1/api-keys`: keys for programs, managed by a person's session only.
 */
import { Failure } from '#errors.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import { apiKeySchema, createApiKeySchema, createdApiKeySchema } from '../contract/session.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, NOTHING, PROBLEMS } from '../http/api.ts';
import { ensureUser, requireUser } from '../http/caller.ts';
import { requireSession } from './session.ts';

const tags = ['account'];

export function addApiKeyRoutes(app: Api, deps: ApiDeps): void {
  const { accounts } = deps;

  app.post(
    '/api/v1/api-keys',
    {
      schema: {
        ...{ tags, operationId: 'createApiKey', summary: 'Make an API key; it is shown this once' },
        body: createApiKeySchema,
        response: { 201: createdApiKeySchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { name, expiresAt } = request.body;
      if (expiresAt !== null && expiresAt <= deps.clock.now())
        throw new Failure('bad-request', 'The key would expire before it begins.', {
          errors: [{ field: '/expiresAt', message: 'must be in the future' }],
        });
      const identity = await ensureUser(deps, request, reply);
      requireSession(identity);
      return reply.code(201).send(await accounts.apiKeys.create(identity.userId, name, expiresAt));
    },
  );

  app.get(
    '/api/v1/api-keys',
    {
      schema: {
        ...{ tags, operationId: 'listApiKeys', summary: 'My API keys, without the keys themselves' },
        response: { 200: listOf(apiKeySchema), ...PROBLEMS },
      },
    },
    async ({ identity }) => {
      if (identity !== null) requireSession(identity);
      return { items: identity === null ? [] : [...(await accounts.apiKeys.list(identity.userId))], nextCursor: null };
    },
  );

  app.delete(
    '/api/v1/api-keys/:id',
    {
      schema: {
        ...{ tags, operationId: 'deleteApiKey', summary: 'Take an API key back' },
        params: idParamsSchema,
        response: { 204: NOTHING, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const identity = requireUser(request);
      requireSession(identity);
      if ((await accounts.apiKeys.remove(identity.userId, request.params.id)) === 'not-found')
        throw new Failure('not-found', `There is no API key ${request.params.id}.`);
      return reply.code(204).send();
    },
  );
}
