import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmailChannel } from '#adapters/channel/email/email.ts';
import { createPageChannel } from '#adapters/channel/page/page.ts';
import { createWebhookChannel } from '#adapters/channel/webhook/webhook.ts';
import type { ChannelId } from '#domain/alert/alert.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import { MAX_ATTEMPTS } from '#domain/delivery/machine.ts';
import { answer, startHttpReceiver } from '../../../test/support/http-receiver.ts';
import { openNotifierTrial } from '../../../test/support/notifier.ts';
import { accepted, failed, refused, scripted } from '../../../test/support/scripted-channel.ts';
import { mailHeader, startSmtpReceiver } from '../../../test/support/smtp-receiver.ts';
import { LEASE_MS, LOOK_EVERY_MS, STOP_LIMIT_MS } from './notify.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const allAre = (status: Delivery['status']) => (deliveries: readonly Delivery[]) =>
  deliveries.length > 0 && deliveries.every((delivery) => delivery.status === status);

test('a trigger reaches a mailbox, a webhook and the page, once each, and everybody is told', async (t) => {
  const mailbox = await startSmtpReceiver(t);
  const receiver = await startHttpReceiver(t, SECRET);
  const trial = await openNotifierTrial(t, {
    channels: [
      createPageChannel(),
      createEmailChannel({ url: `smtp://127.0.0.1:${mailbox.port}?tls.rejectUnauthorized=false`, from: 'T <t@x.y>' }),
      createWebhookChannel({ allowPrivate: true }),
    ],
  });
  const channels = [
    await trial.addChannel({ kind: 'page' }),
    await trial.addChannel({ kind: 'email', settings: { to: 'you@example.com' } }),
    await trial.addChannel({ kind: 'webhook', settings: { url: receiver.url, secret: SECRET } }),
  ];
  await trial.start();
  const trigger = await trial.fire(channels, { message: 'Sell half' });
  await trial.until(async () => allAre('accepted')(await trial.deliveries(trigger)), 'all accepted');

  const deliveries = await trial.deliveries(trigger);
  assert.equal(deliveries.length, 3);
  const idFor = (kind: string): string => {
    const channel = channels.find((one) => one.kind === kind);
    return deliveries.find(({ channelId }) => channelId === channel?.id)?.id ?? '';
  };
  assert.deepEqual(
    receiver.calls.map(({ headers, verified }) => [headers['webhook-id'], verified]),
    [[idFor('webhook'), true]],
  );
  assert.match(receiver.calls[0]?.body ?? '', /Sell half/);
  assert.deepEqual(
    mailbox.mails.map(({ raw }) => mailHeader(raw, 'x-tocsin-delivery')),
    [idFor('email')],
  );
  const attempts = deliveries.flatMap((delivery) => delivery.attempts.map(({ code, outcome }) => ({ code, outcome })));
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome),
    ['accepted', 'accepted', 'accepted'],
  );
  assert.deepEqual(new Set(attempts.map(({ code }) => code)), new Set([null, 204, 250]));
  const told = trial.told.flatMap((event) => (event.kind === 'delivery' ? [event.delivery] : []));
  assert.deepEqual(
    new Set(told.map(({ id, status }) => `${id} ${status}`)),
    new Set(deliveries.map(({ id }) => `${id} accepted`)),
  );
  for (const { lastResult } of await trial.store.channels.list(trial.user))
    assert.equal(lastResult?.outcome, 'accepted');
  const metrics = await trial.metrics();
  for (const kind of ['page', 'email', 'webhook']) {
    assert.match(metrics, new RegExp(`notifier_notifications_sent_total\\{channel="${kind}",outcome="accepted"\\} 1`));
    assert.match(metrics, new RegExp(`notifier_trigger_to_accepted_seconds_count\\{channel="${kind}"\\} 1`));
  }
});

test('a failure is tried again under the same key, not before the far end said, and never after acceptance', async (t) => {
  const hook = scripted('hook', { ...failed, retryAfterMs: 90_000 }, failed, accepted);
  const trial = await openNotifierTrial(t, { channels: [hook.adapter] });
  const role = await trial.start();
  const trigger = await trial.fire([await trial.addChannel({ kind: 'hook' })]);
  const firedAt = trial.clock.now();
  await trial.until(async () => allAre('accepted')(await trial.deliveries(trigger)), 'accepted in the end');
  assert.equal(new Set(hook.sent.map(({ idempotencyKey }) => idempotencyKey)).size, 1);
  assert.deepEqual(
    hook.sent.map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  assert.deepEqual(
    hook.sent.map(({ sentAt }) => sentAt - firedAt),
    [0, 90_000, 93_000],
  );
  await role.stop();
  await trial.start();
  await trial.clock.advance(LEASE_MS * 3);
  await trial.idle();
  assert.equal(hook.sent.length, 3);
});

test('a refusal is dead at once; the failure is told through the next channels until one takes it', async (t) => {
  const mail = scripted('mail', refused);
  const chat = scripted('chat', failed);
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [mail.adapter, chat.adapter, hook.adapter] });
  const first = await trial.addChannel({ kind: 'mail', name: 'Work mail', fallbackOrder: 0 });
  const last = await trial.addChannel({ kind: 'hook', fallbackOrder: 9 });
  const second = await trial.addChannel({ kind: 'chat', name: 'Chat', fallbackOrder: 1 });
  await trial.addChannel({ kind: 'hook', fallbackOrder: null });
  await trial.start();
  const trigger = await trial.fire([first]);
  await trial.until(async () => hook.sent.length > 0, 'told through the last channel');
  await trial.idle();
  const deliveries = await trial.deliveries(trigger);
  const of = (id: ChannelId) => deliveries.find(({ channelId }) => channelId === id) as Delivery;
  assert.deepEqual(
    [of(first.id), of(second.id), of(last.id)].map(({ status, attempts }) => [status, attempts.length]),
    [
      ['dead', 1],
      ['dead', MAX_ATTEMPTS],
      ['accepted', 1],
    ],
  );
  assert.deepEqual([of(second.id).fallbackFor, of(last.id).fallbackFor], [of(first.id).id, of(second.id).id]);
  assert.equal(deliveries.length, 3);
  assert.equal(chat.sent[0]?.kind, 'channel-failed');
  assert.match(chat.sent[0]?.body ?? '', /“Work mail” \(mail\) failed: no such user\. You are told here instead\./);
  assert.match(hook.sent[0]?.failure ?? '', /“Chat” \(chat\) failed: busy\./);
  assert.equal(hook.sent[0]?.trigger?.id, trigger);
  assert.match(await trial.metrics(), /notifier_deliveries_dead_total\{channel="mail"\} 1/);
});

test('a dead one that the user sends again is tried anew, and hands over only once', async (t) => {
  const mail = scripted('mail', refused, refused, accepted);
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [mail.adapter, hook.adapter] });
  const channel = await trial.addChannel({ kind: 'mail' });
  await trial.addChannel({ kind: 'hook', fallbackOrder: 0 });
  await trial.start();
  const trigger = await trial.fire([channel]);
  const mailed = async () =>
    (await trial.deliveries(trigger)).find(({ channelId }) => channelId === channel.id) as Delivery;
  for (const [round, status] of ['dead', 'dead', 'accepted'].entries()) {
    await trial.until(async () => (await mailed()).attempts.length === round + 1, `round ${round}`);
    const delivery = await mailed();
    assert.equal(delivery.status, status);
    if (status === 'dead') await trial.store.deliveries.requeue(trial.user, delivery.id, trial.clock.now());
  }
  await trial.until(async () => allAre('accepted')(await trial.deliveries(trigger)), 'all is well');
  assert.equal(hook.sent.length, 1);
});

test('a channel that is gone, off, unknown or unreadable is dead with the reason, not silence', async (t) => {
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [hook.adapter] });
  const channels = [
    await trial.addChannel({ kind: 'hook' }),
    await trial.addChannel({ kind: 'hook', enabled: false }),
    await trial.addChannel({ kind: 'fax' }),
    await trial.addChannel({ kind: 'hook' }),
  ];
  await trial.store.channels.update({
    ...(channels[3] as (typeof channels)[0]),
    settings: { key: 'v1.not.sealed.so' },
  });
  const trigger = await trial.fire(channels);
  await trial.store.channels.remove(trial.user, channels[0]?.id as ChannelId);
  await trial.start();
  await trial.until(async () => allAre('dead')(await trial.deliveries(trigger)), 'all dead');
  const words = (await trial.deliveries(trigger)).map(({ attempts }) => attempts[0]?.detail ?? '').sort();
  assert.equal(words.length, 4);
  for (const [index, pattern] of [/switched off/, /removed/, /AUTH_SECRET/, /of kind fax/].entries())
    assert.match(words[index] ?? '', pattern);
  assert.equal(hook.sent.length, 0);
});

test('an adapter that throws is a failed attempt and holds up nobody', async (t) => {
  const bad = scripted('bad', new Error('boom'), accepted);
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [bad.adapter, hook.adapter] });
  await trial.start();
  const trigger = await trial.fire([await trial.addChannel({ kind: 'bad' }), await trial.addChannel({ kind: 'hook' })]);
  await trial.until(async () => allAre('accepted')(await trial.deliveries(trigger)), 'both accepted');
  assert.equal(bad.sent.length, 2);
});

test('a trigger nobody spoke of is found by looking', async (t) => {
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [hook.adapter] });
  const channel = await trial.addChannel({ kind: 'hook' });
  await trial.start();
  await trial.idle();
  const firedAt = trial.clock.now();
  await trial.fire([channel], { quiet: true });
  await trial.until(async () => hook.sent.length === 1, 'found');
  assert.ok(trial.clock.now() - firedAt <= LOOK_EVERY_MS);
});

test('a channel that hangs with a long queue, and a kind that hangs, hold up no other', async (t) => {
  const slow = scripted('slow', 'hang');
  const hook = scripted('hook');
  const trial = await openNotifierTrial(t, { channels: [hook.adapter], scripted: [slow.adapter] });
  const one = await trial.addChannel({ kind: 'slow' });
  const many = await Promise.all(Array.from({ length: 90 }, () => trial.addChannel({ kind: 'slow' })));
  const fast = await trial.addChannel({ kind: 'hook' });
  for (let count = 0; count < 100; count += 1) await trial.fire([one], { quiet: true });
  await trial.fire(many, { quiet: true });
  const last = await trial.fire([fast], { quiet: true });
  await trial.start();
  await trial.idle();
  // Behind 190 deliveries that hang, and without a moment passing.
  assert.deepEqual(
    (await trial.deliveries(last)).map(({ status }) => status),
    ['accepted'],
  );
  const startedAt = trial.clock.now();
  const next = await trial.fire([fast]);
  await trial.idle();
  assert.deepEqual(
    (await trial.deliveries(next)).map(({ status }) => status),
    ['accepted'],
  );
  assert.equal(trial.clock.now(), startedAt);
});

test('a stop waits for what is under way, then calls it off, and gives the rest back at once', async (t) => {
  const slow = scripted('slow', 'hang');
  const trial = await openNotifierTrial(t, { channels: [], scripted: [slow.adapter] });
  const channel = await trial.addChannel({ kind: 'slow' });
  for (let count = 0; count < 8; count += 1) await trial.fire([channel]);
  const role = await trial.start();
  await trial.idle();
  assert.equal(slow.sent.length, 4);
  const stopped = role.stop();
  await trial.idle();
  const statuses = async () => (await trial.deliveries()).map(({ status }) => status).sort();
  assert.deepEqual(await statuses(), [...Array(4).fill('queued'), ...Array(4).fill('sending')]);
  await trial.clock.advance(STOP_LIMIT_MS);
  await stopped;
  assert.deepEqual(await statuses(), [...Array(4).fill('queued'), ...Array(4).fill('retrying')]);
});

test('send test says what the far end really answered, with the channel’s own secret', async (t) => {
  const receiver = await startHttpReceiver(t, SECRET);
  const trial = await openNotifierTrial(t, { channels: [createWebhookChannel({ allowPrivate: true })] });
  const channel = await trial.addChannel({ kind: 'webhook', settings: { url: receiver.url, secret: SECRET } });
  assert.ok(!JSON.stringify(await trial.store.channels.list(trial.user)).includes(SECRET));
  const role = await trial.start();
  assert.deepEqual(await role.sendTest(channel), { outcome: 'accepted', code: 204, detail: 'HTTP 204' });
  assert.equal(receiver.calls[0]?.verified, true);
  assert.equal(JSON.parse(receiver.calls[0]?.body ?? '').type, 'channel.test');
  receiver.respond(answer(404, 'no such hook'));
  const result = { outcome: 'refused', code: 404, detail: 'HTTP 404: no such hook' } as const;
  assert.deepEqual(await role.sendTest({ ...channel, enabled: false }), result);
  const [stored] = await trial.store.channels.list(trial.user);
  assert.deepEqual(stored?.lastResult, { at: trial.clock.now(), ...result });
  assert.deepEqual(await trial.deliveries(), []);
});
