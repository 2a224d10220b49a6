/**
 * `/api/v1/channels`: the ways a user is told. Secrets are sealed before they are stored and never leave again, save
 * those the server made up, once. A test is one real attempt, answered with what the far end said.
 */
import { randomUUID } from 'node:crypto';
import type { ChannelAdapter } from '#contracts/channel.ts';
import { type ChannelSettings, openSettings, sealSettings } from '#contracts/channel-settings.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { ChannelId, UserId } from '#domain/alert/alert.ts';
import { Failure } from '#errors.ts';
import {
  channelKindSchema,
  channelSchema,
  createChannelSchema,
  createdChannelSchema,
  testResultSchema,
  updateChannelSchema,
} from '../contract/channel.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, NOTHING, PROBLEMS } from '../http/api.ts';
import { ensureUser, requireUser } from '../http/caller.ts';
import { idempotencyHeaders, once } from '../http/idempotency.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { channelView } from '../views/channel.ts';

const tags = ['channels'];
/** Tests of one user a minute: enough to mend a setting, too few to bother a stranger. */
const TESTS_PER_MINUTE = 10;

export function addChannelRoutes(app: Api, deps: ApiDeps): void {
  const { store } = deps;
  const tests = new RateLimit('tests', TESTS_PER_MINUTE, deps.sharing);
  const view = (channel: Channel) => channelView(channel, deps.channels.get(channel.kind));
  const find = async (userId: UserId, id: string): Promise<Channel> => {
    const channel = await store.channels.get(userId, id as ChannelId);
    if (channel === undefined) throw new Failure('not-found', `There is no channel ${id}.`);
    return channel;
  };

  app.get(
    '/api/v1/channels/kinds',
    {
      schema: {
        ...{ tags, operationId: 'listChannelKinds', summary: 'What kinds there are and what each needs to know' },
        response: { 200: listOf(channelKindSchema), ...PROBLEMS },
      },
    },
    async () => ({
      items: [...deps.channels.values()].map(({ kind, fields }) => ({
        kind,
        fields: fields.map((field) => ({ ...field })),
      })),
      nextCursor: null,
    }),
  );

  app.get(
    '/api/v1/channels',
    {
      schema: {
        ...{ tags, operationId: 'listChannels', summary: 'My channels, oldest first' },
        response: { 200: listOf(channelSchema), ...PROBLEMS },
      },
    },
    async ({ identity }) => ({
      items: identity === null ? [] : (await store.channels.list(identity.userId)).map(view),
      nextCursor: null,
    }),
  );

  app.post(
    '/api/v1/channels',
    {
      schema: {
        ...{ tags, operationId: 'createChannel', summary: 'Add a channel' },
        headers: idempotencyHeaders,
        body: createChannelSchema,
        response: { 201: createdChannelSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { kind, name, settings: given, enabled, fallbackOrder } = request.body;
      const adapter = deps.channels.get(kind);
      if (adapter === undefined) throw unknownKind(deps, kind);
      const settings = await checkSettings(adapter, given);
      const identity = await ensureUser(deps, request, reply);
      const { userId } = identity;
      return once(deps, request, reply, identity, async () => {
        const channel: Channel = {
          id: randomUUID() as ChannelId,
          ...{ userId, kind, name, enabled, fallbackOrder },
          settings: sealSettings(adapter.fields, settings, deps.seal),
          lastResult: null,
          createdAt: deps.clock.now(),
        };
        const limit = deps.settings.maxChannelsPerUser;
        if ((await store.channels.create(channel, limit)) === 'limit-reached')
          throw new Failure('limit-reached', `A user may have ${limit} channels (MAX_CHANNELS_PER_USER).`);
        return { status: 201, body: { ...view(channel), generated: generatedSecrets(adapter, given, settings) } };
      });
    },
  );

  app.get(
    '/api/v1/channels/:id',
    {
      schema: {
        ...{ tags, operationId: 'getChannel', summary: 'One channel' },
        params: idParamsSchema,
        response: { 200: channelSchema, ...PROBLEMS },
      },
    },
    async (request) => view(await find(requireUser(request).userId, request.params.id)),
  );

  app.patch(
    '/api/v1/channels/:id',
    {
      schema: {
        ...{ tags, operationId: 'updateChannel', summary: 'Change a channel' },
        params: idParamsSchema,
        body: updateChannelSchema,
        response: { 200: channelSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const { name, settings, enabled, fallbackOrder } = request.body;
      const before = await find(userId, request.params.id);
      const channel: Channel = {
        ...before,
        name: name ?? before.name,
        settings: settings === undefined ? before.settings : await changeSettings(deps, before, settings),
        enabled: enabled ?? before.enabled,
        fallbackOrder: fallbackOrder === undefined ? before.fallbackOrder : fallbackOrder,
      };
      if ((await store.channels.update(channel)) === 'not-found')
        throw new Failure('not-found', `There is no channel ${before.id}.`);
      return view(channel);
    },
  );

  app.delete(
    '/api/v1/channels/:id',
    {
      schema: {
        ...{ tags, operationId: 'deleteChannel', summary: 'Remove a channel, from every alert too' },
        params: idParamsSchema,
        response: { 204: NOTHING, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { userId } = requireUser(request);
      if ((await store.channels.remove(userId, request.params.id as ChannelId)) === 'not-found')
        throw new Failure('not-found', `There is no channel ${request.params.id}.`);
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/channels/:id/test',
    {
      schema: {
        ...{ tags, operationId: 'testChannel', summary: 'Send a test and say what the far end answered' },
        params: idParamsSchema,
        response: { 200: testResultSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const channel = await find(userId, request.params.id);
      const waitMs = await tests.take(userId, deps.clock.now());
      if (waitMs > 0)
        throw new Failure('rate-limited', `At most ${TESTS_PER_MINUTE} tests a minute.`, { retryAfterMs: waitMs });
      const startedAt = deps.clock.now();
      const { outcome, code, detail } = await deps.sendTest(channel);
      return { outcome, code, detail, durationMs: deps.clock.now() - startedAt };
    },
  );
}

function unknownKind(deps: ApiDeps, kind: string): Failure {
  const expected = [...deps.channels.keys()];
  return new Failure('bad-request', `There is no kind of channel ${kind}.`, {
    errors: [{ field: '/kind', message: 'is not a kind of channel this server has', expected }],
  });
}

async function checkSettings(adapter: ChannelAdapter, given: ChannelSettings): Promise<ChannelSettings> {
  const known = new Set(adapter.fields.map(({ name }) => name));
  const checked = await adapter.check(given);
  const problems: [string, string][] = [
    ...Object.keys(given)
      .filter((name) => !known.has(name))
      .map((name): [string, string] => [name, 'is not a setting of this kind']),
    ...(checked.ok ? [] : Object.entries(checked.problems)),
  ];
  if (checked.ok && problems.length === 0) return checked.settings;
  const errors = problems.map(([name, message]) => ({ field: `/settings/${name}`, message }));
  throw new Failure('bad-request', errors.map(({ field, message }) => `${field}: ${message}`).join('; '), { errors });
}

/** Settings that are not named stay as they are; an empty text takes one away. */
async function changeSettings(deps: ApiDeps, before: Channel, change: ChannelSettings): Promise<ChannelSettings> {
  const adapter = deps.channels.get(before.kind);
  if (adapter === undefined) throw unknownKind(deps, before.kind);
  const merged = { ...openSettings(adapter.fields, before.settings, deps.seal), ...change };
  const settings = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
  return sealSettings(adapter.fields, await checkSettings(adapter, settings), deps.seal);
}

function generatedSecrets(adapter: ChannelAdapter, given: ChannelSettings, settings: ChannelSettings) {
  const made = adapter.fields.filter(({ name, secret }) => secret && !given[name] && settings[name] !== undefined);
  return Object.fromEntries(made.map(({ name }) => [name, settings[name] as string]));
}
