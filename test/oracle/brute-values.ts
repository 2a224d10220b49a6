/**
 * What an evaluator by brute force remembers of a market, and the values it reads from it.
 */
import { afterOpenTime, openTime, sessionAt } from '#domain/calendar/session.ts';
import { isLevel, partsOf, signalsOf } from '#domain/condition/leaves.ts';
import type { Condition, Leaf, Operand, Signal } from '#domain/condition/tree.ts';
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
  /** Of other signals that moves are measured on, by their text. */
  readonly pasts: Map<string, { readonly of: Signal; readonly values: Past[] }>;
  gaps: { readonly from: number; readonly to: number }[];
  /** What the last tick came after: a closed session, or a gap that the source reported. */
  wasBroken: boolean;
  readonly bars: BruteBars;
}

/** A condition on its way to being confirmed. */
export interface Hold {
  since: number;
  /** At how many ticks in a row it has held. */
  ticks: number;
  /** Events that have happened and are not undone, with the value before. */
  readonly happened: Map<Condition, number>;
  gap: { readonly from: number; readonly to: number } | null;
  /** Its time is over, and the next tick decides. */
  isOverdue: boolean;
}

/** What a leaf looks at: a signal, or how far one has moved within a window. */
export type Measure =
  | Signal
  | { readonly kind: 'moved'; readonly of: Signal; readonly windowMs: number; readonly inPercent: boolean };

/** What an alert sees. */
export interface View {
  readonly calendar: CalendarId;
  /** Ticks of its own instrument within its hours. */
  readonly ticks: Hours['ticks'];
  /** A source has lost sight since the last tick of an instrument in it, before `time`. */
  isBlindAt(time: number): boolean;
  /** Where it looks at several: the time of the last tick of the one that a signal is made of. */
  toldUntil(signal: Signal): number | null;
  /** The last of them before the step at hand is judged. */
  readonly ownBefore: Hours['ticks'][number] | undefined;
  /** When its own instrument was seen last, and anything at all. */
  readonly ownAt: number | null;
  readonly seenAt: number;
  /** As long as this it has been silent: a late tick of another instrument does not undo that. */
  readonly silentUntil: number;
  lastFresh(measure: Measure): Known;
  /** The value at `time`, after the last tick. */
  look(measure: Measure, time: number): Known;
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
  /** Of each `then`: when its first part was last true, and whether it was so at the last look. */
  readonly firsts: Map<Condition, { readonly at: number; readonly lasts: boolean }>;
  /** It holds and has to go on so. */
  hold: Hold | null;
  /** The close before, or the arming: its end, its last tick and its values. */
  close: { readonly until: number; readonly seenAt: number | null; readonly values: ReadonlyMap<Leaf, Known> } | null;
  anchor: { readonly at: number; readonly values: ReadonlyMap<Leaf, Known> } | null;
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
      pasts: new Map(),
      gaps: [],
      wasBroken: false,
      bars: new BruteBars(calendar),
    }),
  );
  return { alerts: new Map(), removed: new Map(), sources: new Map(), hours, newest: Number.NEGATIVE_INFINITY };
}

export function hoursOf(instrument: Instrument, rule: Pick<Rule, 'session' | 'calendar'>): Hours {
  const calendar = rule.session === 'all' ? '24/7' : rule.calendar;
  return instrument.hours.find((hours) => hours.calendar === calendar) as Hours;
}

/** The last value is not older than the instrument's prices may be; closed hours do not count. */
function isFreshAt({ ownAt }: View, rule: Rule, at: number): boolean {
  // What an alert on several instruments looks at is unknown by itself where it is too old.
  if (rule.others !== undefined) return ownAt !== null;
  return ownAt !== null && openTime(rule.calendar, ownAt, at, rule.staleAfterMs + 1) <= rule.staleAfterMs;
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

/** What a rule looks at on the ticks of one instrument: its own (null), or another one. */
export function measuresOn(rule: Rule, instrument: string | null): readonly Measure[] {
  const found: Measure[] = [];
  const within = (signal: Signal, symbol: string | null): void => {
    if (signal.kind === 'other') within(signal.of, signal.symbol);
    else if (signal.kind === 'average' && signal.of.kind === 'other')
      within({ ...signal, of: signal.of.of }, signal.of.symbol);
    else if (signal.kind === 'arithmetic' || signal.kind === 'abs')
      for (const part of partsOf(signal)) within(part, symbol);
    else if (symbol === instrument) found.push(signal);
  };
  for (const leaf of leavesOf(rule.condition)) {
    for (const signal of signalsOf(leaf)) within(signal, null);
    if (leaf.kind === 'move' && instrumentOf(leaf.signal) === instrument) found.push(itsOwn(movedOf(leaf)));
  }
  return found;
}

function movedOf({ signal, windowMs, by }: Extract<Leaf, { kind: 'move' }>): Measure {
  return { kind: 'moved', of: signal, windowMs, inPercent: by.unit === 'percent' };
}

/** The instrument that a signal is made of; null is the alert's own. */
export function instrumentOf(signal: Signal): string | null {
  if (signal.kind === 'other') return signal.symbol;
  return (
    partsOf(signal)
      .map(instrumentOf)
      .find((symbol) => symbol !== null) ?? null
  );
}

/** As its own instrument has it. */
function itsOwn<M extends Measure>(measure: M): M {
  return JSON.parse(JSON.stringify(measure), (_, value) => (value?.kind === 'other' ? value.of : value)) as M;
}

/** How far back these may ask. */
export function longestWindow(measures: readonly Measure[], base: Signal): number {
  const windows = measures.map((measure) => {
    if (measure.kind === 'change' && base.kind === 'price') return measure.windowMs;
    return measure.kind === 'moved' && JSON.stringify(measure.of) === JSON.stringify(base) ? measure.windowMs : 0;
  });
  return Math.max(0, ...windows);
}

/** Of signals other than price and volume: what they were, at each tick since they came into use. */
export function rememberOthers(hours: Hours, inUse: readonly Measure[], at: number): void {
  const wanted = new Map(moved(inUse).map((of) => [JSON.stringify(of), of]));
  for (const key of hours.pasts.keys()) if (!wanted.has(key)) hours.pasts.delete(key);
  for (const [key, of] of wanted) {
    const past = hours.pasts.get(key) ?? { of, values: [] };
    hours.pasts.set(key, past);
    const value = signalOf(hours, of);
    if (value !== null) remember(past.values, at, value, longestWindow(inUse, of));
  }
}

/** They come into use: what they are now is the first that is known. */
export function beginToRemember(hours: Hours, measures: readonly Measure[]): void {
  const at = hours.ticks.at(-1)?.at;
  for (const of of moved(measures)) {
    const key = JSON.stringify(of);
    if (hours.pasts.has(key)) continue;
    const value = signalOf(hours, of);
    hours.pasts.set(key, { of, values: at === undefined || value === null ? [] : [{ at, value }] });
  }
}

function moved(measures: readonly Measure[]): readonly Signal[] {
  const bases = measures.flatMap((measure) => (measure.kind === 'moved' ? [measure.of] : []));
  return bases.filter(({ kind }) => kind !== 'price' && kind !== 'volume');
}

/** Whether the window of a move still starts at the firing value, when its instrument was last heard of at `at`. */
function anchors(alert: Watched, leaf: Extract<Leaf, { kind: 'move' }>, at: number): boolean {
  return alert.anchor !== null && at - leaf.windowMs < alert.anchor.at;
}

/** After a tick, or when it is armed: trailing leaves take the value in. */
export function follow(alert: Watched, look: (measure: Measure) => Known): void {
  if (alert.status !== 'armed' && alert.status !== 'cooling') return;
  for (const leaf of leavesOf(alert.rule.condition)) {
    const value = leaf.kind === 'trail' ? look(leaf.signal) : null;
    if (leaf.kind !== 'trail' || value === null) continue;
    const extreme = alert.extremes.get(leaf) ?? value;
    alert.extremes.set(leaf, leaf.direction === 'rise' ? Math.min(extreme, value) : Math.max(extreme, value));
  }
}

/** When the next silence that the alert asks for begins, if nothing comes; Infinity where none is to come. */
export function silenceDue({ calendar, ownAt }: View, alert: Watched): number {
  if (isOfCloses(alert.rule)) return Number.POSITIVE_INFINITY;
  const isJudged = alert.status === 'armed' || (alert.status === 'cooling' && !alert.wasFalse);
  if (!isJudged || ownAt === null) return Number.POSITIVE_INFINITY;
  const dues = leavesOf(alert.rule.condition).map((leaf) =>
    leaf.kind === 'no-data' ? afterOpenTime(calendar, ownAt, leaf.forMs) : 0,
  );
  return Math.min(...dues.filter((due) => due > alert.judgedAt));
}

/** When what holds has done so for long enough, in open hours; Infinity where not time decides, but ticks. */
export function fullAt({ calendar }: View, alert: Watched): number {
  const { rule, hold } = alert;
  if (hold === null || hold.isOverdue || rule.condition.kind !== 'confirmed' || rule.condition.by.kind !== 'time')
    return Number.POSITIVE_INFINITY;
  return afterOpenTime(calendar, hold.since, rule.condition.by.ms);
}

export function isOfCloses({ condition }: Rule): boolean {
  return condition.kind === 'confirmed' && condition.by.kind === 'close';
}

/** An old price is no reason to wait where it is silence that is waited for. */
export function isKnownAt(view: View, rule: Rule, at: number): boolean {
  return leavesOf(rule.condition).some(({ kind }) => kind === 'no-data') || isFreshAt(view, rule, at);
}

/** What the leaf compares as of time `at`, by `look`; of a silence, its length at `time`. */
export function valueFor(
  view: View,
  alert: Watched,
  leaf: Leaf,
  at: number,
  time: number,
  look: (measure: Measure) => Known,
): Known {
  if (leaf.kind === 'no-data') {
    if (view.ownAt === null) return null;
    const until = Math.max(time, view.silentUntil);
    return openTime(view.calendar, view.ownAt, until, leaf.forMs) >= leaf.forMs ? leaf.forMs : 0;
  }
  if (leaf.kind === 'trail')
    return difference(alert.extremes.get(leaf) ?? null, look(leaf.signal), leaf.by.unit === 'percent');
  if (leaf.kind === 'move' && anchors(alert, leaf, view.toldUntil(leaf.signal) ?? at)) {
    const from = alert.anchor?.values.get(leaf) ?? null;
    if (from !== null) return difference(from, look(leaf.signal), leaf.by.unit === 'percent');
  }
  return look(measureOf(leaf));
}

/** What is looked at; two signals are judged by how far one is above the other. */
export function measureOf(leaf: Exclude<Leaf, { kind: 'no-data' }>): Measure {
  if (leaf.kind === 'move') return movedOf(leaf);
  if ((leaf.kind !== 'compare' && leaf.kind !== 'cross') || isLevel(leaf.to)) return leaf.signal;
  return { kind: 'arithmetic', op: '-', left: leaf.signal, right: leaf.to };
}

/** On the ticks of one instrument. */
export function measured(hours: Hours, measure: Measure): Known {
  if (measure.kind !== 'moved') return signalOf(hours, measure);
  const { of, windowMs, inPercent } = itsOwn(measure);
  return difference(then(hours, of, windowMs), signalOf(hours, of), inPercent);
}

export function viewOf(hours: Hours): View {
  const last = hours.ticks.at(-1);
  const { calendar, ticks } = hours;
  return {
    calendar,
    ticks,
    isBlindAt: (time) => isBlindAt(hours, time),
    toldUntil: () => null,
    ownBefore: last,
    ownAt: last?.at ?? null,
    seenAt: last?.at ?? 0,
    silentUntil: 0,
    lastFresh: (measure) => measured(hours, measure),
    look: (measure) => measured(hours, measure),
  };
}

export function isBlindAt({ ticks, gaps }: Hours, time: number): boolean {
  const last = ticks.at(-1);
  return last !== undefined && gaps.some(({ from, to }) => to > last.at && from < time);
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
      return difference(then(hours, { kind: 'price' }, signal.windowMs), last.tick.price, true);
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

export function calculated(op: '+' | '-' | '*' | '/', left: Known, right: Known): Known {
  if (left === null || right === null) return null;
  const value = { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[op];
  return Number.isFinite(value) ? value : null;
}

/** The signals of bars among these. */
export function barSignalsOf(measures: readonly Measure[]): readonly Signal[] {
  return measures.flatMap((measure): readonly Signal[] => {
    if (measure.kind === 'moved') return [];
    if (measure.kind === 'since') return [{ kind: 'day', of: measure.of }];
    return isOfBars(measure) ? [measure] : [];
  });
}

/** The last value at or before the newest tick's time minus the window. */
function then(hours: Hours, base: Signal, windowMs: number): Known {
  const last = hours.ticks.at(-1);
  if (last === undefined) return null;
  const isPlain = base.kind === 'price' || base.kind === 'volume';
  const values = isPlain ? hours.past[base.kind] : (hours.pasts.get(JSON.stringify(base))?.values ?? []);
  return values.findLast(({ at }) => at <= last.at - windowMs)?.value ?? null;
}

export function difference(from: Known, to: Known, inPercent: boolean): Known {
  if (from === null || to === null || (inPercent && from <= 0)) return null;
  return inPercent ? 100 * (to / from - 1) : to - from;
}
