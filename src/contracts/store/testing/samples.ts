/**
 * Samples of what a store keeps, for its conformance suites: whole and valid, each with its own id.
 */
import { randomUUID } from 'node:crypto';
import type { Alert, AlertId, ChannelId, UserId, WatchlistId } from '#domain/alert/alert.ts';
import { type Trigger, triggerId } from '#domain/alert/trigger.ts';
import type { Effect, Rule } from '#domain/engine/event.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import type { RuleChange } from '../alerts.ts';
import type { Channel } from '../channels.ts';

export const T0 = Date.UTC(2024, 0, 1);

export const newUser = (): UserId => `user-${randomUUID()}` as UserId;
/** A symbol no other test uses. */
export const newSymbol = (): InstrumentSymbol => `T-${randomUUID().slice(0, 13).toUpperCase()}` as InstrumentSymbol;

export function sampleAlert(userId: UserId, more: Partial<Alert> = {}): Alert {
  return {
    id: randomUUID() as AlertId,
    userId,
    symbol: 'BTC-USDT' as InstrumentSymbol,
    watchlist: null,
    members: null,
    condition: 'price crosses above 61600',
    message: 'é "quoted", {braces}, \\ and NULL',
    severity: 'normal',
    channelIds: [],
    frequency: 'repeat',
    cooldownMs: 3_600_000,
    expiresAt: null,
    session: 'regular',
    gap: 'fire',
    rearm: null,
    remindEveryMs: null,
    barMs: null,
    version: 1,
    status: 'arming',
    epoch: 0,
    armedAt: null,
    lastTriggeredAt: null,
    createdAt: T0,
    updatedAt: T0,
    ...more,
  };
}

const symbolOf = ({ symbol }: Alert): InstrumentSymbol => symbol as InstrumentSymbol;

export function putRule(alert: Alert): RuleChange {
  const rule: Rule = {
    alertId: alert.id,
    version: alert.version,
    symbol: symbolOf(alert),
    condition: {
      kind: 'cross',
      signal: { kind: 'price' },
      direction: 'above',
      to: { kind: 'number', value: 61_600, unit: 'amount' },
    },
    paused: false,
    calendar: '24/7',
    staleAfterMs: 60_000,
    frequency: alert.frequency,
    cooldownMs: alert.cooldownMs,
    expiresAt: alert.expiresAt,
    session: alert.session,
    gap: alert.gap,
  };
  return { kind: 'put-rule', symbol: symbolOf(alert), rule };
}

export const removeRule = (alert: Alert): RuleChange => ({
  kind: 'remove-rule',
  symbol: symbolOf(alert),
  alertId: alert.id,
  version: alert.version + 1,
});

export function sampleTrigger(alert: Alert, epoch: number, more: Partial<Trigger> = {}): Trigger {
  const firedAt = T0 + epoch * 1000;
  return {
    id: triggerId(alert.id, epoch),
    alertId: alert.id,
    alertVersion: alert.version,
    epoch,
    symbol: symbolOf(alert),
    condition: alert.condition,
    firedAt,
    before: { price: 61_599.99, volume: 0.1, at: firedAt - 5, receivedAt: firedAt - 1, source: 'binance' },
    after: { price: 61_600.01, at: firedAt, receivedAt: firedAt + 1, source: 'binance' },
    leaves: [{ text: alert.condition, before: 61_599.99, after: 61_600.01, holds: true }],
    gap: null,
    ...more,
  };
}

export const fired = (trigger: Trigger): Effect => ({ kind: 'trigger', trigger });
export const became = (
  alert: Alert,
  status: Alert['status'],
  epoch: number,
  at = T0 + epoch * 1000,
  version = alert.version,
): Effect => ({ kind: 'alert-state', alertId: alert.id, version, status, epoch, at });

export function sampleChannel(userId: UserId, more: Partial<Channel> = {}): Channel {
  return {
    id: randomUUID() as ChannelId,
    userId,
    kind: 'webhook',
    name: 'Ops',
    settings: { url: 'https://example.org/hook', secret: 'v1.sealed' },
    enabled: true,
    fallbackOrder: null,
    lastResult: null,
    createdAt: T0,
    ...more,
  };
}

export function sampleInstrument(more: Partial<Instrument> = {}): Instrument {
  return {
    symbol: newSymbol(),
    name: 'Bitcoin / Tether',
    kind: 'crypto',
    currency: 'USDT',
    calendar: '24/7',
    aliases: [],
    providers: { binance: 'btcusdt' },
    decimals: 2,
    staleAfterMs: 60_000,
    blindAfterMs: 300_000,
    ownerId: null,
    ...more,
  };
}

export function sampleTick(symbol: InstrumentSymbol, at: number, price: number, more: Partial<Tick> = {}): Tick {
  return { symbol, price, at, receivedAt: at + 20, source: 'binance', ...more };
}

export function sampleWatchlist(userId: UserId, more: Partial<Watchlist> = {}): Watchlist {
  const id = randomUUID() as WatchlistId;
  const symbols = ['ETH-USDT', 'BTC-USDT', '^GSPC'] as InstrumentSymbol[];
  return { id, userId, name: `List ${id}`, symbols, version: 1, createdAt: T0, updatedAt: T0, ...more };
}
