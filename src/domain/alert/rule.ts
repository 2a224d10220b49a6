/**
 * The rule the engine runs for an alert on one instrument, or for one member of an alert over a watchlist: the alert's
 * policy with its condition as a tree, and the instrument's hours.
 */
import { otherSignalsOf, withSymbols } from '../condition/elsewhere.ts';
import { parseCondition } from '../condition/parser.ts';
import type { Condition } from '../condition/tree.ts';
import type { OtherInstrument, Rule } from '../engine/event.ts';
import type { Instrument, InstrumentSymbol } from '../market/instrument.ts';
import type { Alert } from './alert.ts';

/** The tree of a condition that was saved; that it does not parse is a bug. */
export function savedCondition({ id, condition }: Pick<Alert, 'id' | 'condition'>): Condition {
  const parsed = parseCondition(condition);
  if (!parsed.ok) throw new Error(`the saved condition of alert ${id} does not parse: ${condition}`);
  return parsed.condition;
}

/** The symbols of the instruments that a saved condition looks at on this one, in order; on a list (null) all it names. */
export function othersIn(condition: Condition, own: InstrumentSymbol | null): readonly InstrumentSymbol[] {
  const named = new Set(otherSignalsOf(condition).map(({ symbol }) => symbol as InstrumentSymbol));
  return [...named].filter((symbol) => symbol !== own).sort();
}

/** What a condition over a list says of one member: its own price needs no name, also where it is named. */
export function conditionOn(condition: Condition, own: InstrumentSymbol): Condition {
  return withSymbols(condition, (symbol) => (symbol === own ? null : symbol));
}

/** For a member, `alert` has the id of the member's rule. */
export function ruleOf(
  alert: Alert,
  condition: Condition,
  { symbol, calendar, staleAfterMs }: Pick<Instrument, 'symbol' | 'calendar' | 'staleAfterMs'>,
  others: readonly OtherInstrument[] = [],
): Rule {
  const { id: alertId, version, frequency, cooldownMs, expiresAt, session, gap, status } = alert;
  const { rearm = null, remindEveryMs = null, barMs = null } = alert;
  return {
    ...{ alertId, version, symbol, condition, frequency, cooldownMs, expiresAt, session, gap },
    ...{ rearm, remindEveryMs, barMs },
    paused: status === 'paused',
    calendar,
    staleAfterMs,
    ...(others.length === 0 ? {} : { others }),
  };
}
