/**
 * `/api/v1/alerts`: every change is one transaction with its message to the evaluator.
 */
import { randomUUID } from 'node:crypto';
import type { RuleChange } from '#contracts/store/alerts.ts';
import { type Alert, type AlertId, DEFAULT_COOLDOWN_MS } from '#domain/alert/alert.ts';
import { ruleOf } from '#domain/alert/rule.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Instrument } from '#domain/market/instrument.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { Failure } from '#errors.ts';
import { alertQuerySchema, alertSchema, createAlertSchema, updateAlertSchema, whySchema } from '../contract/alert.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, NOTHING, PROBLEMS } from '../http/api.ts';
import { ensureUser, requireUser } from '../http/caller.ts';
import { idempotencyHeaders, once } from '../http/idempotency.ts';
import { alertView, savedCondition } from '../views/alert.ts';
import { changeAlert } from './alert-change.ts';
import { checkChannels, checkExpiry, filterSymbol, findInstrument, readCondition } from './subject.ts';
import { explainAlert } from './why.ts';

const tags = ['alerts'];

export function addAlertRoutes(app: Api, deps: ApiDeps): void {
  const { store, board, explain } = deps;
  const view = (alert: Alert) => alertView(alert, board, explain);

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
      const { condition, canonical } = readCondition(body.condition);
      checkExpiry(body.expiresAt, deps.marketTime());
      await findInstrument(deps, request.identity?.userId ?? null, body.symbol);
      const identity = await ensureUser(deps, request, reply);
      const { userId } = identity;
      return once(deps, request, reply, identity, async () => {
        const instrument = await findInstrument(deps, userId, body.symbol);
        const now = deps.clock.now();
        const alert: Alert = {
          id: randomUUID() as AlertId,
          userId,
          symbol: instrument.symbol,
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
        const limit = deps.settings.maxAlertsPerUser;
        if (
          (await store.alerts.create(alert, putRule(alert, condition, instrument, deps.marketTime()), limit)) ===
          'limit-reached'
        )
          throw new Failure('limit-reached', `A user may have ${limit} alerts (MAX_ALERTS_PER_USER).`);
        deps.wakeRelay();
        deps.announce([{ kind: 'alert', userId, alert }]);
        return { status: 201, body: view(alert) };
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
      const { limit, cursor, symbol: text, status, sort } = query;
      const symbol = text === undefined ? undefined : await filterSymbol(deps, identity.userId, text);
      if (text !== undefined && symbol === undefined) return { items: [], nextCursor: null };
      const filter = { sort, ...(symbol === undefined ? {} : { symbol }), ...(status === undefined ? {} : { status }) };
      const page = await store.alerts.list(identity.userId, filter, { limit, cursor: cursor ?? null });
      return { items: page.items.map(view), nextCursor: page.nextCursor };
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
      const alert = await store.alerts.get(userId, request.params.id as AlertId);
      if (alert === undefined) throw noAlert(request.params.id);
      return view(alert);
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
      const id = request.params.id as AlertId;
      const alert = await store.alerts.get(userId, id);
      if (alert === undefined) throw noAlert(id);
      const { symbol } = alert;
      // Above every version there can be, for a change may be under way.
      const change: RuleChange = { kind: 'remove-rule', symbol, alertId: id, version: Number.MAX_SAFE_INTEGER };
      if ((await store.alerts.remove(userId, id, change)) === 'not-found') throw noAlert(id);
      deps.wakeRelay();
      deps.announce([{ kind: 'alert', userId, alert, deleted: true }]);
      return reply.code(204).send();
    },
  );

  app.get(
    '/api/v1/alerts/:id/why',
    {
      schema: {
        ...{ tags, operationId: 'whyAlert', summary: 'Why has it not fired, and who was told when it last did' },
        params: idParamsSchema,
        response: { 200: whySchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const alert = await store.alerts.get(userId, request.params.id as AlertId);
      if (alert === undefined) throw noAlert(request.params.id);
      return explainAlert(deps, alert, savedCondition(alert));
    },
  );
}

function putRule(alert: Alert, condition: Condition, instrument: Instrument, at: number): RuleChange {
  return { kind: 'put-rule', symbol: alert.symbol, rule: ruleOf(alert, condition, instrument), at };
}

function noAlert(id: string): Failure {
  return new Failure('not-found', `There is no alert ${id}.`);
}
