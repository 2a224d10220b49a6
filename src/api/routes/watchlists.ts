/**
 * `/api/v1/watchlists`: lists of instruments, each in its user's order.
 */
import { randomUUID } from 'node:crypto';
import type { UserId, WatchlistId } from '#domain/alert/alert.ts';
import { eachOnce, type Watchlist, withAdded } from '#domain/watchlist/watchlist.ts';
import { Failure } from '#errors.ts';
import { idParamsSchema, listOf } from '../contract/scalar.ts';
import {
  addMembersSchema,
  createWatchlistSchema,
  memberParamsSchema,
  updateWatchlistSchema,
  watchlistSchema,
} from '../contract/watchlist.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, NOTHING, PROBLEMS } from '../http/api.ts';
import { ensureUser, requireUser } from '../http/caller.ts';
import { idempotencyHeaders, once } from '../http/idempotency.ts';
import { watchlistView } from '../views/watchlist.ts';
import { filterSymbol, findMembers, findWatchlist } from './subject.ts';
import { changeWatchlist, checkSize, nameTaken, noWatchlist, watched } from './watchlist-change.ts';

const tags = ['watchlists'];

export function addWatchlistRoutes(app: Api, deps: ApiDeps): void {
  const { store } = deps;
  const find = (userId: UserId, id: string): Promise<Watchlist> => findWatchlist(deps, userId, id);

  app.get(
    '/api/v1/watchlists',
    {
      schema: {
        ...{ tags, operationId: 'listWatchlists', summary: 'My watchlists, by name' },
        response: { 200: listOf(watchlistSchema), ...PROBLEMS },
      },
    },
    async ({ identity }) => ({
      items: identity === null ? [] : (await store.watchlists.list(identity.userId)).map(watchlistView),
      nextCursor: null,
    }),
  );

  app.post(
    '/api/v1/watchlists',
    {
      schema: {
        ...{ tags, operationId: 'createWatchlist', summary: 'Make a watchlist' },
        headers: idempotencyHeaders,
        body: createWatchlistSchema,
        response: { 201: watchlistSchema, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { name, symbols } = request.body;
      await findMembers(deps, request.identity?.userId ?? null, symbols);
      const identity = await ensureUser(deps, request, reply);
      const { userId } = identity;
      return once(deps, request, reply, identity, async () => {
        const now = deps.clock.now();
        const list: Watchlist = {
          id: randomUUID() as WatchlistId,
          ...{ userId, name, version: 1, createdAt: now, updatedAt: now },
          symbols: eachOnce(await findMembers(deps, userId, symbols)),
        };
        checkSize(deps, list);
        const limit = deps.settings.maxWatchlistsPerUser;
        const outcome = await store.watchlists.create(list, limit);
        if (outcome === 'name-taken') throw nameTaken(name);
        if (outcome === 'limit-reached')
          throw new Failure('limit-reached', `A user may have ${limit} watchlists (MAX_WATCHLISTS_PER_USER).`);
        deps.announce([{ kind: 'watchlist', userId, list }]);
        return { status: 201, body: watchlistView(list) };
      });
    },
  );

  app.get(
    '/api/v1/watchlists/:id',
    {
      schema: {
        ...{ tags, operationId: 'getWatchlist', summary: 'One watchlist' },
        params: idParamsSchema,
        response: { 200: watchlistSchema, ...PROBLEMS },
      },
    },
    async (request) => watchlistView(await find(requireUser(request).userId, request.params.id)),
  );

  app.patch(
    '/api/v1/watchlists/:id',
    {
      schema: {
        ...{ tags, operationId: 'updateWatchlist', summary: 'Rename a watchlist, or say its members anew' },
        description:
          'With `symbols` the list has these members in this order: to sort it, or to replace it as a whole.',
        params: idParamsSchema,
        body: updateWatchlistSchema,
        response: { 200: watchlistSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const { name, symbols, version } = request.body;
      const { id } = await find(userId, request.params.id);
      const members = symbols && eachOnce(await findMembers(deps, userId, symbols));
      const change = (list: Watchlist) => ({ name: name ?? list.name, symbols: members ?? list.symbols });
      return watchlistView(await changeWatchlist(deps, userId, id, change, version));
    },
  );

  app.delete(
    '/api/v1/watchlists/:id',
    {
      schema: {
        ...{ tags, operationId: 'deleteWatchlist', summary: 'Delete a watchlist that no alert watches' },
        params: idParamsSchema,
        response: { 204: NOTHING, ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { userId } = requireUser(request);
      const list = await find(userId, request.params.id);
      const outcome = await store.watchlists.remove(userId, list.id);
      if (outcome === 'not-found') throw noWatchlist(list.id);
      if (outcome !== 'removed') throw watched(list, outcome.watchedBy);
      deps.announce([{ kind: 'watchlist', userId, list, deleted: true }]);
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/watchlists/:id/members',
    {
      schema: {
        ...{ tags, operationId: 'addWatchlistMembers', summary: 'Add instruments to a watchlist' },
        params: idParamsSchema,
        body: addMembersSchema,
        response: { 200: watchlistSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const { id } = await find(userId, request.params.id);
      const added = await findMembers(deps, userId, request.body.symbols);
      const change = ({ name, symbols }: Watchlist) => ({ name, symbols: withAdded(symbols, added, request.body.at) });
      return watchlistView(await changeWatchlist(deps, userId, id, change));
    },
  );

  app.delete(
    '/api/v1/watchlists/:id/members/:symbol',
    {
      schema: {
        ...{ tags, operationId: 'removeWatchlistMember', summary: 'Take an instrument off a watchlist' },
        params: memberParamsSchema,
        response: { 200: watchlistSchema, ...PROBLEMS },
      },
    },
    async (request) => {
      const { userId } = requireUser(request);
      const { params } = request;
      const { id } = await find(userId, params.id);
      const symbol = await filterSymbol(deps, userId, params.symbol);
      const change = (list: Watchlist) => {
        if (symbol === undefined || !list.symbols.includes(symbol))
          throw new Failure('not-found', `${params.symbol} is not in the watchlist ${list.name}.`);
        return { name: list.name, symbols: list.symbols.filter((member) => member !== symbol) };
      };
      return watchlistView(await changeWatchlist(deps, userId, id, change));
    },
  );
}
