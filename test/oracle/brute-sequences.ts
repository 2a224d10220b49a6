/**
 * One thing after another, straight from the text: part of the evaluator by brute force.
 */
import type { Condition } from '#domain/condition/tree.ts';
import { type Sight, thensOf, truth } from './brute-truth.ts';
import type { Watched } from './brute-values.ts';

/**
 * A look at an armed alert: those of which the second part has come. Between ticks (`isTick` false) only what comes true
 * then counts, not what goes on.
 */
export function look(
  alert: Watched,
  at: number,
  sight: Sight,
  isTick: boolean,
  mayLast = true,
): ReadonlySet<Condition> {
  const follows = new Set<Condition>();
  const now: Sight = { ...sight, follows };
  const atRest: Sight = { now: sight.now, before: null, eventsCount: false };
  for (const then of thensOf(alert.rule.condition)) {
    const known = alert.firsts.get(then);
    if (truth(then.first, now) === true) {
      const goesOn = !isTick && known?.lasts === true;
      const lasts = mayLast && truth(then.first, atRest) === true;
      alert.firsts.set(then, { at: goesOn ? known.at : at, lasts });
    } else if (known !== undefined) {
      const isInTime = at - known.at <= then.withinMs;
      const comes = isInTime && truth(then.second, now) === true;
      if (comes) follows.add(then);
      if (comes || !isInTime) alert.firsts.delete(then);
      else alert.firsts.set(then, { at: known.at, lasts: false });
    }
  }
  return follows;
}

/** What holds when the alert is armed has been true then. */
export function lookWhenArmed(alert: Watched, at: number, sight: Sight, counts: boolean): void {
  alert.firsts.clear();
  for (const then of thensOf(alert.rule.condition)) {
    if (truth(then.first, sight) !== true) continue;
    if (counts) alert.firsts.set(then, { at, lasts: true });
    else alert.waits = true;
  }
}

/** A second part holds already after its first: it follows at the next tick, whatever happens in between. */
export function followsNext(alert: Watched, sight: Sight): boolean {
  return thensOf(alert.rule.condition).some((then) => {
    const known = alert.firsts.get(then);
    return known !== undefined && !known.lasts && truth(then.second, sight) === true;
  });
}
