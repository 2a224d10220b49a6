/**
 * A channel as answers show it: never a secret.
 */
import type { ChannelAdapter } from '#contracts/channel.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { ChannelView } from '../contract/channel.ts';

export function channelView(channel: Channel, adapter: ChannelAdapter | undefined): ChannelView {
  const { id, kind, name, enabled, fallbackOrder, lastResult, createdAt } = channel;
  // Of a kind this program does not know (any more), nothing is shown: it could be a secret.
  const open = new Set((adapter?.fields ?? []).filter(({ secret }) => !secret).map((field) => field.name));
  const names = Object.keys(channel.settings);
  return {
    ...{ id, kind, name, enabled, fallbackOrder, createdAt },
    settings: Object.fromEntries(Object.entries(channel.settings).filter(([setting]) => open.has(setting))),
    secretsSet: names.filter((setting) => !open.has(setting)).sort(),
    lastResult: lastResult && { ...lastResult },
  };
}
