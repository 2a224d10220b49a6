/**
 * The simulated user: does what the script says, and where the answer is lost looks what became of it before going on,
 * as a person (or a client with an idempotency key) would.
 */
import type { RuleChange } from '#contracts/store/alerts.ts';
import type { Store } from '#contracts/store/store.ts';
import type { Alert, AlertId, ChannelId, UserId, WatchlistId } from '#domain/alert/alert.ts';
import { ruleOf } from '#domain/alert/rule.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import { type Deed, FIRST_MEMBERS, INSTRUMENTS, START_AT } from './script.ts';

export const USER = 'simulated-user' as UserId;
export const CHANNEL = 'simulated-channel' as ChannelId;
const MANY = 1_000;

export const alertIdOf = (number: number): AlertId => `alert-${number}` as AlertId;

function compile(text: string) {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(`${text}: ${compiled.problems.map(({ message }) => message).join(' ')}`);
  return compiled;
}

const EACH = { kind: 'each-member', at: START_AT, maxMembers: MANY } as const;

function ruleChange(alert: Alert): RuleChange | typeof EACH {
  const instrument = INSTRUMENTS.find(({ symbol }) => symbol === alert.symbol);
  if (instrument === undefined) return EACH;
  const { condition, others: named } = compile(alert.condition);
  const others = INSTRUMENTS.filter(({ symbol }) => named.some((other) => other.symbol === symbol)).map(
    ({ symbol, calendar, staleAfterMs }) => ({ symbol, calendar, staleAfterMs }),
  );
  return {
    kind: 'put-rule',
    symbol: instrument.symbol,
    rule: ruleOf(alert, condition, instrument, others),
  };
}

/** The list as it is before the script begins. */
export const WATCHLIST: Watchlist = {
  ...{ id: 'simulated-list' as WatchlistId, userId: USER, name: 'Trees', symbols: FIRST_MEMBERS },
  ...{ version: 1, createdAt: START_AT, updatedAt: START_AT },
};

async function editList(store: Store, symbols: readonly InstrumentSymbol[], version: number): Promise<void> {
  const before = await store.watchlists.get(USER, WATCHLIST.id);
  if (before === undefined || before.version >= version) return;
  await store.watchlists.update({ ...before, symbols, version }, EACH);
}

/** Does it, if it is not done already; `version` is the one the alert has after it. */
export async function perform(store: Store, deed: Deed, version: number): Promise<void> {
  if (deed.kind === 'list') return editList(store, deed.symbols, version);
  const id = alertIdOf(deed.alert);
  if (deed.kind === 'create') {
    if ((await store.alerts.getMany([id])).length > 0) return;
    const { symbol, condition, frequency, cooldownMs, gap, expiresAfterMs } = deed.wish;
    const alert: Alert = {
      ...{ id, userId: USER, symbol, condition: compile(condition).canonical, frequency, cooldownMs, gap, version },
      expiresAt: expiresAfterMs === null ? null : START_AT + expiresAfterMs,
      session: 'all',
      message: null,
      severity: 'normal',
      channelIds: [CHANNEL],
      status: 'arming',
      epoch: 0,
      armedAt: null,
      watchlist: symbol === null ? { id: WATCHLIST.id, name: WATCHLIST.name } : null,
      members: null,
      lastTriggeredAt: null,
      createdAt: START_AT,
      updatedAt: START_AT,
    };
    await store.alerts.create(alert, ruleChange(alert), MANY);
    return;
  }
  const before = await store.alerts.get(USER, id);
  if (before === undefined || before.version >= version) return;
  if (deed.kind === 'remove') {
    const { symbol } = before;
    const gone = symbol === null ? EACH : ({ kind: 'remove-rule', symbol, alertId: id, version } as const);
    await store.alerts.remove(USER, id, gone);
    return;
  }
  const alert: Alert = {
    ...before,
    version,
    condition: deed.kind === 'edit' ? compile(deed.condition).canonical : before.condition,
    status: deed.kind === 'pause' ? 'paused' : 'arming',
  };
  await store.alerts.update(alert, ruleChange(alert));
}
