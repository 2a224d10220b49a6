/**
 * The page as a channel: an open page shows every trigger from the stream, so there is nobody to ask and a delivery is
 * accepted at once. It becomes `seen` when the page says so (`DeliveryStore.markSeen`).
 */
import type { ChannelAdapter } from '#contracts/channel.ts';

export function createPageChannel(): ChannelAdapter {
  return {
    kind: 'page',
    fields: [],
    timeoutMs: 1000,
    isNear: true,
    async check() {
      return { ok: true, settings: {} };
    },
    async send() {
      return { outcome: 'accepted', code: null, detail: 'On the page.' };
    },
    async close() {},
  };
}
