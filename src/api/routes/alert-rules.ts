/**
 * What a change of an alert is for the evaluator: one rule, or one for each member of its watchlist, which the store makes.
 */
import type { EachMember, RuleChange } from '#contracts/store/alerts.ts';
import type { Alert } from '#domain/alert/alert.ts';
import { ruleOf } from '#domain/alert/rule.ts';
import type { Condition } from '#domain/condition/tree.ts';
import type { Instrument } from '#domain/market/instrument.ts';
import type { ApiDeps } from '../deps.ts';
import { findInstrument, othersOf } from './subject.ts';

/** `others`: the instruments that it looks at beside its own. */
export async function rulesOf(
  deps: ApiDeps,
  alert: Alert,
  condition: Condition,
  others: readonly Instrument[],
): Promise<RuleChange | EachMember> {
  const at = deps.marketTime();
  if (alert.symbol === null) return { kind: 'each-member', at };
  const instrument = await findInstrument(deps, alert.userId, alert.symbol);
  return { kind: 'put-rule', symbol: alert.symbol, rule: ruleOf(alert, condition, instrument, othersOf(others)), at };
}

/** The rules of a deleted alert: above every version there can be, for a change may be under way. */
export function noRules(deps: ApiDeps, { id: alertId, symbol }: Alert): RuleChange | EachMember {
  if (symbol === null) return { kind: 'each-member', at: deps.marketTime() };
  return { kind: 'remove-rule', symbol, alertId, version: Number.MAX_SAFE_INTEGER };
}

/** Told to the open pages, with what the store has made of its members. */
export async function announced(deps: ApiDeps, written: Alert): Promise<Alert> {
  const { userId, id } = written;
  const alert = written.watchlist === null ? written : ((await deps.store.alerts.get(userId, id)) ?? written);
  deps.announce([{ kind: 'alert', userId, alert }]);
  return alert;
}
