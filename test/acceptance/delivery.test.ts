/**
 * The way of one alert on real data to real receivers: a crossing in the recorded Binance trades arrives as an e-mail
 * and as a signed webhook, with its evidence.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { needShared } from '../support/need.ts';
import { playRecording } from '../support/replay.ts';
import { mailHeader, mailPart, startSmtpReceiver } from '../support/smtp-receiver.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;

test('a crossing in the recorded trades arrives by e-mail and by signed webhook, once each', async (t) => {
  const file = needShared(t, 'ticks/binance_spot_ws_btcusdt_ethusdt_20240808T2354Z.raw.gz');
  if (file === null) return;
  const mailbox = await startSmtpReceiver(t, { startTls: false });
  const receiver = await startHttpReceiver(t, SECRET);
  const env = {
    SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`,
    SMTP_FROM: 'Tocsin <alerts@tocsin.example>',
    WEBHOOK_ALLOW_PRIVATE: 'true',
  };
  const { client } = await playRecording(
    t,
    file,
    async (user) => {
      const mail = await user.ok('POST', '/api/v1/channels', {
        kind: 'email',
        name: 'My mail',
        settings: { to: 'me@example.com' },
      });
      const hook = await user.ok('POST', '/api/v1/channels', {
        kind: 'webhook',
        name: 'My hook',
        settings: { url: receiver.url, secret: SECRET },
      });
      await user.ok('POST', '/api/v1/alerts', {
        symbol: 'BTCUSDT',
        condition: 'price crosses above 61600.005',
        message: 'Time to look',
        channels: [mail.id, hook.id],
      });
    },
    env,
  );

  const mail = await mailbox.mail(1);
  const call = await receiver.call(1);
  const [trigger, ...others] = await client.all('/api/v1/triggers');
  assert.equal(others.length, 0);
  assert.deepEqual(
    [trigger.symbol, trigger.firedAt, trigger.after.price, trigger.before.price < 61600.005],
    ['BTC-USDT', 1723161515376, 61601.92, true],
  );

  assert.deepEqual(mail.to, ['me@example.com']);
  assert.match(mailHeader(mail.raw, 'subject'), /BTC-USDT/);
  for (const type of ['text/plain', 'text/html']) {
    const words = mailPart(mail.raw, type).replaceAll(',', '');
    for (const evidence of [
      '61600.005',
      '61601.92',
      String(trigger.before.price),
      'Time to look',
      trigger.after.source,
    ])
      assert.ok(words.includes(evidence), `${type} says ${evidence}:\n${words}`);
    assert.match(words, /https?:\/\/[^\s"]+/);
  }

  assert.ok(call.verified);
  const body = JSON.parse(call.body);
  assert.ok(JSON.stringify(body).includes('61601.92'));

  for (const delivery of await client.all(`/api/v1/deliveries?triggerId=${trigger.id}`))
    assert.deepEqual([delivery.status, delivery.attempts.length], ['accepted', 1]);
  assert.equal(mailbox.mails.length, 1);
  assert.equal(receiver.calls.length, 1);
});
