/**
 * One canary: an instrument and an alert of the program's own, in one partition of the bus. It is a user's in all but
 * name: the instrument is private, and its symbol is none that anybody can write.
 */
import type { RuleChange } from '#contracts/store/alerts.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { Alert, AlertId, ChannelId, UserId } from '#domain/alert/alert.ts';
import { ruleOf, savedCondition } from '#domain/alert/rule.ts';
import { type Instrument, type InstrumentSymbol, internalSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';

export const CANARY_USER = 'tocsin canary' as UserId;
const CHANNEL = 'canary' as ChannelId;
/** Each crossing goes up from here; small steps, so that no check takes them for mistakes. */
const LOW = 100;
const LEVEL = 100.5;
const HIGH = 101;
/** So many beats can be told apart by their price. */
const BEATS = 1_000;

export interface Lane {
  readonly symbol: InstrumentSymbol;
  readonly alertId: AlertId;
}

/** One for each partition: an evaluator that stands still is found whatever it evaluates. */
export function lanesFor(partitions: number, partitionOf: (symbol: InstrumentSymbol) => number): readonly Lane[] {
  const byPartition = new Map<number, Lane>();
  for (let number = 0; byPartition.size < partitions; number += 1) {
    const symbol = internalSymbol(`CANARY-${number}`);
    const partition = partitionOf(symbol);
    if (!byPartition.has(partition)) byPartition.set(partition, { symbol, alertId: `canary-${number}` as AlertId });
  }
  return [...byPartition.values()];
}

export function channelOf(now: number): Channel {
  return {
    ...{ id: CHANNEL, userId: CANARY_USER, kind: 'canary', name: 'canary', settings: {}, enabled: true },
    ...{ fallbackOrder: null, lastResult: null, createdAt: now },
  };
}

export function instrumentOf({ symbol }: Lane, everyMs: number): Instrument {
  return {
    ...{ symbol, name: symbol, kind: 'custom', currency: '', calendar: '24/7', aliases: [], providers: {} },
    ...{ decimals: 2, staleAfterMs: everyMs * 3, blindAfterMs: everyMs * 10, ownerId: CANARY_USER },
  };
}

export function alertOf({ symbol, alertId }: Lane, now: number): Alert {
  return {
    ...{ id: alertId, userId: CANARY_USER, symbol, watchlist: null, members: null },
    ...{ condition: `price crosses above ${LEVEL}`, message: null, severity: 'normal', channelIds: [CHANNEL] },
    ...{ frequency: 'repeat', cooldownMs: 0, expiresAt: null, session: 'all', gap: 'fire' },
    ...{ version: 1, status: 'arming', epoch: 0, armedAt: null, lastTriggeredAt: null, createdAt: now, updatedAt: now },
  };
}

export function changeOf(alert: Alert, instrument: Instrument, at: number): RuleChange {
  const rule = ruleOf(alert, savedCondition(alert), instrument);
  return { kind: 'put-rule', symbol: instrument.symbol, rule, at };
}

/** The prices of a beat: below the level, then above it, at a price that is this beat's own. */
export function ticksOf({ symbol }: Lane, beat: number, at: number): readonly [Tick, Tick] {
  const tick = (price: number): Tick => ({ symbol, price, at, receivedAt: at, source: 'push' });
  return [tick(LOW), tick(HIGH + (beat % BEATS) / BEATS)];
}
