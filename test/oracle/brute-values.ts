/**
 * What an evaluator by brute force remembers of a market, and the values it reads from it.
 */
import { afterOpenTime, openTime, sessionAt } from '#domain/calendar/session.ts';
import { isLevel, partsOf, signalsOf } from '#domain/condition/leaves.ts';
import type { Leaf, Operand, Signal } from '#domain/condition/tree.ts';
import type { PastPrices, Rule } from '#domain/engine/event.ts';
import type { CalendarId } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { BruteBars, isOfBars } from './brute-bars.ts';
import { type Known, leavesOf } from './brute-truth.ts';

type Base = 'price' | 'volume';
interface Past {
  readonly at: number;
  readonly value: number;
}

/** All that was evaluated within some hours. */
export interface Hours {
  readonly calendar: CalendarId;
  readonly ticks: { readonly tick: Tick; readonly at: number; readonly volume: Known }[];
  readonly past: Record<Base, Past[]>;
  gaps: { readonly from: number; readonly to: number }[];
  readonly bars: BruteBars;
}

/** A condition on its way to being confirmed. */
export interface Hold {
  since: number;
  /** At how many ticks in a row it has held. */
  ticks: number;
  /** Events that have happened and are not undone, with the value before. */
  readonly happened: Map<Leaf, number>;
  gap: { readonly from: number; readonly to: number } | null;
  /** Its time is over, and the next tick decides. */
  isOverdue: boolean;
}

export interface Watched {
  rule: Rule;
  status: 'armed' | 'cooling' | 'paused' | 'done' | 'expired';
  epoch: number;
  wasFalse: boolean;
  cooldownUntil: number | null;
  /** When to remind next; `overdue` where the next tick decides. */
  remindAt: number | 'overdue' | null;
  /** By trailing leaf: the extreme since it was armed. */
  readonly extremes: Map<Leaf, number>;
  /** When it was judged last. */
  judgedAt: number;
  /** It holds, and the next tick decides. */
  waits: boolean;
  /** It holds and has to go on so. */
  hold: Hold | null;
  /** The close before, or the arming: its end, its last tick and its values. */
  close: { readonly until: number; readonly seenAt: number | null; readonly values: ReadonlyMap<Leaf, Known> } | null;
  anchor: { readonly at: number; readonly price: Known; readonly volume: Known } | null;
}

export interface Instrument {
  readonly alerts: Map<string, Watched>;
  readonly removed: Map<string, number>;
  readonly sources: Map<string, { at: number; sequence: number | undefined }>;
  readonly hours: readonly Hours[];
  newest: number;
}

export function newInstrument(): Instrument {
  const hours = (['24/7', 'XNYS', 'XLON', 'FX'] as const).map(
    (calendar): Hours => ({
      calendar,
      ticks: [],
      past: { price: [], volume: [] },
      gaps: [],
      bars: new BruteBars(calendar),
    }),
  );
  return { alerts: new Map(), removed: new Map(), sources: new Map(), hours, newest: Number.NEGATIVE_INFINITY };
}

export function hoursOf(instrument: Instrument, rule: Rule): Hours {
  const calendar = rule.session === 'all' ? '24/7' : rule.calendar;
  return instrument.hours.find((hours) => hours.calendar === calendar) as Hours;
}

/** The last value is not older than the instrument's prices may be; closed hours do not count. */
export function isFreshAt(instrument: Instrument, rule: Rule, at: number): boolean {
  const last = hoursOf(instrument, rule).ticks.at(-1);
  return last !== undefined && openTime(rule.calendar, last.at, at, rule.staleAfterMs + 1) <= rule.staleAfterMs;
}

/** A closed session lies between the two, or a gap that the source reported touches what is between. */
export function isBroken(hours: Hours, from: number, to: number): boolean {
  if (hours.calendar !== '24/7' && sessionAt(hours.calendar, from).until <= to) return true;
  return hours.gaps.some((gap) => gap.to > from && gap.from < to);
}

export function remember(past: Past[], at: number, value: number, windowMs: number): void {
  past.push({ at, value });
  forget(past, at, windowMs);
}

function forget(past: Past[], at: number, windowMs: number): void {
  const kept =
    windowMs === 0
      ? past.slice(-1)
      : past.filter((_, index) => (past[index + 1]?.at ?? Number.POSITIVE_INFINITY) > at - windowMs);
  past.splice(0, past.length, ...kept);
}

/** Prices of before all that is known come to be known; where nothing is, nothing is learnt. */
export function recall(hours: Hours, older: PastPrices, windowMs: number): void {
  const { price } = hours.past;
  const [first, last] = [price[0], price.at(-1)];
  if (first === undefined || last === undefined) return;
  const before = older.filter(([at]) => at < first.at);
  if (before.length === 0) return;
  price.unshift(...before.map(([at, value]) => ({ at, value })));
  forget(price, last.at, windowMs);
}

/** How far back the alerts that are still to be watched may ask. */
export function longestWindow(alerts: readonly Watched[], base: Base): number {
  let longest = 0;
  for (const { rule, status } of alerts) {
    if (status === 'done' || status === 'expired') continue;
    for (const leaf of leavesOf(rule.condition)) {
      if (leaf.kind === 'no-data') continue;
      if (leaf.kind === 'move' && leaf.signal.kind === base) longest = Math.max(longest, leaf.windowMs);
      const within = (signal: Signal): void => {
        if (signal.kind === 'change' && base === 'price') longest = Math.max(longest, signal.windowMs);
        for (const part of partsOf(signal)) within(part);
      };
      for (const signal of signalsOf(leaf)) within(signal);
    }
  }
  return longest;
}

/** Whether the window of a move still starts at the firing value. */
function anchors(alert: Watched, leaf: Extract<Leaf, { kind: 'move' }>, at: number): boolean {
  return alert.anchor !== null && at - leaf.windowMs < alert.anchor.at;
}

/** After a tick, or when it is armed: trailing leaves take the value in. */
export function follow(hours: Hours, alert: Watched): void {
  if (alert.status !== 'armed' && alert.status !== 'cooling') return;
  for (const leaf of leavesOf(alert.rule.condition)) {
    const value = leaf.kind === 'trail' ? signalOf(hours, leaf.signal) : null;
    if (leaf.kind !== 'trail' || value === null) continue;
    const extreme = alert.extremes.get(leaf) ?? value;
    alert.extremes.set(leaf, leaf.direction === 'rise' ? Math.min(extreme, value) : Math.max(extreme, value));
  }
}

/** When the next silence that the alert asks for begins, if nothing comes; Infinity where none is to come. */
export function silenceDue(instrument: Instrument, alert: Watched): number {
  if (isOfCloses(alert.rule)) return Number.POSITIVE_INFINITY;
  const isJudged = alert.status === 'armed' || (alert.status === 'cooling' && !alert.wasFalse);
  const { calendar, ticks } = hoursOf(instrument, alert.rule);
  const last = ticks.at(-1);
  if (!isJudged || last === undefined) return Number.POSITIVE_INFINITY;
  const dues = leavesOf(alert.rule.condition).map((leaf) =>
    leaf.kind === 'no-data' ? afterOpenTime(calendar, last.at, leaf.forMs) : 0,
  );
  return Math.min(...dues.filter((due) => due > alert.judgedAt));
}

/** When what holds has done so for long enough, in open hours; Infinity where not time decides, but ticks. */
export function fullAt(instrument: Instrument, alert: Watched): number {
  const { rule, hold } = alert;
  if (hold === null || hold.isOverdue || rule.condition.kind !== 'confirmed' || rule.condition.by.kind !== 'time')
    return Number.POSITIVE_INFINITY;
  return afterOpenTime(hoursOf(instrument, rule).calendar, hold.since, rule.condition.by.ms);
}

export function isOfCloses({ condition }: Rule): boolean {
  return condition.kind === 'confirmed' && condition.by.kind === 'close';
}

/** An old price is no reason to wait where it is silence that is waited for. */
export function isKnownAt(instrument: Instrument, rule: Rule, at: number): boolean {
  return leavesOf(rule.condition).some(({ kind }) => kind === 'no-data') || isFreshAt(instrument, rule, at);
}

/** What the leaf compares: its signal on the newest tick, as of time `at`; of a silence, its length at `time`. */
export function valueFor(hours: Hours, alert: Watched, leaf: Leaf, at: number, time: number): Known {
  if (leaf.kind === 'no-data') {
    const last = hours.ticks.at(-1);
    if (last === undefined) return null;
    return openTime(hours.calendar, last.at, time, leaf.forMs) >= leaf.forMs ? leaf.forMs : 0;
  }
  if (leaf.kind === 'trail')
    return difference(alert.extremes.get(leaf) ?? null, signalOf(hours, leaf.signal), leaf.by.unit === 'percent');
  if (leaf.kind === 'compare' || leaf.kind === 'cross')
    // Two signals are judged by how far one is above the other.
    return isLevel(leaf.to)
      ? signalOf(hours, leaf.signal)
      : calculated('-', signalOf(hours, leaf.signal), signalOf(hours, leaf.to));
  if (leaf.kind !== 'move') return signalOf(hours, leaf.signal);
  const base = leaf.signal.kind as Base;
  const last = hours.ticks.at(-1);
  const now = last === undefined ? null : base === 'price' ? last.tick.price : last.volume;
  if (anchors(alert, leaf, at)) {
    const from = alert.anchor?.[base] ?? null;
    if (from !== null) return difference(from, now, leaf.by.unit === 'percent');
  }
  return difference(then(hours, base, leaf.windowMs), now, leaf.by.unit === 'percent');
}

function signalOf(hours: Hours, signal: Signal): Known {
  const last = hours.ticks.at(-1);
  if (last === undefined) return null;
  switch (signal.kind) {
    case 'price':
      return last.tick.price;
    case 'volume':
      return last.volume;
    case 'change':
      return difference(then(hours, 'price', signal.windowMs), last.tick.price, true);
    case 'since':
      return difference(hours.bars.value({ kind: 'day', of: signal.of }), last.tick.price, true);
    case 'abs': {
      const inner = signalOf(hours, signal.of);
      return inner === null ? null : Math.abs(inner);
    }
    case 'arithmetic':
      return calculated(signal.op, operand(hours, signal.left), operand(hours, signal.right));
    case 'other':
      throw new Error(`${signal.kind} is not written here`);
    default:
      return hours.bars.value(signal);
  }
}

function operand(hours: Hours, side: Operand): Known {
  return isLevel(side) ? side.value : signalOf(hours, side);
}

function calculated(op: '+' | '-' | '*' | '/', left: Known, right: Known): Known {
  if (left === null || right === null) return null;
  const value = { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[op];
  return Number.isFinite(value) ? value : null;
}

/** The signals of bars that a rule needs. */
export function barSignalsOf(rule: Rule): readonly Signal[] {
  const within = (signal: Signal): readonly Signal[] => {
    if (signal.kind === 'since') return [{ kind: 'day', of: signal.of }];
    return isOfBars(signal) ? [signal] : partsOf(signal).flatMap(within);
  };
  return leavesOf(rule.condition).flatMap(signalsOf).flatMap(within);
}

/** The last value at or before the newest tick's time minus the window. */
function then(hours: Hours, base: Base, windowMs: number): Known {
  const last = hours.ticks.at(-1);
  if (last === undefined) return null;
  return hours.past[base].findLast(({ at }) => at <= last.at - windowMs)?.value ?? null;
}

function difference(from: Known, to: Known, inPercent: boolean): Known {
  if (from === null || to === null || (inPercent && from <= 0)) return null;
  return inPercent ? 100 * (to / from - 1) : to - from;
}
