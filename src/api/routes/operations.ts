/**
 * `/healthz`, `/readyz`, `/statusz`, `/metrics`: for whoever runs the program.
 */
import { z } from 'zod';
import { Failure } from '#errors.ts';
import { healthSchema, type Readiness, readinessSchema, statusSchema } from '../contract/operations.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { isLocal, isOperator } from '../http/operator.ts';

const tags = ['operations'];

export function addOperationRoutes(app: Api, deps: ApiDeps): void {
  app.get(
    '/healthz',
    {
      schema: {
        ...{ tags, operationId: 'health', summary: 'The program runs' },
        response: { 200: healthSchema, ...PROBLEMS },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        ...{ tags, operationId: 'readiness', summary: 'Everything works, or what does not' },
        response: { 200: readinessSchema, 503: readinessSchema, '4xx': PROBLEMS['4xx'] },
      },
    },
    async (_request, reply) => {
      const sources = deps.sources().map(({ name, state, detail }) => ({
        name: `source ${name}`,
        problem: state === 'failed' || state === 'stalled' ? `${state}: ${detail}` : null,
      }));
      const parts = [...deps.health().map((part) => ({ ...part })), ...sources, await storePart(deps)];
      const isReady = parts.every(({ problem }) => problem === null);
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not-ready', parts });
    },
  );

  app.get(
    '/statusz',
    {
      schema: {
        ...{
          tags,
          operationId: 'status',
          summary: 'What this gateway shares, for this machine or with the operator key',
        },
        response: { 200: statusSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      if (!isLocal(request) && !isOperator(request, deps.settings.operatorKey))
        throw new Failure('not-allowed', 'From afar the status needs the operator key (x-operator-key).');
      return { version: deps.settings.version, streams: deps.hub.streams, shared: deps.sharing.status() };
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        ...{ tags, operationId: 'metrics', summary: 'Measurements, for this machine or with the operator key' },
        response: {
          200: { description: 'Prometheus text', content: { 'text/plain': { schema: z.string() } } },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      if (!isLocal(request) && !isOperator(request, deps.settings.operatorKey))
        throw new Failure('not-allowed', 'From afar the metrics need the operator key (x-operator-key).');
      return reply
        .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
        .serializer((text: unknown) => text as string)
        .send(await deps.metricsText());
    },
  );
}

async function storePart({ store }: ApiDeps): Promise<Readiness['parts'][number]> {
  try {
    await store.ping();
    return { name: 'store', problem: null };
  } catch (error) {
    return { name: 'store', problem: error instanceof Failure ? error.message : 'the store does not answer' };
  }
}
