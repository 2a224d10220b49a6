/**
 * An evaluator written straight from semantics.md and docs/meaning.md: every alert is judged at every tick, from lists
 * of all ticks, with no index and no state but what the text names. It shares no code with the engine; what a market's
 * hours are and how a leaf is written it takes from the domain, where they are proven by themselves.
 */
import { sessionAt } from '#domain/calendar/session.ts';
import type { Leaf } from '#domain/condition/tree.ts';
import type { Effect, EngineEvent, PastPrices, PutRule, Rule } from '#domain/engine/event.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Joint } from './brute-joint.ts';
import { arm, type Before, become, judge, lookAgain, type Place, pass, sidesOf } from './brute-lives.ts';
import { type Known, leavesOf } from './brute-truth.ts';
import {
  barSignalsOf,
  beginToRemember,
  type Hours,
  hoursOf,
  type Instrument,
  isBroken,
  longestWindow,
  type Measure,
  measured,
  measuresOn,
  newInstrument,
  recall,
  remember,
  rememberOthers,
  valueFor,
  viewOf,
  type Watched,
} from './brute-values.ts';

export class BruteForce {
  private readonly instruments = new Map<string, Instrument>();
  private readonly joints = new Map<string, Joint>();
  private clock = Number.NEGATIVE_INFINITY;

  apply(event: EngineEvent, out: Effect[]): void {
    if (event.kind === 'clock') {
      if (event.at <= this.clock) return;
      this.clock = event.at;
      for (const instrument of this.instruments.values()) pass(placeOf(instrument), event.at, out);
      for (const joint of this.joints.values()) pass(joint, event.at, out);
      return;
    }
    const instrument = this.instrument(event.kind === 'tick' ? event.tick.symbol : event.symbol);
    if (event.kind === 'tick') this.tick(instrument, event.tick, out);
    else if (event.kind === 'gap') for (const hours of instrument.hours) hours.gaps.push(event);
    else if (event.kind === 'put-rule') this.put(instrument, event, out);
    else {
      const place = this.placeWith(event.symbol, event.alertId) ?? placeOf(instrument);
      const known = place.alerts.get(event.alertId)?.rule.version ?? instrument.removed.get(event.alertId) ?? -1;
      if (event.version < known) return;
      place.alerts.delete(event.alertId);
      place.tidy();
      instrument.removed.set(event.alertId, event.version);
      this.dropEmpty();
    }
  }

  private instrument(symbol: string): Instrument {
    const instrument = this.instruments.get(symbol) ?? newInstrument();
    this.instruments.set(symbol, instrument);
    return instrument;
  }

  /** Among those that look at several instruments. */
  private placeWith(symbol: string, id: string): Joint | undefined {
    return [...this.joints.values()].find((joint) => joint.symbol === symbol && joint.alerts.has(id));
  }

  private placeFor(rule: Rule): Place {
    if (rule.others === undefined) return placeOf(this.instrument(rule.symbol));
    const key = JSON.stringify([rule.symbol, rule.session, rule.calendar, rule.staleAfterMs, rule.others]);
    const joint = this.joints.get(key) ?? new Joint(rule, (symbol) => this.instrument(symbol));
    this.joints.set(key, joint);
    return joint;
  }

  private dropEmpty(): void {
    for (const [key, { alerts }] of this.joints) if (alerts.size === 0) this.joints.delete(key);
  }

  private put(instrument: Instrument, change: PutRule, out: Effect[]): void {
    const { rule } = change;
    const place = this.placeFor(rule);
    const from = this.placeWith(rule.symbol, rule.alertId) ?? placeOf(instrument);
    pass(from, Math.max(0, this.clock, from.newest), out);
    const now = Math.max(0, this.clock, place.newest);
    pass(place, now, out);
    const old = from.alerts.get(rule.alertId);
    const known = Math.max(old?.rule.version ?? -1, instrument.removed.get(rule.alertId) ?? -1);
    if (rule.version > known) {
      from.alerts.delete(rule.alertId);
      from.tidy();
      this.begin(place, change, old?.epoch ?? 0, now, out);
    }
    this.dropEmpty();
  }

  private begin(
    place: Place,
    { rule, past = [], elsewhere = {} }: PutRule,
    epoch: number,
    now: number,
    out: Effect[],
  ): void {
    const alert: Watched = {
      rule,
      status: 'paused',
      epoch,
      wasFalse: false,
      cooldownUntil: null,
      remindAt: null,
      anchor: null,
      extremes: new Map(),
      judgedAt: now,
      waits: false,
      hold: null,
      firsts: new Map(),
      close: null,
    };
    place.alerts.set(rule.alertId, alert);
    if (rule.expiresAt !== null && rule.expiresAt <= now) {
      become(place, alert, 'expired', now, out);
      return;
    }
    const { calendar, symbol, session, others = [] } = rule;
    const there = [
      { symbol, calendar, looked: null, past },
      ...others.map((other) => ({ ...other, looked: other.symbol, past: elsewhere[other.symbol]?.past ?? [] })),
    ];
    for (const one of there) {
      const measures = measuresOn(rule, one.looked);
      const instrument = this.instrument(one.symbol);
      const hours = hoursOf(instrument, { session, calendar: one.calendar });
      hours.bars.use(barSignalsOf(measures), one.calendar);
      if (longestWindow(measures, { kind: 'price' }) > 0) this.learn(instrument, hours, one.past, alert, out);
      beginToRemember(hours, measures);
    }
    place.tidy();
    if (rule.paused) become(place, alert, 'paused', now, out);
    else arm(place, alert, now, out);
  }

  /** Prices of before are news to the alerts that look at these hours. */
  private learn(instrument: Instrument, hours: Hours, past: PastPrices, but: Watched, out: Effect[]): void {
    const unknown = [...hours.pasts.values()].filter(({ of }) => measured(hours, of) === null);
    recall(hours, past, longestWindow(this.inUse(instrument, hours), { kind: 'price' }));
    for (const { of, values } of unknown) {
      const [at, value] = [hours.ticks.at(-1)?.at, measured(hours, of)];
      if (at !== undefined && value !== null) values.push({ at, value });
    }
    const now = Math.max(0, this.clock, instrument.newest);
    for (const alert of instrument.alerts.values())
      if (alert !== but && hoursOf(instrument, alert.rule) === hours) lookAgain(placeOf(instrument), alert, now, out);
  }

  private tick(instrument: Instrument, tick: Tick, out: Effect[]): void {
    const last = instrument.sources.get(tick.source);
    if (last !== undefined) {
      if (tick.at < last.at) return;
      if (tick.sequence !== undefined && last.sequence !== undefined && tick.sequence <= last.sequence) return;
    }
    instrument.sources.set(tick.source, { at: tick.at, sequence: tick.sequence ?? last?.sequence });
    instrument.newest = Math.max(instrument.newest, tick.at);
    const place = placeOf(instrument);
    const joints = [...this.joints.values()].filter((joint) =>
      joint.members.some((member) => member.instrument === instrument),
    );
    for (const joint of joints) pass(joint, tick.at, out);
    pass(place, tick.at, out);
    const open = instrument.hours.filter(({ calendar }) => calendar === '24/7' || sessionAt(calendar, tick.at).open);
    for (const hours of open) {
      const alerts = [...instrument.alerts.values()].filter(({ rule }) => hoursOf(instrument, rule) === hours);
      const at = Math.max(tick.at, hours.ticks.at(-1)?.at ?? Number.NEGATIVE_INFINITY);
      const before = this.valuesBefore(alerts, place, at, (alert, measure) =>
        measured(hoursOf(instrument, alert.rule), measure),
      );
      const from = hours.ticks.at(-1)?.at;
      this.take(instrument, hours, tick, at);
      const step = { at, from, wasBroken: hours.wasBroken, staleAfterMs: null };
      for (const alert of alerts) judge(place, alert, step, before, out);
    }
    for (const joint of joints) {
      const member = joint.members.find((one) => one.instrument === instrument && open.includes(one.hours));
      if (member !== undefined) this.step(joint, member, out);
    }
  }

  /** One tick of these hours, as far as it changes what is known. */
  private take(instrument: Instrument, hours: Hours, tick: Tick, at: number): void {
    const previous = hours.ticks.at(-1);
    const volume = tick.volume ?? previous?.volume ?? null;
    hours.ticks.push({ tick, at, volume });
    const inUse = this.inUse(instrument, hours);
    hours.bars.tick(at, tick.price, tick.volume ?? 0, barSignalsOf(inUse));
    remember(hours.past.price, at, tick.price, longestWindow(inUse, { kind: 'price' }));
    if (volume !== null) remember(hours.past.volume, at, volume, longestWindow(inUse, { kind: 'volume' }));
    rememberOthers(hours, inUse, at);
    hours.wasBroken = previous !== undefined && isBroken(hours, previous.at, at);
    hours.gaps = [];
  }

  /** What the alerts that are still to be watched look at in these hours. */
  private inUse(instrument: Instrument, hours: Hours): readonly Measure[] {
    const alive = ({ status }: Watched): boolean => status !== 'done' && status !== 'expired';
    const own = [...instrument.alerts.values()].filter(
      (alert) => alive(alert) && hoursOf(instrument, alert.rule) === hours,
    );
    const looking = [...this.joints.values()].flatMap((joint) =>
      joint.members
        .filter((member) => member.hours === hours)
        .flatMap(({ looked }) =>
          [...joint.alerts.values()].filter(alive).flatMap(({ rule }) => measuresOn(rule, looked)),
        ),
    );
    return [...own.flatMap(({ rule }) => measuresOn(rule, null)), ...looking];
  }

  /** One of several instruments has ticked. */
  private step(joint: Joint, member: Joint['members'][number], out: Effect[]): void {
    const alerts = [...joint.alerts.values()];
    const [from, at] = [member.hours.ticks.at(-2)?.at, member.hours.ticks.at(-1)?.at as number];
    const seenAt = Math.max(joint.seenAt, at);
    const before = this.valuesBefore(alerts, joint, seenAt, (_, measure) => joint.lastFresh(measure));
    joint.step(member, Math.max(this.clock, joint.newest));
    const step = { at, from, wasBroken: member.hours.wasBroken, staleAfterMs: member.staleAfterMs };
    for (const alert of alerts) judge(joint, alert, step, before, out);
  }

  private valuesBefore(
    alerts: readonly Watched[],
    place: Place,
    at: number,
    look: (alert: Watched, measure: Measure) => Known,
  ): Before {
    const passed = Math.max(this.clock, place.newest);
    const before: Before = new Map();
    for (const alert of alerts) {
      const view = place.view(alert.rule);
      const valueAt = (leaf: Leaf): Known => valueFor(view, alert, leaf, at, passed, (measure) => look(alert, measure));
      const sides = leavesOf(alert.rule.condition).flatMap(sidesOf);
      before.set(alert, {
        leaves: new Map(leavesOf(alert.rule.condition).map((leaf) => [leaf, valueAt(leaf)])),
        sides: new Map(sides.map((side) => [side, look(alert, side)])),
        own: view.ownBefore?.tick ?? null,
      });
    }
    return before;
  }
}

function placeOf(instrument: Instrument): Place {
  const { alerts, newest } = instrument;
  return { alerts, newest, view: (rule) => viewOf(hoursOf(instrument, rule)), tidy: () => {} };
}
