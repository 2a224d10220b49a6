/**
 * Watchlists over the API: their order, their names, their limits, every mistake told, and each change on the stream.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/client.ts';
import { SHARED, startTrial } from '../support/gateway.ts';

test('a list keeps its members in order, each once, by canonical symbol', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const list = await user.ok('POST', '/api/v1/watchlists', { name: ' Trees ', symbols: ['elm', 'OAK-ALIAS', 'ELM'] });
  assert.deepEqual([list.name, list.symbols, list.version], ['Trees', ['ELM', 'OAK'], 1]);
  const path = `/api/v1/watchlists/${list.id}`;
  assert.deepEqual(await user.ok('GET', path), list);
  const sorted = await user.ok('PATCH', path, { symbols: ['OAK', 'ELM'], version: 1 });
  assert.deepEqual([sorted.symbols, sorted.version], [['OAK', 'ELM'], 2]);
  assert.deepEqual((await user.ok('DELETE', `${path}/members/oak-alias`)).symbols, ['ELM']);
  assert.deepEqual((await user.ok('POST', `${path}/members`, { symbols: ['ELM', 'oak'], at: 0 })).symbols, [
    'OAK',
    'ELM',
  ]);
  const same = await user.ok('POST', `${path}/members`, { symbols: ['ELM'] });
  assert.equal(same.version, 4, 'what changes nothing makes no version');
  const renamed = await user.ok('PATCH', path, { name: 'Woods' });
  assert.deepEqual([renamed.name, renamed.symbols, renamed.version], ['Woods', ['OAK', 'ELM'], 5]);
  await user.ok('POST', '/api/v1/watchlists', { name: 'Empty' });
  const names = (await user.ok('GET', '/api/v1/watchlists')).items.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ['Empty', 'Woods']);
  assert.equal((await user.request('DELETE', path)).status, 204);
  assert.equal((await user.request('GET', path)).status, 404);
  assert.deepEqual(trial.bugs, []);
});

test('every mistake is told as a problem', async (t) => {
  const trial = await startTrial(t, { settings: { maxWatchlistsPerUser: 2, maxWatchlistMembers: 1 } });
  const user = trial.visitor();
  const list = await user.ok('POST', '/api/v1/watchlists', { name: 'Trees', symbols: ['OAK'] });
  const other = await user.ok('POST', '/api/v1/watchlists', { name: 'Other' });
  const path = `/api/v1/watchlists/${list.id}`;
  const refused = async (
    method: string,
    where: string,
    body: unknown,
    status: number,
    code: string,
    field?: string,
  ) => {
    const answer = await user.request(method, where, body);
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${method} ${where} ${JSON.stringify(body)}`);
    if (field !== undefined) assert.equal(answer.body.errors[0].field, field);
  };
  const lists = '/api/v1/watchlists';
  await refused('POST', lists, { name: 'TREES' }, 409, 'conflict', '/name');
  await refused('PATCH', `${lists}/${other.id}`, { name: ' trees' }, 409, 'conflict', '/name');
  await refused('POST', lists, { name: 'Third' }, 422, 'limit-reached');
  await refused('POST', lists, { name: ' ' }, 400, 'bad-request', '/name');
  await refused('POST', lists, { name: 'x'.repeat(101) }, 400, 'bad-request', '/name');
  await refused('POST', lists, { name: 'Third', symbols: ['OAK', 'BIRCH'] }, 422, 'unknown-instrument', '/symbols/1');
  await refused('POST', `${path}/members`, { symbols: ['ELM'] }, 422, 'limit-reached');
  await refused('PATCH', path, { symbols: ['OAK', 'ELM'] }, 422, 'limit-reached');
  await refused('POST', `${path}/members`, { symbols: [] }, 400, 'bad-request', '/symbols');
  await refused('PATCH', path, { symbols: [], version: 7 }, 409, 'conflict');
  await refused('DELETE', `${path}/members/ELM`, undefined, 404, 'not-found');
  await refused('DELETE', `${path}/members/BIRCH`, undefined, 404, 'not-found');
  assert.deepEqual(await user.ok('GET', path), list);
  assert.deepEqual(trial.bugs, []);
});

test('changes that come at once all come in', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const { id } = await user.ok('POST', '/api/v1/watchlists', { name: 'Trees' });
  const path = `/api/v1/watchlists/${id}`;
  const changes = [
    ...SHARED.map((symbol) => user.ok('POST', `${path}/members`, { symbols: [symbol] })),
    user.ok('PATCH', path, { name: 'Woods' }),
  ];
  await Promise.all(changes);
  const list = await user.ok('GET', path);
  assert.deepEqual([list.name, list.symbols.toSorted(), list.version], ['Woods', [...SHARED].sort(), 4]);
});

test('a list of one user is on the stream of that user, and goes along when a visitor signs in', async (t) => {
  const trial = await startTrial(t);
  const [user, other] = [trial.visitor(), trial.visitor()];
  await user.ok('POST', '/api/v1/watchlists', { name: 'Trees' });
  await other.ok('POST', '/api/v1/watchlists', { name: 'Others' });
  const heard: { name?: string; symbols?: string[]; deleted?: boolean }[] = [];
  const reading = (async () => {
    for await (const { event, data } of user.stream('/api/v1/stream')) {
      if (event === 'watchlist') heard.push(data as (typeof heard)[number]);
      if (heard.at(-1)?.deleted) return;
    }
  })();
  await eventually(
    async () => /tocsin_streams_open\{transport="sse"\} 1/.test(await trial.deps.metricsText()),
    'the stream is open',
  );
  await other.ok('POST', '/api/v1/watchlists', { name: 'More' });
  const { id } = await user.ok('POST', '/api/v1/watchlists', { name: 'Woods', symbols: ['OAK'] });
  await user.ok('POST', `/api/v1/watchlists/${id}/members`, { symbols: ['ELM'] });
  await user.request('DELETE', `/api/v1/watchlists/${id}`);
  await reading;
  assert.deepEqual(
    heard.map(({ name, symbols, deleted }) => [name, symbols?.join(' '), deleted]),
    [
      ['Woods', 'OAK', undefined],
      ['Woods', 'OAK ELM', undefined],
      [undefined, undefined, true],
    ],
  );
  const account = { email: 'a@example.org', password: 'a long enough password' };
  const known = trial.visitor();
  await known.ok('POST', '/api/v1/session/sign-up', account);
  await known.ok('POST', '/api/v1/watchlists', { name: 'trees' });
  await user.ok('POST', '/api/v1/session/sign-in', account);
  const names = (await user.ok('GET', '/api/v1/watchlists')).items.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ['trees', 'Trees (2)']);
  assert.deepEqual(trial.bugs, []);
});
