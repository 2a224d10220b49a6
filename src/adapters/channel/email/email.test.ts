import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { channelConformance, sampleNotification } from '#contracts/channel.conformance.ts';
import type { Notification } from '#contracts/channel.ts';
import {
  mailHeader,
  mailPart,
  type SmtpMood,
  type SmtpReceiverOptions,
  startSmtpReceiver,
} from '../../../../test/support/smtp-receiver.ts';
import { createEmailChannel, messageKey } from './email.ts';
import { escapeHtml, mailHtml } from './mail-html.ts';

const never = new AbortController().signal;
const LOGIN = { user: 'tocsin@example.com', password: 'p:ä/ss word' };
const CREDENTIALS = `${encodeURIComponent(LOGIN.user)}:${encodeURIComponent(LOGIN.password)}@`;

const MOODS: Readonly<Record<string, SmtpMood>> = {
  accept: 'accept',
  refuse: { at: 'to', reply: 550, words: `no such user; you logged in with ${LOGIN.password}` },
  fail: { at: 'to', reply: 451, words: 'greylisted, try again in 5 minutes' },
  hang: 'hang-after-data',
  cut: 'cut-after-data',
};

channelConformance('e-mail', { hasFarEnd: true }, async (t, timeoutMs) => {
  const receiver = await startSmtpReceiver(t, { login: LOGIN });
  const adapter = createEmailChannel({
    url: `smtp://${CREDENTIALS}127.0.0.1:${receiver.port}?tls.rejectUnauthorized=false`,
    from: 'Tocsin <alerts@example.com>',
    timeoutMs,
  });
  t.after(() => adapter.close());
  let isDown = false;
  return {
    adapter,
    settings: { to: ' you@example.com ' },
    farEnd: {
      async be(mood) {
        if (isDown) await receiver.reopen();
        isDown = mood === 'down';
        if (isDown) await receiver.close();
        else receiver.be(MOODS[mood] as SmtpMood);
      },
      accepted: () => receiver.mails.map(({ raw }) => mailHeader(raw, 'x-tocsin-delivery')),
    },
  };
});

const open = async (t: TestContext, options: SmtpReceiverOptions = {}, query = '?tls.rejectUnauthorized=false') => {
  const receiver = await startSmtpReceiver(t, options);
  const adapter = createEmailChannel({
    url: `smtp://${options.login ? CREDENTIALS : ''}127.0.0.1:${receiver.port}${query}`,
    from: 'Tocsin <alerts@example.com>',
    timeoutMs: 60_000,
  });
  t.after(() => adapter.close());
  const send = (more: Partial<Notification> = {}) =>
    adapter.send({ to: 'you@example.com' }, sampleNotification(more), never);
  return { receiver, adapter, send };
};

test('the mail goes out encrypted and logged in, with text, HTML and the evidence in both', async (t) => {
  const { receiver, send } = await open(t, { login: LOGIN });
  assert.deepEqual(await send(), { outcome: 'accepted', code: 250, detail: '250 OK: message queued' });
  const mail = await receiver.mail(1);
  assert.equal(mail.secure, true);
  assert.equal(mail.user, LOGIN.user);
  assert.deepEqual([mail.from, mail.to], ['alerts@example.com', ['you@example.com']]);
  assert.equal(mailHeader(mail.raw, 'subject'), 'Critical: BTC-USDT crossed above 61,600');
  assert.equal(mailHeader(mail.raw, 'message-id'), `<${messageKey('delivery-1')}@example.com>`);
  assert.equal(mailHeader(mail.raw, 'auto-submitted'), 'auto-generated');
  assert.equal(mailHeader(mail.raw, 'importance'), 'High');
  const text = mailPart(mail.raw, 'text/plain');
  assert.match(text, /BTC-USDT crossed above 61,600\s+Sell <half> & "rest" €\s+Rule: price crosses above 61600/);
  assert.match(text, /http:\/\/127\.0\.0\.1:3000\/triggers\/a1\.1/);
  const html = mailPart(mail.raw, 'text/html');
  for (const part of [
    'price crosses above 61600',
    '61,602.5',
    '61,598.12',
    'binance, 2024-05-01 12:00:00.000 UTC, received 35ms later',
    'nothing was seen for 1m',
    'href="http://127.0.0.1:3000/triggers/a1.1"',
    'Sell &lt;half&gt; &amp; &quot;rest&quot; €',
  ])
    assert.ok(html.includes(part), part);
});

test('the same delivery has the same Message-ID at every attempt, another has another', () => {
  assert.equal(messageKey('a'), messageKey('a'));
  assert.notEqual(messageKey('a'), messageKey('b'));
  assert.match(messageKey('any <thing>\r\n'), /^[a-z0-9.]+$/);
});

test('an answer at any step of the conversation is told as it was said', async (t) => {
  const { receiver, send } = await open(t, { login: LOGIN });
  for (const at of ['connect', 'auth', 'from', 'to', 'data'] as const) {
    for (const [reply, outcome] of [
      [451, 'failed'],
      [550, 'refused'],
    ] as const) {
      receiver.be({ at, reply, words: `not ${at}` });
      assert.deepEqual(await send(), { outcome, code: reply, detail: `${reply} not ${at}` });
    }
  }
  assert.equal(receiver.mails.length, 0);
});

test('a connection that is cut before, inside or after the mail is no acceptance', async (t) => {
  const { receiver, send } = await open(t);
  for (const mood of ['cut-at-rcpt', 'cut-in-data', 'cut-after-data'] as const) {
    receiver.be(mood);
    const { outcome, code } = await send();
    assert.deepEqual({ outcome, code }, { outcome: 'failed', code: null }, mood);
  }
  // The server has the mail though we cannot know it: the second copy must be recognisable.
  receiver.be('accept');
  await send({ attempt: 2 });
  assert.equal(receiver.unacknowledged.length, 1);
  const ids = [receiver.unacknowledged[0], receiver.mails[0]].map((mail) => mailHeader(mail?.raw ?? '', 'message-id'));
  assert.equal(ids[0], ids[1]);
});

test('a server that never greets is given up on in time', async (t) => {
  const receiver = await startSmtpReceiver(t);
  receiver.be('silent');
  const adapter = createEmailChannel({ url: `smtp://127.0.0.1:${receiver.port}`, from: 'a@b.c', timeoutMs: 150 });
  const result = await adapter.send({ to: 'you@example.com' }, sampleNotification(), never);
  assert.equal(result.outcome, 'failed');
});

test('a certificate nobody vouches for is not trusted unless the operator says so', async (t) => {
  const { receiver, send } = await open(t, { login: LOGIN }, '');
  const result = await send();
  assert.equal(result.outcome, 'failed');
  assert.match(result.detail, /certificate/i);
  assert.equal(receiver.mails.length, 0);
});

test('a wrong password is refused in the server’s words, and the password is not in them', async (t) => {
  const receiver = await startSmtpReceiver(t, { login: LOGIN });
  receiver.be({ at: 'auth', reply: 535, words: 'hunter2 is wrong' });
  const adapter = createEmailChannel({
    url: `smtp://someone:hunter2@127.0.0.1:${receiver.port}?tls.rejectUnauthorized=false`,
    from: 'a@b.c',
  });
  assert.deepEqual(await adapter.send({ to: 'you@example.com' }, sampleNotification(), never), {
    outcome: 'refused',
    code: 535,
    detail: '535 (hidden) is wrong',
  });
});

test('a server without encryption gets mail but no password', async (t) => {
  const plain = await open(t, { startTls: false }, '');
  assert.equal((await plain.send()).outcome, 'accepted');
  const receiver = await startSmtpReceiver(t, { startTls: false, login: LOGIN });
  const strict = createEmailChannel({
    url: `smtp://${CREDENTIALS}127.0.0.1:${receiver.port}?requireTLS=true`,
    from: 'a@b.c',
  });
  // Loopback is trusted by default; `requireTLS` makes this server count as one that is far away.
  const result = await strict.send({ to: 'you@example.com' }, sampleNotification(), never);
  assert.notEqual(result.outcome, 'accepted');
  assert.equal(receiver.mails.length, 0);
});

test('only one plain address is taken, and bad settings of the server are said at once', async (t) => {
  const { adapter } = await open(t);
  for (const to of ['you', 'a@b, c@d', 'You <a@b.c>', 'a@b\r\nBcc: c@d', '@b', `${'a'.repeat(251)}@b.c`, ''])
    assert.equal((await adapter.check({ to })).ok, false, to);
  for (const url of ['', 'http://x', 'smtp://', 'mail.example.com', 'smtp://u:100%@mail.example.com'])
    assert.throws(() => createEmailChannel({ url, from: 'a@b.c' }), /SMTP_URL/);
});

test('nothing from outside reaches the HTML unescaped', () => {
  assert.equal(escapeHtml(`<a href='x' title="y">&`), '&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;');
  const evil = `"><script>alert(1)</script><img src=x onerror='x'>`;
  const sample = sampleNotification();
  const { trigger, alert } = sample;
  assert.ok(trigger && alert);
  const html = mailHtml({
    ...sample,
    kind: 'channel-failed',
    title: evil,
    body: evil,
    failure: evil,
    url: `https://example.com/${evil}`,
    alert: { ...alert, message: evil },
    trigger: {
      ...trigger,
      condition: evil,
      before: { price: 1, at: 0, receivedAt: 0, source: evil },
      after: { price: 2, at: 0, receivedAt: 0, source: evil },
      leaves: [
        { text: evil, before: 1, after: 2, holds: true },
        { text: evil, before: 1, after: 2, holds: true },
      ],
    },
  });
  assert.doesNotMatch(html, /<script|<img|onerror='/);
  const tested = mailHtml({ ...sample, kind: 'test', trigger: null, alert: null, title: evil, body: evil });
  assert.doesNotMatch(tested, /<script|<img|onerror='/);
});
