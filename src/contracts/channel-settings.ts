/**
 * Settings of a channel as they stand in the store: the value of each secret field is sealed, every other is as given.
 * The API seals them when a channel is saved, the notify role opens them when it sends.
 */
import type { ChannelField } from './channel.ts';
import type { Seal } from './seal.ts';

export type ChannelSettings = Readonly<Record<string, string>>;

function mapSecrets(fields: readonly ChannelField[], settings: ChannelSettings, change: (value: string) => string) {
  const secrets = new Set(fields.filter(({ secret }) => secret).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, secrets.has(name) ? change(value) : value]),
  );
}

export function sealSettings(fields: readonly ChannelField[], settings: ChannelSettings, seal: Seal): ChannelSettings {
  return mapSecrets(fields, settings, (value) => seal.seal(value));
}

/** Throws where a secret was sealed by another key. */
export function openSettings(fields: readonly ChannelField[], settings: ChannelSettings, seal: Seal): ChannelSettings {
  return mapSecrets(fields, settings, (value) => seal.open(value));
}
