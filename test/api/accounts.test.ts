/**
 * Users: visitors, accounts, sessions, tokens and keys.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/client.ts';
import { startTrial } from '../support/gateway.ts';

const PASSWORD = 'correct horse battery';

test('a visitor who signs up keeps everything and the same id; the old cookie is worth nothing', async (t) => {
  const trial = await startTrial(t);
  const visitor = trial.visitor();
  await trial.tick('OAK', 100);
  const channel = await visitor.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  await visitor.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 99', channels: [channel.id] });
  await eventually(async () => (await visitor.ok('GET', '/api/v1/triggers')).items[0], 'a trigger');
  const before = await visitor.ok('GET', '/api/v1/session');
  assert.equal(before.user.anonymous, true);
  assert.equal(before.user.email, null);
  const old = trial.visitor();
  for (const [name, value] of visitor.cookies) old.cookies.set(name, value);

  const signedUp = await visitor.request('POST', '/api/v1/session/sign-up', {
    email: 'Ann@example.com',
    password: PASSWORD,
  });
  assert.equal(signedUp.status, 201, JSON.stringify(signedUp.body));
  assert.deepEqual(signedUp.body.user, { id: before.user.id, anonymous: false, email: 'ann@example.com', name: 'ann' });
  for (const list of ['alerts', 'triggers', 'deliveries', 'channels'])
    assert.equal((await visitor.ok('GET', `/api/v1/${list}`)).items.length, 1, list);
  assert.equal((await old.ok('GET', '/api/v1/session')).user, null);

  const taken = await trial
    .visitor()
    .request('POST', '/api/v1/session/sign-up', { email: 'ann@EXAMPLE.com', password: PASSWORD });
  assert.equal(taken.status, 409);
  assert.deepEqual(trial.bugs, []);
});

test('a visitor who signs in takes along what they made, keys and series too', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 100);
  const account = trial.visitor();
  await account.ok('POST', '/api/v1/session/sign-up', { email: 'bob@example.com', password: PASSWORD, name: 'Bob' });
  await account.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 500' });

  const visitor = trial.visitor();
  const channel = await visitor.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  const { key } = await visitor.ok('POST', '/api/v1/api-keys', { name: 'mine' });
  const program = trial.visitor();
  program.headers['x-api-key'] = key;
  await program.ok('POST', '/api/v1/prices', { symbol: 'BEER', price: 4 });
  await visitor.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 99', channels: [channel.id] });
  await eventually(async () => (await visitor.ok('GET', '/api/v1/triggers')).items[0], 'a trigger');

  const wrong = await visitor.request('POST', '/api/v1/session/sign-in', { email: 'bob@example.com', password: 'no' });
  assert.equal(wrong.status, 401);
  await visitor.ok('POST', '/api/v1/session/sign-in', { email: 'BOB@example.com', password: PASSWORD });
  const lists: Record<string, number> = { alerts: 2, triggers: 1, deliveries: 1, channels: 1, 'api-keys': 1 };
  for (const [list, length] of Object.entries(lists))
    assert.equal((await visitor.ok('GET', `/api/v1/${list}`)).items.length, length, list);
  assert.equal((await visitor.ok('GET', '/api/v1/instruments/BEER')).own, true);
  await program.ok('POST', '/api/v1/prices', { symbol: 'BEER', price: 4.01 });
  assert.equal((await program.ok('GET', '/api/v1/session')).user.email, 'bob@example.com');
  assert.deepEqual(trial.bugs, []);
});

test('signing out ends the session; a bearer token and a JWT prove the same user', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const { token, user: me } = await user.ok('POST', '/api/v1/session/sign-up', {
    email: 'c@example.com',
    password: PASSWORD,
  });
  const bearer = trial.visitor();
  bearer.headers['authorization'] = `Bearer ${token}`;
  assert.deepEqual((await bearer.ok('GET', '/api/v1/session')).user, me);
  const jwt = trial.visitor();
  jwt.headers['authorization'] = `Bearer ${(await bearer.ok('POST', '/api/v1/session/token')).token}`;
  assert.deepEqual((await jwt.ok('GET', '/api/v1/session')).user, me);
  assert.equal((await jwt.request('POST', '/api/v1/session/token')).status, 403, 'a token makes no tokens');
  const { keys } = await trial.visitor().ok('GET', '/api/v1/session/jwks');
  assert.equal(keys.length, 1);
  assert.equal(keys[0].d, undefined, 'the private part stays here');

  assert.equal((await user.request('POST', '/api/v1/session/sign-out')).status, 204);
  assert.equal((await user.ok('GET', '/api/v1/session')).user, null);
  assert.equal((await bearer.request('GET', '/api/v1/session')).status, 401);
  for (const authorization of ['Bearer nonsense', 'Bearer a.b.c', `Bearer ${token}x`]) {
    const answer = await trial.visitor().request('GET', '/api/v1/alerts', undefined, { authorization });
    assert.equal(answer.status, 401, authorization);
    assert.equal(answer.body.code, 'not-signed-in');
  }
});

test('API keys: shown once, listed without, taken back, expired', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const made = await user.ok('POST', '/api/v1/api-keys', { name: 'bot' });
  assert.match(made.key, /^tocsin_\w{40,}$/);
  assert.ok(made.key.startsWith(made.start));
  const listed = await user.ok('GET', '/api/v1/api-keys');
  assert.ok(!JSON.stringify(listed).includes(made.key));
  const bot = trial.visitor();
  bot.headers['x-api-key'] = made.key;
  assert.equal((await bot.ok('GET', '/api/v1/session')).user.id, (await user.ok('GET', '/api/v1/session')).user.id);
  assert.equal((await bot.request('POST', '/api/v1/api-keys', { name: 'more' })).status, 403);
  assert.equal((await bot.request('GET', '/api/v1/api-keys')).status, 403);
  assert.equal((await user.request('DELETE', `/api/v1/api-keys/${made.id}`)).status, 204);
  assert.equal((await bot.request('GET', '/api/v1/session')).status, 401);
  const past = await user.request('POST', '/api/v1/api-keys', { name: 'late', expiresAt: '2001-01-01T00:00:00Z' });
  assert.equal(past.status, 400);
});

test('cookies are out of reach of scripts and other sites; behind https they are secure', async (t) => {
  const plain = await startTrial(t);
  const [cookie] = (await plain.visitor().request('POST', '/api/v1/api-keys', { name: 'k' })).headers.getSetCookie();
  assert.match(cookie as string, /; HttpOnly/);
  assert.match(cookie as string, /; SameSite=Lax/);
  const secure = await startTrial(t, { settings: { publicUrl: 'https://tocsin.example' } });
  const answer = await secure.visitor().request('POST', '/api/v1/api-keys', { name: 'k' });
  assert.match(answer.headers.getSetCookie()[0] as string, /^__Secure-.*; Secure/);
  assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age/);
});

test('another site cannot act for a signed-in user', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 100);
  const user = trial.visitor();
  const alert = await user.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 500' });
  const path = `/api/v1/alerts/${alert.id}`;
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site', origin: 'http://sub.localhost' },
  ];
  for (const headers of foreign) {
    const answer = await user.request('DELETE', path, undefined, headers);
    assert.equal(answer.status, 403, JSON.stringify(headers));
  }
  assert.equal((await user.request('DELETE', path, undefined, { 'sec-fetch-site': 'same-origin' })).status, 204);
});
