/**
 * What every channel adapter must prove, against a real far end. Call it in the adapter's own test.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Alert, AlertId, ChannelId, UserId } from '#domain/alert/alert.ts';
import type { TriggerId } from '#domain/alert/trigger.ts';
import type { ToldTrigger } from '#domain/delivery/message.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { ChannelAdapter, Notification, SendResult } from './channel.ts';

/** What a far end can be made to do. `fail`: "not now". `hang`: no answer at all. `cut`: the connection ends. */
export type FarEndMood = 'accept' | 'refuse' | 'fail' | 'hang' | 'cut' | 'down';

export interface FarEnd {
  be(mood: FarEndMood): Promise<void>;
  /** The idempotency keys of the messages it took responsibility for, as it read them, in order. */
  accepted(): readonly string[];
}

export interface OpenChannel {
  readonly adapter: ChannelAdapter;
  /** As a user gives them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Null where there is none: the adapter itself accepts. */
  readonly farEnd: FarEnd | null;
}

const at = Date.UTC(2024, 4, 1, 12);
/** Of an attempt: a machine that is busy with other tests is no far end that hangs. */
const PATIENCE_MS = 60_000;
/** Where it is waited for. */
const HASTE_MS = 300;

export function sampleNotification(more: Partial<Notification> = {}): Notification {
  const trigger: ToldTrigger = {
    id: 'a1.1' as TriggerId,
    alertId: 'a1' as AlertId,
    alertVersion: 1,
    epoch: 1,
    symbol: 'BTC-USDT' as InstrumentSymbol,
    condition: 'price crosses above 61600',
    firedAt: at,
    before: { price: 61598.12, at: at - 40, receivedAt: at - 5, source: 'binance' },
    after: { price: 61602.5, at, receivedAt: at + 35, source: 'binance' },
    leaves: [{ text: 'price crosses above 61600', before: 61598.12, after: 61602.5, holds: true }],
    gap: { from: at - 90_000, to: at },
    watchlist: 'Coins',
  };
  const alert: Alert = {
    id: 'a1' as AlertId,
    userId: 'u1' as UserId,
    symbol: 'BTC-USDT' as InstrumentSymbol,
    condition: 'price crosses above 61600',
    message: 'Sell <half> & "rest" €',
    severity: 'critical',
    channelIds: ['c1' as ChannelId],
    frequency: 'once',
    cooldownMs: 3_600_000,
    expiresAt: null,
    session: 'regular',
    gap: 'fire',
    version: 1,
    status: 'done',
    epoch: 1,
    armedAt: at - 1000,
    watchlist: null,
    members: null,
    lastTriggeredAt: at,
    createdAt: at - 1000,
    updatedAt: at,
  };
  return {
    idempotencyKey: 'delivery-1',
    kind: 'trigger',
    title: 'BTC-USDT crossed above 61,600',
    body: 'Sell <half> & "rest" €\n\nRule: price crosses above 61600',
    trigger,
    alert,
    url: 'http://127.0.0.1:3000/triggers/a1.1',
    sentAt: at + 100,
    attempt: 1,
    ...more,
  };
}

export function channelConformance(
  name: string,
  traits: { readonly hasFarEnd: boolean },
  /** With this limit for an attempt. */
  open: (t: TestContext, timeoutMs: number) => Promise<OpenChannel>,
): void {
  const never = new AbortController().signal;
  const prepare = async (t: TestContext, timeoutMs = PATIENCE_MS) => {
    const opened = await open(t, timeoutMs);
    assert.equal(opened.farEnd !== null, traits.hasFarEnd);
    const checked = await opened.adapter.check(opened.settings);
    assert.ok(checked.ok);
    const send = (more: Partial<Notification> = {}, signal: AbortSignal = never): Promise<SendResult> =>
      opened.adapter.send(checked.settings, sampleNotification(more), signal);
    const secrets = opened.adapter.fields
      .filter(({ secret }) => secret)
      .map(({ name }) => checked.settings[name] ?? '');
    return { ...opened, checked: checked.settings, send, secrets };
  };
  const tellable = (result: SendResult, secrets: readonly string[]): void => {
    assert.ok(result.detail.length > 0 && result.detail.length <= 500, result.detail);
    for (const secret of secrets) assert.ok(secret === '' || !result.detail.includes(secret), 'a secret in the detail');
  };

  test(`${name}: settings made clean stay as they are, and a missing one is named`, async (t) => {
    const { adapter, settings, checked } = await prepare(t);
    assert.deepEqual(await adapter.check(checked), { ok: true, settings: checked });
    for (const field of adapter.fields.filter(({ required }) => required)) {
      const { [field.name]: _, ...rest } = settings;
      for (const given of [rest, { ...rest, [field.name]: ' ' }]) {
        const answer = await adapter.check(given);
        assert.ok(!answer.ok && typeof answer.problems[field.name] === 'string', field.name);
      }
    }
    const names = adapter.fields.map(({ name }) => name);
    assert.deepEqual(
      Object.keys(checked).filter((key) => !names.includes(key)),
      [],
    );
    assert.ok(adapter.timeoutMs > 0);
  });

  test(`${name}: what the far end took is accepted, with the same key at every attempt`, async (t) => {
    const { send, farEnd, secrets } = await prepare(t);
    for (const attempt of [1, 2]) {
      const result = await send({ attempt });
      assert.equal(result.outcome, 'accepted', result.detail);
      tellable(result, secrets);
    }
    if (farEnd) assert.deepEqual(farEnd.accepted(), ['delivery-1', 'delivery-1']);
  });

  test(`${name}: a test, a stand-in's notice and any text go out`, async (t) => {
    const { send, farEnd } = await prepare(t);
    const awkward = 'line\r\nBcc: all@example.com\n.\n\u{1f4c8} <script>alert(1)</script> '.repeat(40);
    const messages: readonly Partial<Notification>[] = [
      { kind: 'test', trigger: null, alert: null },
      { kind: 'channel-failed', body: 'Mail failed: 550 no such user' },
      { kind: 'channel-failed', alert: null },
      { title: awkward, body: awkward },
    ];
    for (const [index, message] of messages.entries())
      assert.equal((await send({ ...message, idempotencyKey: `k${index}` })).outcome, 'accepted');
    if (farEnd) assert.deepEqual(farEnd.accepted(), ['k0', 'k1', 'k2', 'k3']);
  });

  test(`${name}: many at once are each sent once`, async (t) => {
    const { send, farEnd } = await prepare(t);
    const keys = Array.from({ length: 12 }, (_, index) => `many-${String(index).padStart(2, '0')}`);
    const results = await Promise.all(keys.map((idempotencyKey) => send({ idempotencyKey })));
    assert.ok(results.every(({ outcome }) => outcome === 'accepted'));
    if (farEnd) assert.deepEqual([...farEnd.accepted()].sort(), keys);
  });

  if (!traits.hasFarEnd) return;
  for (const mood of ['refuse', 'fail', 'hang', 'cut', 'down'] as const) {
    const outcome = mood === 'refuse' ? 'refused' : 'failed';
    test(`${name}: a far end that is made to ${mood} gives ${outcome}, and is not given up on`, async (t) => {
      const { send, farEnd, secrets } = await prepare(t, mood === 'hang' ? HASTE_MS : PATIENCE_MS);
      assert.ok(farEnd);
      await farEnd.be(mood);
      const result = await send();
      assert.equal(result.outcome, outcome, result.detail);
      if (mood === 'refuse' || mood === 'fail') assert.ok((result.code ?? 0) >= 400);
      tellable(result, secrets);
      assert.deepEqual(farEnd.accepted(), []);
      await farEnd.be('accept');
      let again = await send();
      // In haste one that is taken may be too late as well, and is tried again.
      while (mood === 'hang' && again.outcome === 'failed') again = await send();
      assert.equal(again.outcome, 'accepted', again.detail);
    });
  }

  test(`${name}: what is called off answers failed and holds nothing`, async (t) => {
    const { send, farEnd, secrets } = await prepare(t);
    assert.ok(farEnd);
    const before = await send({}, AbortSignal.abort());
    assert.equal(before.outcome, 'failed');
    tellable(before, secrets);
    assert.deepEqual(farEnd.accepted(), []);
    await farEnd.be('hang');
    const stop = new AbortController();
    const pending = send({}, stop.signal);
    stop.abort();
    assert.equal((await pending).outcome, 'failed');
  });
}
