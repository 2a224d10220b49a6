import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelConformance, sampleNotification } from '#contracts/channel.conformance.ts';
import { answer, cut, hang, startHttpReceiver } from '../../../../test/support/http-receiver.ts';
import type { WebhookBody } from './body.ts';
import { createWebhookChannel, parseRetryAfter } from './webhook.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const never = new AbortController().signal;

channelConformance('webhook', { hasFarEnd: true }, async (t, timeoutMs) => {
  const receiver = await startHttpReceiver(t, SECRET);
  const adapter = createWebhookChannel({ allowPrivate: true, timeoutMs });
  t.after(() => adapter.close());
  let isDown = false;
  return {
    adapter,
    settings: { url: receiver.url, secret: SECRET },
    farEnd: {
      async be(mood) {
        if (isDown) await receiver.reopen();
        isDown = mood === 'down';
        if (isDown) await receiver.close();
        if (mood === 'accept') receiver.respond(answer(204));
        if (mood === 'refuse') receiver.respond(answer(410, `gone, and your key was ${SECRET}`));
        if (mood === 'fail') receiver.respond(answer(503, `busy ${SECRET}`));
        if (mood === 'hang') receiver.respond(hang);
        if (mood === 'cut') receiver.respond(cut);
      },
      accepted: () => receiver.accepted().map(({ headers }) => String(headers['webhook-id'])),
    },
  };
});

const open = async (t: import('node:test').TestContext, allowPrivate = true) => {
  const receiver = await startHttpReceiver(t, SECRET);
  const adapter = createWebhookChannel({ allowPrivate, timeoutMs: 60_000 });
  t.after(() => adapter.close());
  const settings = { url: receiver.url, secret: SECRET };
  return { receiver, adapter, settings, send: () => adapter.send(settings, sampleNotification(), never) };
};

test('the signature holds by the receiver’s own arithmetic, and the body carries the evidence', async (t) => {
  const { receiver, send } = await open(t);
  assert.deepEqual(await send(), { outcome: 'accepted', code: 204, detail: 'HTTP 204' });
  const call = await receiver.call(1);
  assert.equal(call.verified, true);
  assert.equal(call.headers['content-type'], 'application/json');
  assert.equal(call.headers['webhook-id'], 'delivery-1');
  assert.ok(Math.abs(Number(call.headers['webhook-timestamp']) * 1000 - Date.now()) < 60_000);
  const body = JSON.parse(call.body) as WebhookBody;
  const { trigger, alert, title } = sampleNotification();
  assert.equal(body.type, 'alert.triggered');
  assert.equal(body.timestamp, '2024-05-01T12:00:00.000Z');
  assert.equal(body.data.title, title);
  assert.deepEqual(body.data.trigger?.before, trigger?.before);
  assert.deepEqual(body.data.trigger?.after, trigger?.after);
  assert.deepEqual(body.data.trigger?.gap, trigger?.gap);
  assert.equal(body.data.trigger?.message, alert?.message);
  assert.equal(body.data.trigger?.watchlist, 'Coins');
});

test('another secret does not verify', async (t) => {
  const { receiver, adapter, settings } = await open(t);
  const secret = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  await adapter.send({ ...settings, secret }, sampleNotification(), never);
  assert.equal((await receiver.call(1)).verified, false);
});

test('which answers are a permanent no, which are "later", and when', async (t) => {
  const { receiver, send } = await open(t);
  for (const status of [400, 401, 403, 404, 405, 410, 413, 422, 301, 302, 303, 304]) {
    receiver.respond(answer(status, '', { location: receiver.url }));
    assert.equal((await send()).outcome, 'refused', String(status));
  }
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    receiver.respond(answer(status, 'words', { 'retry-after': '7' }));
    assert.deepEqual(await send(), {
      outcome: 'failed',
      code: status,
      detail: `HTTP ${status}: words`,
      retryAfterMs: 7000,
    });
  }
  assert.equal(parseRetryAfter('Wed, 01 May 2024 12:00:30 GMT', Date.UTC(2024, 4, 1, 12)), 30_000);
  assert.equal(parseRetryAfter('Wed, 01 May 2024 12:00:30 GMT', Date.UTC(2025, 4, 1)), 0);
  assert.equal(parseRetryAfter('soon', 0), null);
});

test('an endless or cut answer does not change what its status said', async (t) => {
  const { receiver, send } = await open(t);
  receiver.respond((_, response) => {
    response.writeHead(200);
    const pour = (): void => {
      while (response.writable && response.write('x'.repeat(4096)));
      response.once('drain', pour);
    };
    pour();
  });
  const endless = await send();
  assert.equal(endless.outcome, 'accepted');
  assert.equal(endless.detail.length, 500);
  receiver.respond((_, response, raw) => {
    response.writeHead(202, { 'content-length': '100' });
    response.write('part', () => raw.socket.destroy());
  });
  assert.deepEqual((await send()).outcome, 'accepted');
});

test('307 and 308 are followed with the same body and signature, a few times', async (t) => {
  const { receiver, send } = await open(t);
  receiver.respond((call, response) => {
    if (call.path === '/hook') response.writeHead(308, { location: '/moved?x=1' }).end();
    else response.writeHead(200).end('ok');
  });
  assert.equal((await send()).outcome, 'accepted');
  const [first, second] = receiver.calls;
  assert.equal(second?.path, '/moved?x=1');
  assert.equal(second?.body, first?.body);
  assert.equal(second?.verified, true);
  receiver.respond(answer(307, '', { location: '/again' }));
  assert.deepEqual(await send(), { outcome: 'refused', code: 307, detail: 'more than 3 redirects' });
  receiver.respond(answer(307, '', { location: 'file:///etc/passwd' }));
  assert.deepEqual((await send()).outcome, 'refused');
});

test('private networks are out of reach: as an address, by name, and by redirect', async (t) => {
  const { receiver, adapter } = await open(t, false);
  const to = (url: string, by = adapter) => by.send({ url, secret: SECRET }, sampleNotification(), never);
  for (const url of [
    receiver.url,
    `http://localhost:${receiver.port}/`,
    `http://[::ffff:127.0.0.1]:${receiver.port}/`,
  ]) {
    const result = await to(url);
    assert.equal(result.outcome, 'refused', `${url} ${result.detail}`);
    assert.match(result.detail, /private network/);
  }
  const rebound = createWebhookChannel({
    allowPrivate: false,
    resolve: async () => [{ address: '::ffff:127.0.0.1', family: 6 }],
  });
  t.after(() => rebound.close());
  assert.match((await to(`http://rebind.test:${receiver.port}/`, rebound)).detail, /private network/);
  assert.equal(receiver.calls.length, 0);
});

test('settings: a secret is made, bad addresses and secrets are named', async (t) => {
  const { adapter } = await open(t, false);
  const good = await adapter.check({ url: ' https://example.com/x?token=1 ' });
  assert.ok(good.ok);
  assert.equal(good.settings['url'], 'https://example.com/x?token=1');
  assert.match(good.settings['secret'] as string, /^whsec_[A-Za-z0-9+/]{43}=$/);
  for (const url of [
    'ftp://example.com/',
    'nothing',
    'http://10.0.0.1/',
    'http://0x7f.1/',
    'http://[::1]/',
    'https://user:pass@example.com/',
    `https://example.com/${'x'.repeat(3000)}`,
  ]) {
    const answer = await adapter.check({ url });
    assert.ok(!answer.ok && answer.problems['url'], url);
  }
  for (const secret of ['short', 'whsec_AAAA', `whsec_${'A'.repeat(200)}`, `${SECRET}!`]) {
    const answer = await adapter.check({ url: 'https://example.com/', secret });
    assert.ok(!answer.ok && answer.problems['secret'], secret);
  }
});
