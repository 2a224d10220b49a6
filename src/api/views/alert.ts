/**
 * An alert as answers and the stream show it.
 */
import type { Explain } from '#contracts/explain.ts';
import { type Alert, type AlertId, DEFAULT_BAR_MS } from '#domain/alert/alert.ts';
import { printHysteresis } from '#domain/alert/hysteresis.ts';
import type { Member, MemberCounts } from '#domain/alert/member.ts';
import { conditionOn, savedCondition } from '#domain/alert/rule.ts';
import { sentenceFor } from '#domain/condition/sentence.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { barSizeOf } from '#domain/signal/bar/bar.ts';
import { printDuration } from '#domain/time/duration.ts';
import type { AlertMemberView, AlertView } from '../contract/alert.ts';
import type { AlertEventView } from '../contract/stream.ts';
import type { MarketBoard } from '../live/market-board.ts';
import { distanceViews, snapshotNow } from './distance.ts';

export function sentenceOf(condition: Condition, symbol: string, instrument: Instrument | undefined): string {
  return sentenceFor(condition, {
    symbol,
    ...(instrument === undefined ? {} : { name: instrument.name, currency: instrument.currency }),
  });
}

/** What it says of the instrument it watches, or of any one of its list's. */
function sentenceOfAlert({ symbol, watchlist }: Alert, condition: Condition, board: MarketBoard): string {
  if (symbol !== null) return sentenceOf(condition, symbol, board.instrument(symbol));
  return sentenceOver(condition, watchlist?.name ?? '');
}

export function sentenceOver(condition: Condition, watchlist: string): string {
  return sentenceFor(condition, { symbol: `an instrument of ${watchlist}` });
}

function countsView(counts: MemberCounts): NonNullable<AlertView['members']> {
  const all = { arming: 0, armed: 0, cooling: 0, paused: 0, done: 0, expired: 0, ...counts };
  return { total: Object.values(counts).reduce((sum, count) => sum + count, 0), ...all };
}

function plainAlert(alert: Alert, condition: Condition, board: MarketBoard) {
  const { id, symbol, watchlist, frequency, cooldownMs, expiresAt, session, gap, severity, message, channelIds } =
    alert;
  const { version, status, epoch, armedAt, lastTriggeredAt, createdAt, updatedAt } = alert;
  return {
    ...{ id, symbol, watchlist, frequency, expiresAt, session, gap, severity, message },
    ...{ version, status, epoch, armedAt, lastTriggeredAt, createdAt, updatedAt },
    condition: alert.condition,
    members: alert.members && countsView(alert.members),
    sentence: sentenceOfAlert(alert, condition, board),
    cooldown: printDuration(cooldownMs),
    rearm: alert.rearm ? printHysteresis(alert.rearm) : null,
    remindEvery: alert.remindEveryMs ? printDuration(alert.remindEveryMs) : null,
    bar: (frequency === 'once-per-bar' ? barSizeOf(alert.barMs ?? DEFAULT_BAR_MS) : undefined) ?? null,
    channels: [...channelIds],
  };
}

export function alertView(alert: Alert, board: MarketBoard, explain: Explain): AlertView {
  const condition = savedCondition(alert);
  const plain = plainAlert(alert, condition, board);
  if (alert.symbol === null) return { ...plain, coverage: null, distance: null };
  return { ...plain, ...watchedNow(alert.id, alert.symbol, condition, board, explain) };
}

export function memberView(
  member: Member,
  condition: Condition,
  board: MarketBoard,
  explain: Explain,
): AlertMemberView {
  const { id, symbol, status, epoch, armedAt, lastTriggeredAt } = member;
  return {
    ...{ symbol, status, epoch, armedAt, lastTriggeredAt },
    ...watchedNow(id, symbol, condition, board, explain),
  };
}

/** How well the instrument of a rule is watched, and how far the rule is from firing. */
function watchedNow(
  ruleId: AlertId,
  symbol: InstrumentSymbol,
  condition: Condition,
  board: MarketBoard,
  explain: Explain,
): Pick<AlertMemberView, 'coverage' | 'distance'> {
  const instrument = board.instrument(symbol);
  const snapshot = snapshotNow(board.tick(symbol), explain.of(symbol, ruleId));
  return {
    coverage: instrument === undefined ? 'none' : board.coverage(instrument),
    distance: distanceViews(conditionOn(condition, symbol), snapshot, instrument?.decimals ?? 0).distance,
  };
}

export function alertEvent(alert: Alert, isDeleted: boolean, board: MarketBoard): AlertEventView {
  if (isDeleted) return { id: alert.id, deleted: true };
  return plainAlert(alert, savedCondition(alert), board);
}
