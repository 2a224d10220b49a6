/**
 * The life of each alert, straight from semantics.md and docs/meaning.md: part of the evaluator by brute force. Where an
 * alert lives and what it sees there is not its affair.
 */
import type { Gap, TriggerId } from '#domain/alert/trigger.ts';
import { afterOpenTime, sessionAt } from '#domain/calendar/session.ts';
import { isLevel } from '#domain/condition/leaves.ts';
import { printCondition, printLeaf, printSignal } from '#domain/condition/printer.ts';
import type { Leaf, Signal } from '#domain/condition/tree.ts';
import type { Effect, Rule } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { barSizeOf } from '#domain/signal/bar/bar.ts';
import { barSpanAt } from '#domain/signal/bar/bar-span.ts';
import { closeDue, closeSight, noteClose } from './brute-closes.ts';
import { instrumentsOf, Joint } from './brute-joint.ts';
import { followsNext, look, lookWhenArmed } from './brute-sequences.ts';
import { isEvent, type Known, leavesOf, lingers, type Sight, thensOf, truth } from './brute-truth.ts';
import {
  follow,
  fullAt,
  type Hold,
  isKnownAt,
  isOfCloses,
  measureOf,
  silenceDue,
  type View,
  valueFor,
  type Watched,
} from './brute-values.ts';

/** By alert, before a tick: the values its leaves look at, both sides where they compare two, the last tick. */
export type Before = Map<
  Watched,
  {
    readonly leaves: ReadonlyMap<Leaf, Known>;
    readonly sides: ReadonlyMap<Signal, Known>;
    readonly own: Tick | null;
  }
>;

interface Seen extends Sight {
  readonly side: (side: Signal) => { readonly before: Known; readonly after: Known };
  /** The tick of its own instrument before. */
  readonly own: Tick | null;
}

/** Where an alert lives: with its instrument, or with those that look at the same instruments. */
export interface Place {
  readonly alerts: Map<string, Watched>;
  readonly newest: number;
  view(rule: Rule): View;
  /** An alert has come or gone. */
  tidy(): void;
}

/** What of a step is for one alert to know: since when nothing was seen of the instrument that ticked. */
export function judge(
  place: Place,
  alert: Watched,
  step: {
    readonly at: number;
    readonly from: number | undefined;
    readonly wasBroken: boolean;
    readonly staleAfterMs: number | null;
  },
  befores: Before,
  out: Effect[],
): void {
  const view = place.view(alert.rule);
  const { seenAt } = view;
  const { at, from, wasBroken, staleAfterMs } = step;
  follow(alert, (measure) => view.look(measure, seenAt));
  alert.judgedAt = seenAt;
  alert.waits = false;
  if (isOfCloses(alert.rule)) return;
  const isGap = from !== undefined && (wasBroken || at - from > (staleAfterMs ?? alert.rule.staleAfterMs));
  if (alert.status === 'armed') {
    const before = befores.get(alert);
    const sight: Seen = {
      now: (leaf) => valueFor(view, alert, leaf, seenAt, seenAt, (measure) => view.look(measure, seenAt)),
      before: (leaf) => before?.leaves.get(leaf) ?? null,
      eventsCount: !(isGap && alert.rule.gap === 'skip'),
      side: (side) => ({ before: before?.sides.get(side) ?? null, after: view.look(side, seenAt) }),
      own: before?.own ?? null,
    };
    judgeArmed(place, alert, seenAt, sight, isGap && from !== undefined ? { from, to: at } : null, out);
  } else if (alert.status === 'cooling' && !alert.wasFalse && isFalseAgain(place, alert, seenAt)) {
    alert.wasFalse = true;
    alert.remindAt = null;
    if (alert.cooldownUntil === null) arm(place, alert, seenAt, out);
  } else if (alert.status === 'cooling' && alert.remindAt === 'overdue') remind(place, alert, seenAt, out);
}

/** An armed alert at a tick. */
function judgeArmed(place: Place, alert: Watched, at: number, seenNow: Seen, gap: Gap | null, out: Effect[]): void {
  const { condition } = alert.rule;
  const sight: Seen = { ...seenNow, follows: look(alert, at, seenNow, true) };
  alert.waits = followsNext(alert, restingSight(place, alert, at));
  if (condition.kind !== 'confirmed') {
    if (truth(condition, sight) === true) fire(place, alert, at, sight, gap, out);
    return;
  }
  const isDistrusted = gap !== null && alert.rule.gap === 'skip';
  if (alert.hold !== null && truth(condition, { ...sight, happened: alert.hold.happened }) === true) {
    const { hold } = alert;
    hold.ticks = isDistrusted ? 1 : hold.ticks + 1;
    if (isDistrusted) hold.since = at;
    for (const part of [...leavesOf(condition), ...thensOf(condition)])
      if (hold.happened.has(part) && truth(part, { ...sight, happened: hold.happened }) !== true)
        hold.happened.delete(part);
  } else {
    alert.hold = null;
    if (truth(condition, sight) !== true) return;
    alert.hold = { since: at, ticks: 1, happened: new Map(), gap, isOverdue: false };
  }
  const { hold } = alert;
  for (const leaf of leavesOf(condition).filter(isEvent))
    if (!hold.happened.has(leaf) && truth(leaf, sight) === true)
      hold.happened.set(leaf, sight.before?.(leaf) as number);
  for (const then of sight.follows ?? []) hold.happened.set(then, at);
  const { by } = condition;
  const { calendar } = place.view(alert.rule);
  const isOver = by.kind === 'time' && afterOpenTime(calendar, hold.since, by.ms) <= at;
  const isFull = by.kind === 'ticks' ? hold.ticks >= by.count : isOver;
  hold.isOverdue &&= !isDistrusted;
  if (isFull) fire(place, alert, at, { ...sight, happened: hold.happened }, gap ?? hold.gap, out);
}

/** The bar of the last tick is over. */
function judgeClose(place: Place, alert: Watched, until: number, out: Effect[]): void {
  const { rule } = alert;
  const view = place.view(rule);
  const { sight, gap } = closeSight(view, alert, until);
  if (alert.status === 'armed') {
    const seen = { ...restingSight(place, alert, until), ...sight };
    const follows = look(alert, until, sight, true, false);
    if (truth(rule.condition, { ...sight, follows }) === true) fire(place, alert, until, seen, gap, out, true);
  } else if (alert.status === 'cooling' && !alert.wasFalse) {
    if (isFalseAgain(place, alert, until)) {
      alert.wasFalse = true;
      alert.remindAt = null;
      if (alert.cooldownUntil === null) arm(place, alert, until, out);
    } else if (alert.remindAt === 'overdue') remind(place, alert, until, out);
  }
  noteClose(view, alert, until);
}

/** It is true between ticks: confirmed at once, or from now on to be. */
function comeTrue(
  place: Place,
  alert: Watched,
  at: number,
  isConfirmed: boolean,
  out: Effect[],
  follows: Sight['follows'] = new Set(),
): void {
  const happened = new Map([...follows].map((then) => [then, at]));
  if (!isConfirmed && alert.rule.condition.kind === 'confirmed')
    alert.hold = { since: at, ticks: 0, happened, gap: null, isOverdue: false };
  else fire(place, alert, at, restingSight(place, alert, at), null, out, false, isConfirmed);
}

/** It has held for long enough; an old price, or one after which the source lost sight, does not decide. */
function confirm(place: Place, alert: Watched, hold: Hold, at: number, out: Effect[]): void {
  const view = place.view(alert.rule);
  const waitsForSilence = leavesOf(alert.rule.condition).some(({ kind }) => kind === 'no-data');
  const isBlind = view.isBlindAt(at) && !waitsForSilence;
  const sight = { ...restingSight(place, alert, at), happened: hold.happened };
  const isKnown = isKnownAt(view, alert.rule, at) && truth(alert.rule.condition, sight) === true;
  if (isBlind || !isKnown) hold.isOverdue = true;
  else fire(place, alert, at, sight, hold.gap, out);
}

export function pass(place: Place, at: number, out: Effect[]): void {
  for (const alert of place.alerts.values()) {
    for (;;) {
      if (alert.status === 'done' || alert.status === 'expired') break;
      const view = place.view(alert.rule);
      const expiry = alert.rule.expiresAt ?? Number.POSITIVE_INFINITY;
      const cooldown = alert.cooldownUntil ?? Number.POSITIVE_INFINITY;
      const reminder = typeof alert.remindAt === 'number' ? alert.remindAt : Number.POSITIVE_INFINITY;
      const silence = silenceDue(view, alert);
      const full = fullAt(view, alert);
      const close = closeDue(view, alert);
      const due = Math.min(expiry, full, silence, cooldown, reminder, close);
      if (due > at) break;
      if (expiry === due) become(place, alert, 'expired', expiry, out);
      else if (silence === due) lookAgain(place, alert, due, out);
      else if (full === due) confirm(place, alert, alert.hold as Hold, due, out);
      else if (cooldown > due && reminder > due) judgeClose(place, alert, due, out);
      else if (cooldown > due) {
        const isOpen = view.calendar === '24/7' || sessionAt(view.calendar, due).open;
        if (isOpen && isKnownAt(view, alert.rule, due) && !isOfCloses(alert.rule)) remind(place, alert, due, out);
        else alert.remindAt = 'overdue';
      } else {
        alert.cooldownUntil = null;
        if (alert.rule.frequency === 'once-per-bar') {
          // It holds already: the first tick of the new bar decides.
          arm(place, alert, cooldown, out, 'next tick');
        } else if (alert.wasFalse) arm(place, alert, cooldown, out);
      }
    }
  }
}

/** Something has become known without a tick: that by itself may make a condition true, or false. */
export function lookAgain(place: Place, alert: Watched, at: number, out: Effect[]): void {
  alert.judgedAt = at;
  if (isOfCloses(alert.rule)) return;
  if (alert.status === 'armed') {
    const { condition } = alert.rule;
    const rest = restingSight(place, alert, at);
    const isKnown = isKnownAt(place.view(alert.rule), alert.rule, at);
    const hasThens = thensOf(condition).length > 0;
    if (hasThens && (alert.waits || alert.hold?.isOverdue)) return;
    const looks = hasThens && (isKnown || alert.hold !== null);
    const sight: Seen = looks ? { ...rest, follows: look(alert, at, rest, false) } : rest;
    if (looks) alert.waits = followsNext(alert, rest);
    if (alert.hold !== null && truth(condition, { ...sight, happened: alert.hold.happened }) === true) return;
    alert.hold = null;
    if ((alert.waits && !looks) || truth(condition, sight) !== true) return;
    if (!isKnown) alert.waits = true;
    else comeTrue(place, alert, at, false, out, sight.follows);
  } else if (alert.status === 'cooling' && !alert.wasFalse && isFalseAgain(place, alert, at)) {
    alert.wasFalse = true;
    alert.remindAt = null;
    if (alert.cooldownUntil === null) arm(place, alert, at, out);
  }
}

/** Once more where it holds; later where it does not, though it has not gone back as far as it must. */
function remind(place: Place, alert: Watched, at: number, out: Effect[]): void {
  const holds = resting(place, alert, at);
  if (holds === true) arm(place, alert, at, out, 'confirmed');
  else alert.remindAt = holds === null ? 'overdue' : at + (alert.rule.remindEveryMs ?? 0);
}

/** Its condition is false or, with a hysteresis, has been left by that much. */
function isFalseAgain(place: Place, alert: Watched, at: number): boolean {
  const { condition, rearm } = alert.rule;
  const sight = restingSight(place, alert, at);
  const { frequency } = alert.rule;
  if (!rearm || frequency !== 'repeat') return truth(condition, sight) === false;
  return lingers(condition, sight, rearm, true) === false;
}

export function arm(
  place: Place,
  alert: Watched,
  at: number,
  out: Effect[],
  start: 'now' | 'next tick' | 'confirmed' = 'now',
): void {
  alert.epoch += 1;
  alert.wasFalse = false;
  alert.cooldownUntil = null;
  alert.remindAt = null;
  alert.extremes.clear();
  alert.hold = null;
  become(place, alert, 'armed', at, out);
  follow(alert, (measure) => place.view(alert.rule).lastFresh(measure));
  alert.judgedAt = at;
  const holds = resting(place, alert, at) === true;
  const waitsForClose = isOfCloses(alert.rule);
  if (waitsForClose && alert.close === null) noteClose(place.view(alert.rule), alert, at);
  const isKnown = start !== 'next tick' && isKnownAt(place.view(alert.rule), alert.rule, at);
  const counts = waitsForClose ? start === 'confirmed' : isKnown;
  alert.waits = holds && !counts && !waitsForClose;
  lookWhenArmed(alert, at, restingSight(place, alert, at), counts);
  if (holds && counts) comeTrue(place, alert, at, start === 'confirmed', out);
}

function fire(
  place: Place,
  alert: Watched,
  at: number,
  sight: Seen,
  gap: Gap | null,
  out: Effect[],
  isClose = false,
  isReminder = false,
): void {
  const { rule, epoch } = alert;
  alert.hold = null;
  const view = place.view(rule);
  const { ticks } = view;
  const leaves = leavesOf(rule.condition).map((leaf) => ({
    text: printLeaf(leaf),
    before: sight.before?.(leaf) ?? null,
    after: sight.now(leaf),
    holds: truth(leaf, { ...sight, eventsCount: sight.before !== null }) === true,
    ...(sidesOf(leaf).length === 0
      ? {}
      : { sides: sidesOf(leaf).map((side) => ({ text: printSignal(side), ...sight.side(side) })) }),
    ...(place instanceof Joint ? othersIn(place, leaf, sight.before !== null && !isClose) : {}),
  }));

  out.push({
    kind: 'trigger',
    trigger: {
      id: `${rule.alertId}.${epoch}` as TriggerId,
      alertId: rule.alertId,
      alertVersion: rule.version,
      epoch,
      symbol: rule.symbol,
      condition: printCondition(rule.condition),
      firedAt: at,
      before: sight.own === null ? null : seen(sight.own),
      after: seen(ticks.at(-1)?.tick as Tick),
      leaves,
      gap,
      ...(isReminder ? { reminder: true as const } : {}),
    },
  });
  if (rule.frequency === 'once') {
    become(place, alert, 'done', at, out);
    return;
  }
  // What is too old to be known is nothing to start from.
  const moves = leavesOf(rule.condition).filter((leaf) => leaf.kind === 'move');
  alert.anchor = { at, values: new Map(moves.map((leaf) => [leaf, view.look(leaf.signal, at)])) };
  if (rule.frequency === 'once-per-bar') {
    const isOpen = view.calendar === '24/7' || sessionAt(view.calendar, at).open;
    const seenAt = isOpen && !isClose ? at : (view.ownAt ?? at);
    const size = barSizeOf(rule.barMs ?? 300_000) ?? '5m';
    const { until } = barSpanAt(size, { calendar: rule.calendar, hours: rule.session }, seenAt);
    alert.cooldownUntil = Math.max(at, until);
    become(place, alert, 'cooling', at, out);
    return;
  }
  alert.wasFalse = isFalseAgain(place, alert, at);
  if (rule.cooldownMs === 0 && alert.wasFalse) {
    arm(place, alert, at, out);
    return;
  }
  alert.cooldownUntil = rule.cooldownMs === 0 ? null : at + rule.cooldownMs;
  if (!alert.wasFalse && rule.frequency === 'repeat' && rule.remindEveryMs) alert.remindAt = at + rule.remindEveryMs;
  become(place, alert, 'cooling', at, out);
}

function resting(place: Place, alert: Watched, at: number): boolean | null {
  return truth(alert.rule.condition, restingSight(place, alert, at));
}

function restingSight(place: Place, alert: Watched, at: number): Seen {
  const view = place.view(alert.rule);
  return {
    now: (leaf) => valueFor(view, alert, leaf, view.seenAt, at, (measure) => view.look(measure, at)),
    before: null,
    eventsCount: false,
    side: (side) => ({ before: null, after: view.look(side, at) }),
    own: null,
  };
}

export function become(place: Place, alert: Watched, status: Watched['status'], at: number, out: Effect[]): void {
  alert.status = status;
  place.tidy();
  const { alertId, version } = alert.rule;
  out.push({ kind: 'alert-state', alertId, version, status, epoch: alert.epoch, at });
}

export function sidesOf(leaf: Leaf): readonly Signal[] {
  return (leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to) ? [leaf.signal, leaf.to] : [];
}

/** Each other instrument that a leaf looks at. */
function othersIn(joint: Joint, leaf: Leaf, isLive: boolean) {
  const named = leaf.kind === 'no-data' ? new Set() : instrumentsOf(measureOf(leaf));
  const others = joint.others(isLive).filter(({ symbol }) => named.has(symbol));
  return others.length === 0 ? {} : { others: others.map(otherOf) };
}

function otherOf({ symbol, before, after }: ReturnType<Joint['others']>[number]) {
  return { symbol: symbol as InstrumentSymbol, before: before && seen(before), after: after && seen(after) };
}

function seen({ price, volume, at, receivedAt, source }: Tick) {
  return { price, ...(volume === undefined ? {} : { volume }), at, receivedAt, source };
}
