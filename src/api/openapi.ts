/**
 * The description of the API (OpenAPI 3.1), made from the schemas of its routes.
 */
import swagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { ApiDeps } from './deps.ts';
import { tidySchemas } from './docs/schema-names.ts';
import type { Api } from './http/api.ts';
import { addRoutes } from './routes.ts';

/** The API's own version, the one in its paths. */
const API_VERSION = '1.0.0';

/** Call before the routes are added. */
export async function addDescription(app: FastifyInstance): Promise<Api> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tocsin',
        version: API_VERSION,
        description:
          'Real-time price alerts. Times are milliseconds UTC, durations texts such as `15m`; lists are ' +
          '`{items, nextCursor}`; every error is `application/problem+json` with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          cookie: { type: 'apiKey', in: 'cookie', name: 'tocsin.session_token' },
          bearer: { type: 'http', scheme: 'bearer', description: 'A session token or a JWT.' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        },
      },
      security: [{}, { cookie: [] }, { bearer: [] }, { apiKey: [] }],
      tags: [
        { name: 'alerts' },
        { name: 'triggers' },
        { name: 'deliveries' },
        { name: 'channels' },
        { name: 'watchlists' },
        { name: 'market' },
        { name: 'live' },
        { name: 'account' },
        { name: 'operations' },
      ],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidySchemas(jsonSchemaTransformObject(document)),
  });
  return app.withTypeProvider() as unknown as Api;
}

/** The document itself, without a server: no handler runs, so nothing is needed of what they need. */
export async function openApiDocument(): Promise<Record<string, unknown>> {
  const deps = new Proxy({} as ApiDeps, {
    get: () => new Proxy({}, { get: (_, name) => assertUnused(String(name)) }),
  });
  const app = fastify();
  addRoutes(await addDescription(app), deps);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
}

function assertUnused(name: string): never {
  throw new Error(`adding the routes must not use ${name}`);
}
