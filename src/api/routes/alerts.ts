/**
 * `/api/v1/alerts`: every change is one transaction with its message to the evaluator.
 */
import { randomUUID } from 'node:crypto';
import { type Alert, type AlertId, DEFAULT_COOLDOWN_MS, type UserId, type WatchlistId } from '#domain/alert/alert.ts';
import { savedCondition } from '#domain/alert/rule.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { Failure } from '#errors.ts';
import {
  alertMemberSchema,
  alertMembersQuerySchema,
  alertQuerySchema,
  alertSchema,
  createAlertSchema,
  updateAlertSchema,
  whyQuerySchema,
  whySchema,
} from '../contract/alert.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, NOTHING, PROBLEMS } from '../http/api.ts';
import { ensureUser, requireUser } from '../http/caller.ts';
import { idempotencyHeaders, once } from '../http/idempotency.ts';
import { alertView, memberView } from '../views/alert.ts';
import { changeAlert } from './alert-change.ts';
import { announced, noRules, rulesOf } from './alert-rules.ts';
import { checkChannels, checkCondition, checkExpiry, filterSymbol, findTarget, readCondition } from './subject.ts';
import { noWatchlist, tooManyMembers } from './watchlist-change.ts';
import { explainAlert, watchedBy } from './why.ts';

const tags = ['alerts'];

export function addAlertRoutes(app: Api, deps: ApiDeps): void {
  const { store, board, explain } = deps;
  const view = async (alert: Alert) => alertView(alert, board, await explain([alert]));
  const find = async (userId: UserId, id: string): Promise<Alert> => {
    const alert = await store.alerts.get(userId, id as AlertId);
    if (alert === undefined) throw noAlert(id);
    return alert;
  };

  app.post(
    '/api/v1/alerts',
    {
      schema: {
        ...{ tags, operationId: 'createAlert', summary: 'Create an alert' },
        headers: idempotencyHeaders,
        body: createAlertSchema,
        response: { 201: alertSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { body } = request;
      // Everything that can be refused without a user is refused before one is made.
      checkCondition(body.condition);
      checkExpiry(body.expiresAt, deps.marketTime());
      const asker = request.identity?.userId ?? null;
      await readCondition(deps, asker, (await findTarget(deps, asker, body)).symbol, body.condition);
      const identity = await ensureUser(deps, request, reply);
      const { userId } = identity;
      return once(deps, request, reply, identity, async () => {
        const target = await findTarget(deps, userId, body);
        const { condition, canonical, others } = await readCondition(deps, userId, target.symbol, body.condition);
        const now = deps.clock.now();
        const alert: Alert = {
          id: randomUUID() as AlertId,
          userId,
          ...target,
          members: null,
          condition: canonical,
          message: body.message,
          severity: body.severity,
          channelIds: await checkChannels(deps, userId, body.channels),
          frequency: body.frequency,
          cooldownMs: body.cooldown ?? DEFAULT_COOLDOWN_MS,
          expiresAt: body.expiresAt,
          session: body.session,
          gap: body.gap,
          rearm: body.rearm,
          remindEveryMs: body.remindEvery,
          barMs: body.bar === undefined ? null : BAR_MS[body.bar],
          version: 1,
          status: 'arming',
          epoch: 0,
          armedAt: null,
          lastTriggeredAt: null,
          createdAt: now,
          updatedAt: now,
        };
        const { maxAlertsPerUser: limit, maxWatchedMembersPerUser: maxMembers } = deps.settings;
        const rules = await rulesOf(deps, alert, condition, others);
        const change = rules.kind === 'each-member' ? { ...rules, maxMembers } : rules;
        const outcome = await store.alerts.create(alert, change, limit);
        if (outcome === 'limit-reached')
          throw new Failure('limit-reached', `A user may have ${limit} alerts (MAX_ALERTS_PER_USER).`);
        if (outcome === 'no-watchlist') throw noWatchlist(body.watchlist ?? '');
        if (outcome === 'members-reached') throw tooManyMembers(deps);
        deps.wakeRelay();
        // No evaluator knows of it yet.
        return { status: 201, body: alertView(await announced(deps, alert), board, { of: () => undefined }) };
      });
    },
  );

  app.get(
    '/api/v1/alerts',
    {
      schema: {
        ...{ tags, operationId: 'listAlerts', summary: 'My alerts' },
        querystring: alertQuerySchema,
        response: { 200: listOf(alertSchema), ...PROBLEMS },
      },
    },
    async ({ identity, query }) => {
      if (identity === null) return { items: [], nextCursor: null };
      const { limit, cursor, symbol: text, watchlist, status, sort } = query;
      const symbol = text === undefined ? undefined : await filterSymbol(deps, identity.userId, text);
      if (text !== undefined && symbol === undefined) return { items: [], nextCursor: null };
      const filter = {
        sort,
        ...(symbol === undefined ? {} : { symbol }),
        ...(watchlist === undefined ? {} : { watchlistId: watchlist as WatchlistId }),
        ...(status === undefined ? {} : { status }),
      };
      const page = await store.alerts.list(identity.userId, filter, { limit, cursor: cursor ?? null });
      const known = await explain(page.items);
      return { items: page.items.map((alert) => alertView(alert, board, known)), nextCursor: page.nextCursor };
    },
  );

  app.get(
    '/api/v1/alerts/:id',
    {
      schema: {
        ...{ tags, operationId: 'getAlert', summary: 'One alert' },
        params: idParamsSchema,
        response: { 200: alertSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      return view(await find(userId, request.params.id));
    },
  );

  app.patch(
    '/api/v1/alerts/:id',
    {
      schema: {
        ...{ tags, operationId: 'updateAlert', summary: 'Change, pause or resume an alert' },
        description:
          'A new message, severity or channels leave it armed as it is. Every other change arms it anew, as if it had just ' +
          'been made, unless it is or becomes paused.',
        params: idParamsSchema,
        body: updateAlertSchema,
        response: { 200: alertSchema, ...PROBLEMS },
      },
    },
    async (request) => view(await changeAlert(deps, requireUser(request), request.params.id as AlertId, request.body)),
  );

  app.delete(
    '/api/v1/alerts/:id',
    {
      schema: {
        ...{ tags, operationId: 'deleteAlert', summary: 'Delete an alert; its triggers stay' },
        params: idParamsSchema,
        response: { 204: NOTHING, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { userId } = requireUser(request);
      const alert = await find(userId, request.params.id);
      const { id } = alert;
      if ((await store.alerts.remove(userId, id, noRules(deps, alert))) === 'not-found') throw noAlert(id);
      deps.wakeRelay();
      deps.announce([{ kind: 'alert', userId, alert, deleted: true }]);
      return reply.code(204).send();
    },
  );

  app.get(
    '/api/v1/alerts/:id/members',
    {
      schema: {
        ...{ tags, operationId: 'listAlertMembers', summary: 'The members of an alert over a watchlist, by symbol' },
        params: idParamsSchema,
        querystring: alertMembersQuerySchema,
        response: { 200: listOf(alertMemberSchema), ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const alert = await find(userId, request.params.id);
      const { limit, cursor = null } = request.query;
      const page = await store.alerts.members(userId, alert.id, { limit, cursor });
      const condition = savedCondition(alert);
      const known = await explain(page.items);
      const items = page.items.map((member) => memberView(member, condition, board, known));
      return { items, nextCursor: page.nextCursor };
    },
  );

  app.get(
    '/api/v1/alerts/:id/why',
    {
      schema: {
        ...{ tags, operationId: 'whyAlert', summary: 'Why has it not fired, and who was told when it last did' },
        params: idParamsSchema,
        querystring: whyQuerySchema,
        response: { 200: whySchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const alert = await find(userId, request.params.id);
      return explainAlert(deps, alert, await watchedBy(deps, alert, request.query.symbol));
    },
  );
}

function noAlert(id: string): Failure {
  return new Failure('not-found', `There is no alert ${id}.`);
}
