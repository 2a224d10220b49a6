/**
 * What an alert would be if it were armed now: asked of the engine itself, with the newest prices and the past that the
 * rule brings, so that what is said before saving is what happens after.
 */
import type { AlertId } from '../alert/alert.ts';
import type { Explanation } from '../alert/explanation.ts';
import type { Condition } from '../condition/tree.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { Engine } from './engine.ts';
import type { OtherInstrument, PutRule } from './event.ts';

const TRIED = 'tried' as AlertId;
const HOUR_MS = 3_600_000;

/** The change that arms such an alert at market time `at`. It repeats, so that there is something to see of one that fires. */
export function previewRule(
  condition: Condition,
  { symbol, calendar, staleAfterMs }: Pick<Instrument, 'symbol' | 'calendar' | 'staleAfterMs'>,
  others: readonly OtherInstrument[],
  session: 'regular' | 'all',
  at: number,
): PutRule {
  const policy = { frequency: 'repeat', cooldownMs: HOUR_MS, expiresAt: null, session, gap: 'fire' } as const;
  const more = { rearm: null, remindEveryMs: null, barMs: null, paused: false };
  const rule = { alertId: TRIED, version: 1, symbol, condition, calendar, staleAfterMs, ...policy, ...more };
  return { kind: 'put-rule', symbol, at, rule: { ...rule, ...(others.length === 0 ? {} : { others }) } };
}

/** `ticks` are the newest of each instrument that the rule looks at; undefined before the first of its own hours. */
export function preview(change: PutRule, ticks: readonly Tick[], at: number): Explanation | undefined {
  const engine = new Engine();
  for (const tick of ticks.toSorted((one, other) => one.at - other.at)) engine.apply({ kind: 'tick', tick }, []);
  engine.apply({ kind: 'clock', at }, []);
  engine.apply(change, []);
  return engine.explain(change.symbol, TRIED, at);
}
