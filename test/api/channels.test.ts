/**
 * Channels: secrets go in and never come out, a test says what the far end answered, removal takes it off alerts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPageChannel } from '#adapters/channel/page/page.ts';
import { createWebhookChannel } from '#adapters/channel/webhook/webhook.ts';
import { startTrial } from '../support/gateway.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('a secret is sealed in the store and never shown, not even after a change', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const settings = { url: 'https://example.com/hook', secret: SECRET };
  const made = await user.ok('POST', '/api/v1/channels', { kind: 'webhook', name: 'hook', settings });
  assert.deepEqual(made.generated, {}, 'the user knows the secret already');
  assert.deepEqual(made.settings, { url: settings.url });
  assert.deepEqual(made.secretsSet, ['secret']);
  const path = `/api/v1/channels/${made.id}`;
  const changed = await user.ok('PATCH', path, { name: 'new', settings: { url: 'https://example.com/other' } });
  assert.equal(changed.settings.url, 'https://example.com/other');
  assert.deepEqual(changed.secretsSet, ['secret']);
  const { rows } = await trial.store.database.pool.query('select * from channels');
  const [row] = rows;
  assert.ok(!JSON.stringify(row).includes(SECRET));
  assert.equal(trial.deps.seal.open(row.settings.secret), SECRET, 'the secret survived the change');
  for (const answer of [changed, await user.ok('GET', path), await user.ok('GET', '/api/v1/channels')])
    assert.ok(!JSON.stringify(answer).includes(SECRET));
  assert.deepEqual(trial.bugs, []);
});

test('wrong settings are named, one by one', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const send = (body: object) => user.request('POST', '/api/v1/channels', { name: 'x', ...body });
  const wrong = await send({ kind: 'webhook', settings: { url: 'ftp://example.com', extra: '1' } });
  assert.equal(wrong.status, 400);
  assert.deepEqual(wrong.body.errors.map(({ field }: { field: string }) => field).sort(), [
    '/settings/extra',
    '/settings/url',
  ]);
  const unknown = await send({ kind: 'pigeon' });
  assert.deepEqual(unknown.body.errors[0].expected, ['page', 'webhook']);
  assert.equal(user.cookies.size, 0);
  const { items } = await user.ok('GET', '/api/v1/channels/kinds');
  assert.deepEqual(
    items.map(({ kind }: { kind: string }) => kind),
    ['page', 'webhook'],
  );
});

test('a test says what the far end answered, good or bad, and it is remembered', async (t) => {
  const receiver = await startHttpReceiver(t, SECRET);
  const trial = await startTrial(t, { channels: [createPageChannel(), createWebhookChannel({ allowPrivate: true })] });
  const user = trial.visitor();
  const body = { kind: 'webhook', name: 'hook', settings: { url: receiver.url, secret: SECRET } };
  const { id } = await user.ok('POST', '/api/v1/channels', body);
  const good = await user.ok('POST', `/api/v1/channels/${id}/test`);
  assert.equal(good.outcome, 'accepted');
  assert.equal((await user.ok('GET', `/api/v1/channels/${id}`)).lastResult.outcome, 'accepted');
  await user.ok('PATCH', `/api/v1/channels/${id}`, { settings: { url: 'http://127.0.0.1:1/' } });
  const bad = await user.ok('POST', `/api/v1/channels/${id}/test`);
  assert.equal(bad.outcome, 'failed');
  assert.notEqual(bad.detail, '');
  for (let n = 0; n < 8; n += 1) await user.request('POST', `/api/v1/channels/${id}/test`);
  assert.equal((await user.request('POST', `/api/v1/channels/${id}/test`)).status, 429);
  assert.deepEqual(trial.bugs, []);
});

test('a removed channel is taken off the alerts that used it', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const { id } = await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  const alert = await user.ok('POST', '/api/v1/alerts', {
    symbol: 'OAK',
    condition: 'price > 500',
    channels: [id, id],
  });
  assert.deepEqual(alert.channels, [id]);
  assert.equal((await user.request('DELETE', `/api/v1/channels/${id}`)).status, 204);
  assert.deepEqual((await user.ok('GET', `/api/v1/alerts/${alert.id}`)).channels, []);
  assert.equal((await user.request('DELETE', `/api/v1/channels/${id}`)).status, 404);
});
