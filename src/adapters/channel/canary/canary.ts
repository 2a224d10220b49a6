/**
 * Where the canary's messages go: nowhere. What was to be shown is that they come this far, through the ledger and the
 * notifier. No user can have a channel of this kind.
 */
import type { ChannelAdapter } from '#contracts/channel.ts';

export function createCanaryChannel(): ChannelAdapter {
  return {
    kind: 'canary',
    fields: [],
    timeoutMs: 1000,
    async check() {
      return { ok: false, problems: { kind: 'is not for users' } };
    },
    async send() {
      return { outcome: 'accepted', code: null, detail: 'It came through.' };
    },
    async close() {},
  };
}
