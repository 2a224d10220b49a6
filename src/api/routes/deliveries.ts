/**
 * `/api/v1/deliveries`: where each trigger is on its way, and sending a dead one again.
 */
import type { ChannelId } from '#domain/alert/alert.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import type { DeliveryId } from '#domain/delivery/delivery.ts';
import { Failure } from '#errors.ts';
import { deliveryQuerySchema, deliverySchema } from '../contract/delivery.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { requireUser } from '../http/caller.ts';
import { idempotencyHeaders, once } from '../http/idempotency.ts';
import { deliveryView } from '../views/delivery.ts';

const tags = ['deliveries'];

export function addDeliveryRoutes(app: Api, deps: ApiDeps): void {
  const { store } = deps;
  const noDelivery = (id: string) => new Failure('not-found', `There is no delivery ${id}.`);

  app.get(
    '/api/v1/deliveries',
    {
      schema: {
        ...{ tags, operationId: 'listDeliveries', summary: 'My deliveries, newest first' },
        querystring: deliveryQuerySchema,
        response: { 200: listOf(deliverySchema), ...PROBLEMS },
      },
    },
    async ({ identity, query }) => {
      if (identity === null) return { items: [], nextCursor: null };
      const { limit, cursor, triggerId, channelId, status } = query;
      const filter = {
        ...(triggerId === undefined ? {} : { triggerId: triggerId as TriggerId }),
        ...(channelId === undefined ? {} : { channelId: channelId as ChannelId }),
        ...(status === undefined ? {} : { status }),
      };
      const page = await store.deliveries.list(identity.userId, filter, { limit, cursor: cursor ?? null });
      return { items: page.items.map(deliveryView), nextCursor: page.nextCursor };
    },
  );

  app.get(
    '/api/v1/deliveries/:id',
    {
      schema: {
        ...{ tags, operationId: 'getDelivery', summary: 'One delivery' },
        params: idParamsSchema,
        response: { 200: deliverySchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const delivery = await store.deliveries.get(userId, request.params.id as DeliveryId);
      if (delivery === undefined) throw noDelivery(request.params.id);
      return deliveryView(delivery);
    },
  );

  app.post(
    '/api/v1/deliveries/:id/retry',
    {
      schema: {
        ...{ tags, operationId: 'retryDelivery', summary: 'Send a dead delivery again' },
        headers: idempotencyHeaders,
        params: idParamsSchema,
        response: { 200: deliverySchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const identity = requireUser(request);
      const { userId } = identity;
      return once(deps, request, reply, identity, async () => {
        const delivery = await store.deliveries.requeue(userId, request.params.id as DeliveryId, deps.clock.now());
        if (delivery === 'not-found') throw noDelivery(request.params.id);
        if (delivery === 'not-dead') throw new Failure('conflict', 'Only a dead delivery can be sent again.');
        deps.announce([{ kind: 'delivery', userId, delivery }]);
        return { status: 200, body: deliveryView(delivery) };
      });
    },
  );
}
