/**
 * What holds for every request: errors are problem+json, limits are kept, headers are safe, keys make a request once.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { problemSchema } from '#api/contract/problem.ts';
import { FAILURES, type FailureCode } from '#errors.ts';
import type { Answer } from '../support/client.ts';
import { startTrial } from '../support/gateway.ts';

function isProblem(answer: Answer, code: FailureCode): void {
  assert.equal(answer.status, FAILURES[code].status, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = problemSchema.parse(answer.body);
  assert.equal(problem.code, code);
  assert.equal(problem.status, answer.status);
  assert.notEqual(problem.detail, '');
}

test('whatever is wrong, the answer is problem+json with a code', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const send = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const response = await fetch(trial.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const json = { 'content-type': 'application/json' };
  isProblem(await user.request('GET', '/nothing'), 'not-found');
  isProblem(await user.request('GET', '/api/v1/nothing'), 'not-found');
  isProblem(await user.request('GET', '/api/v1/%zz'), 'bad-request');
  isProblem(await user.request('PUT', '/api/v1/alerts', {}), 'method-not-allowed');
  assert.equal((await user.request('PUT', '/api/v1/alerts', {})).headers.get('allow'), 'GET, HEAD, POST');
  isProblem(await send('POST', '/api/v1/alerts', '{"symbol":', json), 'bad-request');
  isProblem(await send('POST', '/api/v1/alerts', '{"__proto__":{"a":1}}', json), 'bad-request');
  isProblem(
    await send('POST', '/api/v1/alerts', 'symbol=OAK', { 'content-type': 'text/plain' }),
    'unsupported-media-type',
  );
  isProblem(await send('POST', '/api/v1/alerts', '<a/>', { 'content-type': 'text/xml' }), 'unsupported-media-type');
  isProblem(await send('POST', '/api/v1/alerts', JSON.stringify({ symbol: 'x'.repeat(70_000) }), json), 'too-large');
  isProblem(await user.request('POST', '/api/v1/alerts', {}), 'bad-request');
  isProblem(
    await user.request('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 1', extra: 1 }),
    'bad-request',
  );
  isProblem(
    await user.request('POST', '/api/v1/alerts', { symbol: 'NOPE', condition: 'price > 1' }),
    'unknown-instrument',
  );
  isProblem(await user.request('POST', '/api/v1/alerts', { symbol: 'a\0b', condition: 'price > 1' }), 'bad-request');
  isProblem(await user.request('GET', '/api/v1/alerts?limit=0'), 'bad-request');
  isProblem(await user.request('GET', '/api/v1/alerts/none'), 'not-signed-in');
  isProblem(await user.request('POST', '/api/v1/prices', { symbol: 'A', price: 1 }), 'not-signed-in');
  isProblem(await user.request('GET', '/api/v1/alerts', undefined, { 'x-api-key': 'none' }), 'not-signed-in');
  assert.equal(user.cookies.size, 0, 'a refused request makes no user');
  await user.ok('POST', '/api/v1/api-keys', { name: 'now a user' });
  isProblem(await user.request('GET', '/api/v1/alerts/none'), 'not-found');
  isProblem(await user.request('GET', '/api/v1/alerts?cursor=nonsense'), 'bad-request');
  isProblem(
    await user.request('POST', '/api/v1/session/sign-up', { email: 'a\0@b.co', password: 'long enough' }),
    'bad-request',
  );
  assert.deepEqual(trial.bugs, []);
});

test('a condition that cannot be understood says where and what was expected', async (t) => {
  const trial = await startTrial(t);
  for (const path of ['/api/v1/alerts', '/api/v1/conditions/check']) {
    const answer = await trial.visitor().request('POST', path, { symbol: 'OAK', condition: 'price crosss 10' });
    isProblem(answer, 'bad-condition');
    const [error] = answer.body.errors;
    assert.equal(error.field, '/condition');
    assert.equal(error.at, 6);
    assert.equal(error.length, 6);
    assert.ok(error.expected.includes('crosses'));
  }
});

test('what is not HTTP is answered and let go', async (t) => {
  const trial = await startTrial(t);
  const { hostname, port } = new URL(trial.url);
  const answer = await new Promise<string>((end, failed) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => end(text));
    socket.on('error', failed);
  });
  assert.match(answer, /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"bad-request"/s);
});

test('every answer has the safe headers', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  for (const path of ['/healthz', '/api/v1/alerts', '/nothing', '/docs/', '/openapi.json', '/docs/errors']) {
    const { headers } = await user.request('GET', path);
    const policy = headers.get('content-security-policy') ?? '';
    const [, scripts = ''] = /script-src ([^;]*)/.exec(policy) ?? [];
    assert.match(scripts, /^'self'( 'sha256-[^']+')*$/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.equal(headers.get('x-powered-by'), null, path);
  }
  assert.equal((await user.request('GET', '/api/v1/session')).headers.get('cache-control'), 'no-store');
});

test('too many requests wait, each user and address by itself', async (t) => {
  const trial = await startTrial(t, { settings: { rateLimit: 5 } });
  const user = trial.visitor();
  await user.ok('POST', '/api/v1/api-keys', { name: 'k' });
  for (let n = 0; n < 5; n += 1) await user.ok('GET', '/api/v1/alerts');
  const refused = await user.request('GET', '/api/v1/alerts');
  isProblem(refused, 'rate-limited');
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  assert.equal((await trial.visitor().request('GET', '/api/v1/alerts')).status, 200, 'the address has its own');
  assert.equal((await user.request('GET', '/healthz')).status, 200, 'whoever watches the program is never held back');
});

test('guessing keys is held back too', async (t) => {
  const trial = await startTrial(t, { settings: { rateLimit: 5 } });
  const statuses: number[] = [];
  for (let n = 0; n < 8; n += 1)
    statuses.push((await trial.visitor().request('GET', '/api/v1/alerts', undefined, { 'x-api-key': `k${n}` })).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
});

test('alerts, channels and series of a user are limited', async (t) => {
  const settings = { maxAlertsPerUser: 2, maxChannelsPerUser: 1, maxInstrumentsPerUser: 1 };
  const trial = await startTrial(t, { settings });
  const user = trial.visitor();
  const alert = { symbol: 'OAK', condition: 'price > 500' };
  const first = await user.ok('POST', '/api/v1/alerts', alert);
  await user.ok('POST', '/api/v1/alerts', alert);
  isProblem(await user.request('POST', '/api/v1/alerts', alert), 'limit-reached');
  await user.request('DELETE', `/api/v1/alerts/${first.id}`);
  await user.ok('POST', '/api/v1/alerts', alert);
  await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'a' });
  isProblem(await user.request('POST', '/api/v1/channels', { kind: 'page', name: 'b' }), 'limit-reached');
  const { key } = await user.ok('POST', '/api/v1/api-keys', { name: 'k' });
  const push = (symbol: string) => user.request('POST', '/api/v1/prices', { symbol, price: 1 }, { 'x-api-key': key });
  assert.equal((await push('ONE')).status, 200);
  isProblem(await push('TWO'), 'limit-reached');
  assert.deepEqual(trial.bugs, []);
});

test('the same request with the same key is done once', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await user.ok('POST', '/api/v1/api-keys', { name: 'k' });
  const body = { symbol: 'OAK', condition: 'price > 500' };
  const create = (key: string, more = {}) =>
    user.request('POST', '/api/v1/alerts', { ...body, ...more }, { 'idempotency-key': key });
  const first = await create('one');
  const again = await create('one');
  assert.equal(again.status, 201);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  isProblem(await create('one', { message: 'another' }), 'idempotency-conflict');
  const atOnce = await Promise.all(Array.from({ length: 8 }, () => create('two')));
  assert.ok(
    atOnce.every(({ status }) => status === 201 || status === 409),
    JSON.stringify(atOnce.map((a) => a.status)),
  );
  assert.equal(new Set(atOnce.filter(({ status }) => status === 201).map(({ body: { id } }) => id)).size, 1);
  assert.equal((await user.ok('GET', '/api/v1/alerts')).items.length, 2);
  // A refusal is not kept: the key may be used again when the request is mended.
  assert.equal((await create('three', { channels: ['none'] })).status, 400);
  assert.equal((await create('three')).status, 201);
  const channel = { kind: 'webhook', name: 'hook', settings: { url: 'https://example.com/' } };
  const sendChannel = () => user.request('POST', '/api/v1/channels', channel, { 'idempotency-key': 'four' });
  const secret = (await sendChannel()).body.generated.secret;
  assert.match(secret, /^whsec_/);
  assert.equal((await sendChannel()).body.generated.secret, secret);
  const { rows } = await trial.store.database.pool.query('select * from idempotency_keys');
  assert.ok(!JSON.stringify(rows).includes(secret), 'secrets are not kept in the open');
  assert.deepEqual(trial.bugs, []);
});
