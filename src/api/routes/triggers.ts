/**
 * `/api/v1/triggers`: what fired, with its evidence.
 */
import type { AlertId } from '#domain/alert/alert.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import { Failure } from '#errors.ts';
import { deliverySchema } from '../contract/delivery.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import { markSeenSchema, triggerQuerySchema, triggerSchema } from '../contract/trigger.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { requireUser } from '../http/caller.ts';
import { deliveryView } from '../views/delivery.ts';
import { triggerView } from '../views/trigger.ts';
import { filterSymbol } from './subject.ts';

const tags = ['triggers'];

export function addTriggerRoutes(app: Api, deps: ApiDeps): void {
  const { store } = deps;

  app.get(
    '/api/v1/triggers',
    {
      schema: {
        ...{ tags, operationId: 'listTriggers', summary: 'My triggers, newest first' },
        querystring: triggerQuerySchema,
        response: { 200: listOf(triggerSchema), ...PROBLEMS },
      },
    },
    async ({ identity, query }) => {
      if (identity === null) return { items: [], nextCursor: null };
      const { limit, cursor, alertId, symbol: text, from, to } = query;
      const symbol = text === undefined ? undefined : await filterSymbol(deps, identity.userId, text);
      if (text !== undefined && symbol === undefined) return { items: [], nextCursor: null };
      const filter = {
        ...(alertId === undefined ? {} : { alertId: alertId as AlertId }),
        ...(symbol === undefined ? {} : { symbol }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
      const page = await store.triggers.list(identity.userId, filter, { limit, cursor: cursor ?? null });
      return { items: page.items.map(triggerView), nextCursor: page.nextCursor };
    },
  );

  app.get(
    '/api/v1/triggers/:id',
    {
      schema: {
        ...{ tags, operationId: 'getTrigger', summary: 'One trigger' },
        params: idParamsSchema,
        response: { 200: triggerSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const trigger = await store.triggers.get(userId, request.params.id as TriggerId);
      if (trigger === undefined) throw new Failure('not-found', `There is no trigger ${request.params.id}.`);
      return triggerView(trigger);
    },
  );

  app.post(
    '/api/v1/triggers/seen',
    {
      schema: {
        ...{ tags, operationId: 'markTriggersSeen', summary: 'A person has seen these triggers on the page' },
        body: markSeenSchema,
        response: { 200: listOf(deliverySchema), ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const ids = request.body.triggerIds as TriggerId[];
      const seen = await store.deliveries.markSeen(userId, ids, deps.clock.now());
      deps.announce(seen.map((delivery) => ({ kind: 'delivery', userId, delivery })));
      return { items: seen.map(deliveryView), nextCursor: null };
    },
  );
}
