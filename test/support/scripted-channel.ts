/**
 * A channel whose far end is the test itself: it answers what it was told to and keeps what it was sent.
 */
import type { ChannelAdapter, Notification, SendResult } from '#contracts/channel.ts';

export const accepted: SendResult = { outcome: 'accepted', code: 200, detail: 'ok' };
export const failed: SendResult = { outcome: 'failed', code: 503, detail: 'busy' };
export const refused: SendResult = { outcome: 'refused', code: 550, detail: 'no such user' };

/** A channel whose far end is the test: what it answers to each message, in order, the last one for ever. */
export function scripted(kind: string, ...answers: readonly (SendResult | 'hang' | Error)[]) {
  const sent: Notification[] = [];
  const adapter: ChannelAdapter = {
    kind,
    fields: [{ name: 'key', label: 'Key', secret: true, required: false, example: 'x' }],
    timeoutMs: 10_000,
    check: async (settings) => ({ ok: true, settings }),
    async send(_settings, notification, signal) {
      sent.push(notification);
      const next = answers[Math.min(sent.length, answers.length) - 1] ?? accepted;
      if (next instanceof Error) throw next;
      if (next !== 'hang') return next;
      return new Promise((done) => {
        const called = (): void => done({ ...failed, code: null, detail: 'called off' });
        if (signal.aborted) called();
        signal.addEventListener('abort', called, { once: true });
      });
    },
    async close() {},
  };
  return { adapter, sent };
}
