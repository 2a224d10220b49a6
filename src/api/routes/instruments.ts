/**
 * `/api/v1/instruments` and `/api/v1/sources`: what can be watched, and who reports it.
 */
import { z } from 'zod';
import { instrumentQuerySchema, instrumentSchema } from '../contract/instrument.ts';
import { sourceSchema } from '../contract/price.ts';
import { listOf, symbolInputSchema } from '../contract/scalar.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { instrumentView } from '../views/price.ts';
import { instrumentAt } from './subject.ts';

const tags = ['market'];

export const symbolParamsSchema = z.object({ symbol: symbolInputSchema });

export function addInstrumentRoutes(app: Api, deps: ApiDeps): void {
  const { store, board } = deps;

  app.get(
    '/api/v1/instruments',
    {
      schema: {
        ...{ tags, operationId: 'searchInstruments', summary: 'What can be watched, best match first' },
        querystring: instrumentQuerySchema,
        response: { 200: listOf(instrumentSchema), ...PROBLEMS },
      },
    },
    async ({ identity, query }) => {
      const found = await store.instruments.search(identity?.userId ?? null, query.q, query.limit);
      const now = deps.marketTime();
      return { items: found.map((instrument) => instrumentView(instrument, board, now)), nextCursor: null };
    },
  );

  app.get(
    '/api/v1/instruments/:symbol',
    {
      schema: {
        ...{ tags, operationId: 'getInstrument', summary: 'One instrument, by symbol or alias' },
        params: symbolParamsSchema,
        response: { 200: instrumentSchema, ...PROBLEMS },
      },
    },
    async ({ identity, params }) =>
      instrumentView(await instrumentAt(deps, identity?.userId ?? null, params.symbol), board, deps.marketTime()),
  );

  app.get(
    '/api/v1/sources',
    {
      schema: {
        ...{ tags, operationId: 'listSources', summary: 'How the price sources are doing' },
        response: { 200: listOf(sourceSchema), ...PROBLEMS },
      },
    },
    async () => ({ items: deps.sources().map((source) => ({ ...source })), nextCursor: null }),
  );
}
