/**
 * An evaluator written straight from semantics.md and docs/meaning.md: every alert is judged at every tick, from lists
 * of all ticks, with no index and no state but what the text names. It shares no code with the engine; what a market's
 * hours are and how a leaf is written it takes from the domain, where they are proven by themselves.
 */
import type { TriggerId } from '#domain/alert/trigger.ts';
import { openTime, sessionAt } from '#domain/calendar/session.ts';
import { leavesOf as leavesOfAny } from '#domain/condition/leaves.ts';
import { printCondition, printLeaf } from '#domain/condition/printer.ts';
import type { Leaf as AnyLeaf, Condition, Operand, Signal } from '#domain/condition/tree.ts';
import type { Effect, EngineEvent, Rule } from '#domain/engine/event.ts';
import type { CalendarId } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';

type Known = number | null;
type Base = 'price' | 'volume';
interface Past {
  readonly at: number;
  readonly value: number;
}

/** All that was evaluated within some hours. */
interface Hours {
  readonly calendar: CalendarId;
  readonly ticks: { readonly tick: Tick; readonly at: number; readonly volume: Known }[];
  readonly past: Record<Base, Past[]>;
  gaps: { readonly from: number; readonly to: number }[];
}

interface Watched {
  rule: Rule;
  status: 'armed' | 'cooling' | 'paused' | 'done' | 'expired';
  epoch: number;
  wasFalse: boolean;
  cooldownUntil: number | null;
  anchor: { readonly at: number; readonly price: Known; readonly volume: Known } | null;
}

interface Instrument {
  readonly alerts: Map<string, Watched>;
  readonly removed: Map<string, number>;
  readonly sources: Map<string, { at: number; sequence: number | undefined }>;
  readonly hours: readonly Hours[];
  newest: number;
}

/** Leaves of the forms that the engine runs. */
type Leaf = Exclude<AnyLeaf, { readonly kind: 'trail' | 'no-data' }>;
const leavesOf = (condition: Condition): readonly Leaf[] => leavesOfAny(condition) as readonly Leaf[];

/** The values a condition is judged on: those of the last tick, and those before it where a tick has just come. */
interface Sight {
  readonly now: (leaf: Leaf) => Known;
  readonly before: ((leaf: Leaf) => Known) | null;
  readonly eventsCount: boolean;
}

export class BruteForce {
  private readonly instruments = new Map<string, Instrument>();
  private clock = Number.NEGATIVE_INFINITY;

  apply(event: EngineEvent, out: Effect[]): void {
    if (event.kind === 'clock') {
      if (event.at <= this.clock) return;
      this.clock = event.at;
      for (const instrument of this.instruments.values()) this.pass(instrument, event.at, out);
      return;
    }
    const symbol = event.kind === 'tick' ? event.tick.symbol : event.symbol;
    const instrument = this.instruments.get(symbol) ?? newInstrument();
    this.instruments.set(symbol, instrument);
    if (event.kind === 'tick') this.tick(instrument, event.tick, out);
    else if (event.kind === 'gap') for (const hours of instrument.hours) hours.gaps.push(event);
    else if (event.kind === 'put-rule') this.put(instrument, event.rule, out);
    else {
      const known = instrument.alerts.get(event.alertId)?.rule.version ?? instrument.removed.get(event.alertId) ?? -1;
      if (event.version < known) return;
      instrument.alerts.delete(event.alertId);
      instrument.removed.set(event.alertId, event.version);
    }
  }

  private put(instrument: Instrument, rule: Rule, out: Effect[]): void {
    const old = instrument.alerts.get(rule.alertId);
    const known = Math.max(old?.rule.version ?? -1, instrument.removed.get(rule.alertId) ?? -1);
    if (rule.version <= known) return;
    const now = Math.max(0, this.clock, instrument.newest);
    const alert: Watched = {
      rule,
      status: 'paused',
      epoch: old?.epoch ?? 0,
      wasFalse: false,
      cooldownUntil: null,
      anchor: null,
    };
    instrument.alerts.set(rule.alertId, alert);
    if (rule.expiresAt !== null && rule.expiresAt <= now) become(alert, 'expired', now, out);
    else if (rule.paused) become(alert, 'paused', now, out);
    else this.arm(instrument, alert, now, out);
  }

  private tick(instrument: Instrument, tick: Tick, out: Effect[]): void {
    const last = instrument.sources.get(tick.source);
    if (last !== undefined) {
      if (tick.at < last.at) return;
      if (tick.sequence !== undefined && last.sequence !== undefined && tick.sequence <= last.sequence) return;
    }
    instrument.sources.set(tick.source, { at: tick.at, sequence: tick.sequence ?? last?.sequence });
    instrument.newest = Math.max(instrument.newest, tick.at);
    this.pass(instrument, tick.at, out);
    for (const hours of instrument.hours)
      if (hours.calendar === '24/7' || sessionAt(hours.calendar, tick.at).open)
        this.judge(instrument, hours, tick, out);
  }

  /** One tick of these hours. */
  private judge(instrument: Instrument, hours: Hours, tick: Tick, out: Effect[]): void {
    const alerts = [...instrument.alerts.values()].filter(({ rule }) => hoursOf(instrument, rule) === hours);
    const at = Math.max(tick.at, hours.ticks.at(-1)?.at ?? Number.NEGATIVE_INFINITY);
    const before = new Map(
      alerts.map((alert) => [
        alert,
        new Map(leavesOf(alert.rule.condition).map((leaf) => [leaf, valueFor(hours, alert, leaf, at)])),
      ]),
    );
    const previous = hours.ticks.at(-1);
    const volume = tick.volume ?? previous?.volume ?? null;
    hours.ticks.push({ tick, at, volume });
    remember(hours.past.price, at, tick.price, longestWindow(alerts, 'price'));
    if (volume !== null) remember(hours.past.volume, at, volume, longestWindow(alerts, 'volume'));
    const wasBroken = previous !== undefined && isBroken(hours, previous.at, at);
    hours.gaps = [];
    for (const alert of alerts) {
      const isGap = previous !== undefined && (wasBroken || at - previous.at > alert.rule.staleAfterMs);
      if (alert.status === 'armed') {
        const sight: Sight = {
          now: (leaf) => valueFor(hours, alert, leaf, at),
          before: (leaf) => before.get(alert)?.get(leaf) ?? null,
          eventsCount: !(isGap && alert.rule.gap === 'skip'),
        };
        if (truth(alert.rule.condition, sight) === true)
          this.fire(
            instrument,
            alert,
            at,
            sight,
            isGap && previous !== undefined ? { from: previous.at, to: at } : null,
            out,
          );
      } else if (alert.status === 'cooling' && !alert.wasFalse && this.resting(instrument, alert) === false) {
        alert.wasFalse = true;
        if (alert.cooldownUntil === null) this.arm(instrument, alert, at, out);
      }
    }
  }

  private pass(instrument: Instrument, at: number, out: Effect[]): void {
    for (const alert of instrument.alerts.values()) {
      for (;;) {
        if (alert.status === 'done' || alert.status === 'expired') break;
        const expiry = alert.rule.expiresAt ?? Number.POSITIVE_INFINITY;
        const cooldown = alert.cooldownUntil ?? Number.POSITIVE_INFINITY;
        if (Math.min(expiry, cooldown) > at) break;
        if (expiry <= cooldown) become(alert, 'expired', expiry, out);
        else {
          alert.cooldownUntil = null;
          if (alert.wasFalse) this.arm(instrument, alert, cooldown, out);
        }
      }
    }
  }

  private arm(instrument: Instrument, alert: Watched, at: number, out: Effect[]): void {
    alert.epoch += 1;
    alert.wasFalse = false;
    become(alert, 'armed', at, out);
    const last = hoursOf(instrument, alert.rule).ticks.at(-1);
    if (last === undefined) return;
    const { calendar, staleAfterMs } = alert.rule;
    const isFresh = openTime(calendar, last.at, at, staleAfterMs + 1) <= staleAfterMs;
    if (isFresh && this.resting(instrument, alert) === true)
      this.fire(instrument, alert, at, this.restingSight(instrument, alert), null, out);
  }

  private fire(
    instrument: Instrument,
    alert: Watched,
    at: number,
    sight: Sight,
    gap: { readonly from: number; readonly to: number } | null,
    out: Effect[],
  ): void {
    const { rule, epoch } = alert;
    const { ticks } = hoursOf(instrument, rule);
    const before = ticks.at(-2)?.tick;
    const leaves = leavesOf(rule.condition).map((leaf) => ({
      text: printLeaf(leaf),
      before: sight.before?.(leaf) ?? null,
      after: sight.now(leaf),
      holds: truth(leaf, { ...sight, eventsCount: sight.before !== null }) === true,
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
        before: sight.before !== null && before !== undefined ? seen(before) : null,
        after: seen(ticks.at(-1)?.tick as Tick),
        leaves,
        gap,
      },
    });
    if (rule.frequency === 'once') {
      become(alert, 'done', at, out);
      return;
    }
    const last = ticks.at(-1);
    alert.anchor = { at, price: last?.tick.price ?? null, volume: last?.volume ?? null };
    alert.wasFalse = this.resting(instrument, alert) === false;
    if (rule.cooldownMs === 0 && alert.wasFalse) {
      this.arm(instrument, alert, at, out);
      return;
    }
    alert.cooldownUntil = rule.cooldownMs === 0 ? null : at + rule.cooldownMs;
    become(alert, 'cooling', at, out);
  }

  private resting(instrument: Instrument, alert: Watched): boolean | null {
    return truth(alert.rule.condition, this.restingSight(instrument, alert));
  }

  private restingSight(instrument: Instrument, alert: Watched): Sight {
    const hours = hoursOf(instrument, alert.rule);
    const at = hours.ticks.at(-1)?.at ?? 0;
    return { now: (leaf) => valueFor(hours, alert, leaf, at), before: null, eventsCount: false };
  }
}

function newInstrument(): Instrument {
  const hours = (['24/7', 'XNYS', 'XLON', 'FX'] as const).map(
    (calendar): Hours => ({ calendar, ticks: [], past: { price: [], volume: [] }, gaps: [] }),
  );
  return { alerts: new Map(), removed: new Map(), sources: new Map(), hours, newest: Number.NEGATIVE_INFINITY };
}

function hoursOf(instrument: Instrument, rule: Rule): Hours {
  const calendar = rule.session === 'all' ? '24/7' : rule.calendar;
  return instrument.hours.find((hours) => hours.calendar === calendar) as Hours;
}

function become(alert: Watched, status: Watched['status'], at: number, out: Effect[]): void {
  alert.status = status;
  const { alertId, version } = alert.rule;
  out.push({ kind: 'alert-state', alertId, version, status, epoch: alert.epoch, at });
}

/** A closed session lies between the two, or a gap that the source reported touches what is between. */
function isBroken(hours: Hours, from: number, to: number): boolean {
  if (hours.calendar !== '24/7' && sessionAt(hours.calendar, from).until <= to) return true;
  return hours.gaps.some((gap) => gap.to > from && gap.from < to);
}

function remember(past: Past[], at: number, value: number, windowMs: number): void {
  past.push({ at, value });
  const kept =
    windowMs === 0
      ? past.slice(-1)
      : past.filter((_, index) => (past[index + 1]?.at ?? Number.POSITIVE_INFINITY) > at - windowMs);
  past.splice(0, past.length, ...kept);
}

/** How far back the alerts that are still to be watched may ask. */
function longestWindow(alerts: readonly Watched[], base: Base): number {
  let longest = 0;
  for (const { rule, status } of alerts) {
    if (status === 'done' || status === 'expired') continue;
    for (const leaf of leavesOf(rule.condition)) {
      if (leaf.kind === 'move' && leaf.signal.kind === base) longest = Math.max(longest, leaf.windowMs);
      const inner = leaf.signal.kind === 'abs' ? leaf.signal.of : leaf.signal;
      if (inner.kind === 'change' && base === 'price') longest = Math.max(longest, inner.windowMs);
    }
  }
  return longest;
}

/** Whether the window of a move still starts at the firing value. */
function anchors(alert: Watched, leaf: Extract<Leaf, { kind: 'move' }>, at: number): boolean {
  return alert.anchor !== null && at - leaf.windowMs < alert.anchor.at;
}

/** What the leaf compares: its signal on the newest tick, as of time `at`. */
function valueFor(hours: Hours, alert: Watched, leaf: Leaf, at: number): Known {
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
    case 'abs': {
      const inner = signalOf(hours, signal.of);
      return inner === null ? null : Math.abs(inner);
    }
    default:
      throw new Error(`${signal.kind} is not written here`);
  }
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

/** True, false, or null for unknown. */
function truth(condition: Condition, sight: Sight): boolean | null {
  switch (condition.kind) {
    case 'and': {
      const parts = condition.of.map((part) => truth(part, sight));
      return parts.includes(false) ? false : parts.includes(null) ? null : true;
    }
    case 'or': {
      const parts = condition.of.map((part) => truth(part, sight));
      return parts.includes(true) ? true : parts.includes(null) ? null : false;
    }
    case 'not': {
      const inner = truth(condition.of, sight);
      return inner === null ? null : !inner;
    }
    case 'then':
    case 'confirmed':
    case 'trail':
    case 'no-data':
      throw new Error(`${condition.kind} is not written here`);
    case 'cross':
    case 'channel':
      return sight.eventsCount ? happens(condition, sight.before?.(condition) ?? null, sight.now(condition)) : false;
    default:
      return holds(condition, sight.now(condition));
  }
}

function happens(leaf: Extract<Leaf, { kind: 'cross' | 'channel' }>, before: Known, now: Known): boolean | null {
  if (before === null || now === null) return null;
  if (leaf.kind === 'cross') {
    const level = levelOf(leaf.to);
    const up = before < level && level <= now;
    const down = before > level && level >= now;
    return leaf.direction === 'above' ? up : leaf.direction === 'below' ? down : up || down;
  }
  const inside = (value: number): boolean => leaf.low.value <= value && value <= leaf.high.value;
  return leaf.op === 'enters' ? !inside(before) && inside(now) : inside(before) && !inside(now);
}

function holds(leaf: Exclude<Leaf, { kind: 'cross' | 'channel' }>, now: Known): boolean | null {
  if (now === null) return null;
  if (leaf.kind === 'compare') {
    const level = levelOf(leaf.to);
    return { '>': now > level, '>=': now >= level, '<': now < level, '<=': now <= level }[leaf.op];
  }
  if (leaf.kind === 'range') return (leaf.low.value <= now && now <= leaf.high.value) === (leaf.op === 'inside');
  const by = leaf.by.value;
  return { any: Math.abs(now) >= by, rise: now >= by, fall: now <= -by }[leaf.direction];
}

function levelOf(to: Operand): number {
  if (to.kind !== 'number') throw new Error('comparing signals is not written here');
  return to.value;
}

function seen({ price, volume, at, receivedAt, source }: Tick) {
  return { price, ...(volume === undefined ? {} : { volume }), at, receivedAt, source };
}
