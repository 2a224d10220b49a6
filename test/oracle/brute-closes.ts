/**
 * An alert that is judged at the closes of bars: which bar is at hand, and what is seen at its close. Part of the
 * evaluator by brute force.
 */

import type { Gap } from '#domain/alert/trigger.ts';
import { openTime } from '#domain/calendar/session.ts';
import type { Leaf } from '#domain/condition/tree.ts';
import { type BarSize, type BarSpan, barSizeOf } from '#domain/signal/bar/bar.ts';
import { barSpanAt } from '#domain/signal/bar/bar-span.ts';
import { isEvent, type Known, leavesOf, type Sight } from './brute-truth.ts';
import { measureOf, type View, valueFor, type Watched } from './brute-values.ts';

/** The bar of the last tick of its own instrument, for an alert that is judged at closes. */
export function barOf(view: View, { rule }: Watched): BarSpan | null {
  const { ownAt } = view;
  if (rule.condition.kind !== 'confirmed' || rule.condition.by.kind !== 'close' || ownAt === null) return null;
  const size = barSizeOf(rule.condition.by.barMs) as BarSize;
  const of = view.calendar === rule.calendar ? 'regular' : 'all';
  return barSpanAt(size, { calendar: rule.calendar, hours: of }, ownAt);
}

/** When the bar of the last tick closes, if that is news to the alert; Infinity otherwise. */
export function closeDue(view: View, alert: Watched): number {
  const until = barOf(view, alert)?.until ?? Number.POSITIVE_INFINITY;
  return alert.close === null || until <= alert.close.until ? Number.POSITIVE_INFINITY : until;
}

/** What an alert sees at the close of the bar of the last tick, and the gap before it. */
export function closeSight(
  view: View,
  alert: Watched,
  until: number,
): { readonly sight: Sight; readonly gap: Gap | null } {
  const { rule } = alert;
  const bar = barOf(view, alert) as BarSpan;
  const last = view.ownAt as number;
  const before = alert.close;
  if (before === null) throw new Error('an alert waits for a close without having been armed');
  const isOfDays =
    rule.condition.kind === 'confirmed' && rule.condition.by.kind === 'close' && rule.condition.by.barMs >= 86_400_000;
  const missing = isOfDays
    ? openTime(view.calendar, before.until, bar.at, rule.staleAfterMs + 1)
    : bar.at - before.until;
  const isGap = missing > rule.staleAfterMs && before.seenAt !== null;
  const gap = isGap ? { from: before.seenAt as number, to: last } : null;
  const now = (leaf: Leaf): Known => valueAt(view, alert, leaf, until);
  const sight: Sight = {
    now,
    before: (leaf) => before.values.get(leaf) ?? null,
    eventsCount: !(isGap && rule.gap === 'skip'),
  };
  return { sight, gap };
}

/** The close that the next one is compared with. */
export function noteClose(view: View, alert: Watched, until: number): void {
  const events = leavesOf(alert.rule.condition).filter(isEvent);
  const values = new Map(events.map((leaf) => [leaf, view.lastFresh(measureOf(leaf))]));
  alert.close = { until, seenAt: view.ownAt, values };
}

/** Between ticks, on the last values. */
export function valueAt(view: View, alert: Watched, leaf: Leaf, at: number): Known {
  return valueFor(view, alert, leaf, view.seenAt, at, (measure) => view.look(measure, at));
}
