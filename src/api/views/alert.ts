/**
 * An alert as answers and the stream show it.
 */
import type { Explain } from '#contracts/explain.ts';
import { type Alert, DEFAULT_BAR_MS } from '#domain/alert/alert.ts';
import { printHysteresis } from '#domain/alert/hysteresis.ts';
import { parseCondition } from '#domain/condition/parser.ts';
import { sentenceFor } from '#domain/condition/sentence.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Instrument } from '#domain/market/instrument.ts';
import { barSizeOf } from '#domain/signal/bar/bar.ts';
import { printDuration } from '#domain/time/duration.ts';
import type { AlertView } from '../contract/alert.ts';
import type { AlertEventView } from '../contract/stream.ts';
import type { MarketBoard } from '../live/market-board.ts';
import { distanceViews, snapshotNow } from './distance.ts';

/** The tree of a condition that was saved; that it does not parse is a bug. */
export function savedCondition({ id, condition }: Pick<Alert, 'id' | 'condition'>): Condition {
  const parsed = parseCondition(condition);
  if (!parsed.ok) throw new Error(`the saved condition of alert ${id} does not parse: ${condition}`);
  return parsed.condition;
}

export function sentenceOf(condition: Condition, symbol: string, instrument: Instrument | undefined): string {
  return sentenceFor(condition, {
    symbol,
    ...(instrument === undefined ? {} : { name: instrument.name, currency: instrument.currency }),
  });
}

function plainAlert(alert: Alert, condition: Condition, board: MarketBoard) {
  const { id, symbol, frequency, cooldownMs, expiresAt, session, gap, severity, message, channelIds } = alert;
  const { version, status, epoch, armedAt, lastTriggeredAt, createdAt, updatedAt } = alert;
  return {
    ...{ id, symbol, frequency, expiresAt, session, gap, severity, message },
    ...{ version, status, epoch, armedAt, lastTriggeredAt, createdAt, updatedAt },
    condition: alert.condition,
    sentence: sentenceOf(condition, symbol, board.instrument(symbol)),
    cooldown: printDuration(cooldownMs),
    rearm: alert.rearm ? printHysteresis(alert.rearm) : null,
    remindEvery: alert.remindEveryMs ? printDuration(alert.remindEveryMs) : null,
    bar: (frequency === 'once-per-bar' ? barSizeOf(alert.barMs ?? DEFAULT_BAR_MS) : undefined) ?? null,
    channels: [...channelIds],
  };
}

export function alertView(alert: Alert, board: MarketBoard, explain: Explain): AlertView {
  const condition = savedCondition(alert);
  const instrument = board.instrument(alert.symbol);
  const snapshot = snapshotNow(board.tick(alert.symbol), explain.of(alert.symbol, alert.id));
  return {
    ...plainAlert(alert, condition, board),
    coverage: instrument === undefined ? 'none' : board.coverage(instrument),
    distance: distanceViews(condition, snapshot, instrument?.decimals ?? 0).distance,
  };
}

export function alertEvent(alert: Alert, isDeleted: boolean, board: MarketBoard): AlertEventView {
  if (isDeleted) return { id: alert.id, deleted: true };
  return plainAlert(alert, savedCondition(alert), board);
}
