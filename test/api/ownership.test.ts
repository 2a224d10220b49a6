/**
 * Nobody sees or changes what is another's: every route is walked as a stranger, as another user and as a visitor, with
 * the owner's own ids. A route that is added and not listed here fails the test.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApiDocument } from '#api/openapi.ts';
import { type Client, eventually } from '../support/client.ts';
import { startTrial, type Trial } from '../support/gateway.ts';

interface Owned {
  readonly owner: Client;
  readonly alert: string;
  readonly trigger: string;
  readonly delivery: string;
  readonly channel: string;
  readonly apiKey: string;
  readonly watchlist: string;
  /** An alert over the watchlist. */
  readonly watching: string;
  readonly series: string;
}

/** Everything a user can own; each with a word that must never show up for another. */
const SECRET = 'x7-only-for-the-owner';

async function makeOwned(trial: Trial): Promise<Owned> {
  const owner = trial.visitor();
  await trial.tick('OAK', 100);
  const channel = await owner.ok('POST', '/api/v1/channels', { kind: 'page', name: SECRET });
  const { id: apiKey, key } = await owner.ok('POST', '/api/v1/api-keys', { name: SECRET });
  const pusher = trial.visitor();
  pusher.headers['x-api-key'] = key;
  await pusher.ok('POST', '/api/v1/prices', { symbol: 'MINE', price: 7 });
  const watchlist = await owner.ok('POST', '/api/v1/watchlists', { name: SECRET, symbols: ['OAK'] });
  const body = { symbol: 'OAK', condition: 'price > 99', message: SECRET, channels: [channel.id] };
  const alert = await owner.ok('POST', '/api/v1/alerts', body);
  const over = { watchlist: watchlist.id, condition: 'price > 900', message: SECRET };
  const { id: watching } = await owner.ok('POST', '/api/v1/alerts', over);
  const trigger = await eventually(async () => (await owner.ok('GET', '/api/v1/triggers')).items[0], 'a trigger');
  const delivery = await eventually(async () => (await owner.ok('GET', '/api/v1/deliveries')).items[0], 'a delivery');
  return {
    ...{ owner, apiKey, series: 'MINE', watchlist: watchlist.id, watching },
    ...{ alert: alert.id, trigger: trigger.id, delivery: delivery.id, channel: channel.id },
  };
}

type Step = (owned: Owned) => {
  readonly path: string;
  readonly body?: unknown;
  readonly status: number | readonly number[];
};

/** What a stranger gets for the owner's things. Lists are empty or without them; everything else is not there. */
const WALK: Readonly<Record<string, Step>> = {
  'POST /api/v1/alerts': ({ channel, series }) => ({
    path: '/api/v1/alerts',
    body: { symbol: series, condition: 'price > 1', channels: [channel] },
    status: 422,
  }),
  'GET /api/v1/alerts': ({ trigger }) => ({ path: `/api/v1/alerts?cursor=${trigger}`, status: [200, 400] }),
  'GET /api/v1/alerts/{id}': ({ alert }) => ({ path: `/api/v1/alerts/${alert}`, status: 404 }),
  'PATCH /api/v1/alerts/{id}': ({ alert }) => ({
    path: `/api/v1/alerts/${alert}`,
    body: { paused: true },
    status: 404,
  }),
  'DELETE /api/v1/alerts/{id}': ({ alert }) => ({ path: `/api/v1/alerts/${alert}`, status: 404 }),
  'GET /api/v1/alerts/{id}/members': ({ watching }) => ({ path: `/api/v1/alerts/${watching}/members`, status: 404 }),
  'GET /api/v1/alerts/{id}/why': ({ alert }) => ({ path: `/api/v1/alerts/${alert}/why`, status: 404 }),
  'POST /api/v1/conditions/check': ({ series }) => ({
    path: '/api/v1/conditions/check',
    body: { symbol: series, condition: 'price > 1' },
    status: 422,
  }),
  'POST /api/v1/backtests': ({ series }) => ({
    path: '/api/v1/backtests',
    body: { symbol: series, condition: 'price > 1' },
    status: 422,
  }),
  'GET /api/v1/triggers': ({ alert }) => ({ path: `/api/v1/triggers?alertId=${alert}`, status: 200 }),
  'GET /api/v1/triggers/{id}': ({ trigger }) => ({ path: `/api/v1/triggers/${trigger}`, status: 404 }),
  'POST /api/v1/triggers/seen': ({ trigger }) => ({
    path: '/api/v1/triggers/seen',
    body: { triggerIds: [trigger] },
    status: 200,
  }),
  'GET /api/v1/deliveries': ({ trigger }) => ({ path: `/api/v1/deliveries?triggerId=${trigger}`, status: 200 }),
  'GET /api/v1/deliveries/{id}': ({ delivery }) => ({ path: `/api/v1/deliveries/${delivery}`, status: 404 }),
  'POST /api/v1/deliveries/{id}/retry': ({ delivery }) => ({
    path: `/api/v1/deliveries/${delivery}/retry`,
    status: 404,
  }),
  'GET /api/v1/channels/kinds': () => ({ path: '/api/v1/channels/kinds', status: 200 }),
  'GET /api/v1/channels': () => ({ path: '/api/v1/channels', status: 200 }),
  'POST /api/v1/channels': () => ({ path: '/api/v1/channels', body: { kind: 'page', name: 'other' }, status: 201 }),
  'GET /api/v1/channels/{id}': ({ channel }) => ({ path: `/api/v1/channels/${channel}`, status: 404 }),
  'PATCH /api/v1/channels/{id}': ({ channel }) => ({
    path: `/api/v1/channels/${channel}`,
    body: { name: 'taken' },
    status: 404,
  }),
  'DELETE /api/v1/channels/{id}': ({ channel }) => ({ path: `/api/v1/channels/${channel}`, status: 404 }),
  'POST /api/v1/channels/{id}/test': ({ channel }) => ({ path: `/api/v1/channels/${channel}/test`, status: 404 }),
  'GET /api/v1/watchlists': () => ({ path: '/api/v1/watchlists', status: 200 }),
  'POST /api/v1/watchlists': ({ series }) => ({
    path: '/api/v1/watchlists',
    body: { name: 'other', symbols: [series] },
    status: 422,
  }),
  'GET /api/v1/watchlists/{id}': ({ watchlist }) => ({ path: `/api/v1/watchlists/${watchlist}`, status: 404 }),
  'PATCH /api/v1/watchlists/{id}': ({ watchlist }) => ({
    path: `/api/v1/watchlists/${watchlist}`,
    body: { name: 'taken' },
    status: 404,
  }),
  'DELETE /api/v1/watchlists/{id}': ({ watchlist }) => ({ path: `/api/v1/watchlists/${watchlist}`, status: 404 }),
  'POST /api/v1/watchlists/{id}/members': ({ watchlist }) => ({
    path: `/api/v1/watchlists/${watchlist}/members`,
    body: { symbols: ['ELM'] },
    status: 404,
  }),
  'DELETE /api/v1/watchlists/{id}/members/{symbol}': ({ watchlist }) => ({
    path: `/api/v1/watchlists/${watchlist}/members/OAK`,
    status: 404,
  }),
  'GET /api/v1/instruments': ({ series }) => ({ path: `/api/v1/instruments?q=${series}`, status: 200 }),
  'GET /api/v1/instruments/{symbol}': ({ series }) => ({ path: `/api/v1/instruments/${series}`, status: 404 }),
  'GET /api/v1/sources': () => ({ path: '/api/v1/sources', status: 200 }),
  'GET /api/v1/prices': () => ({ path: '/api/v1/prices', status: 200 }),
  'GET /api/v1/prices/{symbol}/history': ({ series }) => ({ path: `/api/v1/prices/${series}/history`, status: 404 }),
  // With the stranger's own key: the symbol is another's. Without one: not signed in.
  'POST /api/v1/prices': ({ series }) => ({
    path: '/api/v1/prices',
    body: { symbol: series, price: 1 },
    status: [401, 409],
  }),
  'GET /api/v1/stream': ({ series }) => ({ path: `/api/v1/stream?symbols=${series}`, status: 422 }),
  'GET /api/v1/ws': () => ({ path: '/api/v1/ws', status: 400 }),
  'GET /api/v1/session': () => ({ path: '/api/v1/session', status: 200 }),
  'POST /api/v1/session/sign-up': () => ({ path: '/api/v1/session/sign-up', body: {}, status: 400 }),
  'POST /api/v1/session/sign-in': () => ({
    path: '/api/v1/session/sign-in',
    body: { email: 'no@one.example', password: 'whatever-it-is' },
    status: 401,
  }),
  'POST /api/v1/session/token': () => ({ path: '/api/v1/session/token', status: [200, 403] }),
  'GET /api/v1/session/jwks': () => ({ path: '/api/v1/session/jwks', status: 200 }),
  'POST /api/v1/api-keys': () => ({ path: '/api/v1/api-keys', body: { name: 'other' }, status: [201, 403] }),
  'GET /api/v1/api-keys': () => ({ path: '/api/v1/api-keys', status: [200, 403] }),
  'DELETE /api/v1/api-keys/{id}': ({ apiKey }) => ({ path: `/api/v1/api-keys/${apiKey}`, status: [403, 404] }),
  'GET /healthz': () => ({ path: '/healthz', status: 200 }),
  'GET /readyz': () => ({ path: '/readyz', status: 200 }),
  'GET /statusz': () => ({ path: '/statusz', status: 200 }),
  'GET /metrics': () => ({ path: '/metrics', status: 200 }),
  // The last: it ends the stranger's session.
  'POST /api/v1/session/sign-out': () => ({ path: '/api/v1/session/sign-out', status: 204 }),
};

/** A visitor has nothing: what needs a user is refused before it is looked for. */
const FOR_VISITORS = [401, 404];

async function snapshotOf({ owner, alert, channel, delivery, trigger, apiKey, watchlist }: Owned): Promise<unknown> {
  const keys = await owner.ok('GET', '/api/v1/api-keys');
  return {
    alert: { ...(await owner.ok('GET', `/api/v1/alerts/${alert}`)), distance: null },
    channel: await owner.ok('GET', `/api/v1/channels/${channel}`),
    delivery: await owner.ok('GET', `/api/v1/deliveries/${delivery}`),
    trigger: await owner.ok('GET', `/api/v1/triggers/${trigger}`),
    watchlist: await owner.ok('GET', `/api/v1/watchlists/${watchlist}`),
    apiKey: keys.items.find(({ id }: { id: string }) => id === apiKey).name,
  };
}

test('every operation of the description is walked', async () => {
  const { paths } = (await openApiDocument()) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(Object.keys(WALK).sort(), described.sort());
});

test('a stranger finds, changes and removes nothing of another user', async (t) => {
  const trial = await startTrial(t);
  const owned = await makeOwned(trial);
  const before = await snapshotOf(owned);

  const other = trial.visitor();
  const { key } = await other.ok('POST', '/api/v1/api-keys', { name: 'other' });
  const program = trial.visitor();
  program.headers['x-api-key'] = key;
  const strangers = { 'another user': other, 'another user with a key': program, 'a visitor': trial.visitor() };
  for (const [who, stranger] of Object.entries(strangers)) {
    for (const [operation, step] of Object.entries(WALK)) {
      const { path, body, status } = step(owned);
      // A visitor becomes a user on the way, so each step of a visitor is a new one.
      const asker = who === 'a visitor' ? trial.visitor() : stranger;
      const answer = await asker.request(operation.split(' ')[0] as string, path, body);
      const expected = [status, who === 'a visitor' ? FOR_VISITORS : []].flat(2);
      assert.ok(
        expected.includes(answer.status),
        `${who}: ${operation}: ${answer.status} ${JSON.stringify(answer.body)}`,
      );
      const text = JSON.stringify(answer.body);
      for (const word of [SECRET, owned.alert, owned.channel, owned.apiKey, owned.watchlist, owned.watching])
        if (!path.includes(word)) assert.ok(!text.includes(word), `${who}: ${operation} tells ${word}`);
      if (
        answer.status === 200 &&
        Array.isArray(answer.body?.items) &&
        /alerts|triggers|deliveries|watchlists/.test(path)
      )
        assert.deepEqual(answer.body.items, [], `${who}: ${operation}`);
      if (/instruments|prices/.test(path) && answer.status === 200) assert.ok(!text.includes('MINE'), operation);
    }
  }
  const over = { condition: 'price > 1', watchlist: owned.watchlist };
  for (const path of ['/api/v1/alerts', '/api/v1/conditions/check'])
    assert.equal((await other.request('POST', path, over)).status, 400, path);
  assert.deepEqual((await other.ok('GET', `/api/v1/alerts?watchlist=${owned.watchlist}`)).items, []);
  assert.deepEqual(await snapshotOf(owned), before);
  assert.deepEqual(trial.bugs, []);
});

test('lists of a visitor are empty and make no user', async (t) => {
  const trial = await startTrial(t);
  await makeOwned(trial);
  const visitor = trial.visitor();
  for (const list of ['alerts', 'triggers', 'deliveries', 'channels', 'watchlists', 'api-keys']) {
    assert.deepEqual(await visitor.ok('GET', `/api/v1/${list}`), { items: [], nextCursor: null });
  }
  assert.equal((await visitor.ok('GET', '/api/v1/session')).user, null);
  assert.equal(visitor.cookies.size, 0);
});
