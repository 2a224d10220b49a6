/**
 * The rule the engine runs for an alert: the alert's policy with its condition as a tree and its instrument's hours.
 */
import type { Condition } from '../condition/tree.ts';
import type { Rule } from '../engine/event.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Alert } from './alert.ts';

export function ruleOf(
  alert: Alert,
  condition: Condition,
  { calendar, staleAfterMs }: Pick<Instrument, 'calendar' | 'staleAfterMs'>,
): Rule {
  const { id: alertId, version, symbol, frequency, cooldownMs, expiresAt, session, gap, status } = alert;
  const { rearm = null, remindEveryMs = null, barMs = null } = alert;
  return {
    ...{ alertId, version, symbol, condition, frequency, cooldownMs, expiresAt, session, gap },
    ...{ rearm, remindEveryMs, barMs },
    paused: status === 'paused',
    calendar,
    staleAfterMs,
  };
}
