/**
 * An evaluator written straight from semantics.md and docs/meaning.md: every alert is judged at every tick, from lists
 * of all ticks, with no index and no state but what the text names. It shares no code with the engine; what a market's
 * hours are and how a leaf is written it takes from the domain, where they are proven by themselves.
 */
import type { TriggerId } from '#domain/alert/trigger.ts';
import { afterOpenTime, sessionAt } from '#domain/calendar/session.ts';
import { printCondition, printLeaf } from '#domain/condition/printer.ts';
import type { Effect, EngineEvent, PutRule } from '#domain/engine/event.ts';
import type { Tick } from '#domain/market/tick.ts';
import { barSizeOf } from '#domain/signal/bar/bar.ts';
import { barSpanAt } from '#domain/signal/bar/bar-span.ts';
import { closeDue, closeSight, noteClose, restingSight } from './brute-closes.ts';
import { isEvent, leavesOf, lingers, type Sight, truth } from './brute-truth.ts';
import {
  barSignalsOf,
  follow,
  fullAt,
  type Hold,
  type Hours,
  hoursOf,
  type Instrument,
  isBroken,
  isKnownAt,
  isOfCloses,
  longestWindow,
  newInstrument,
  recall,
  remember,
  silenceDue,
  valueFor,
  type Watched,
} from './brute-values.ts';

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
    else if (event.kind === 'put-rule') this.put(instrument, event, out);
    else {
      const known = instrument.alerts.get(event.alertId)?.rule.version ?? instrument.removed.get(event.alertId) ?? -1;
      if (event.version < known) return;
      instrument.alerts.delete(event.alertId);
      instrument.removed.set(event.alertId, event.version);
    }
  }

  private put(instrument: Instrument, { rule, past = [] }: PutRule, out: Effect[]): void {
    const now = Math.max(0, this.clock, instrument.newest);
    this.pass(instrument, now, out);
    const old = instrument.alerts.get(rule.alertId);
    const known = Math.max(old?.rule.version ?? -1, instrument.removed.get(rule.alertId) ?? -1);
    if (rule.version <= known) return;
    const alert: Watched = {
      rule,
      status: 'paused',
      epoch: old?.epoch ?? 0,
      wasFalse: false,
      cooldownUntil: null,
      remindAt: null,
      anchor: null,
      extremes: new Map(),
      judgedAt: now,
      waits: false,
      hold: null,
      close: null,
    };
    instrument.alerts.set(rule.alertId, alert);
    if (rule.expiresAt !== null && rule.expiresAt <= now) become(alert, 'expired', now, out);
    else {
      const hours = hoursOf(instrument, rule);
      hours.bars.use(barSignalsOf(rule), rule.calendar);
      if (longestWindow([alert], 'price') > 0) {
        const there = [...instrument.alerts.values()].filter((one) => hoursOf(instrument, one.rule) === hours);
        recall(hours, past, longestWindow(there, 'price'));
        for (const other of there) if (other !== alert) this.lookAgain(instrument, other, now, out);
      }
      if (rule.paused) become(alert, 'paused', now, out);
      else this.arm(instrument, alert, now, out);
    }
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
    // A source whose clock lags may tell of a moment that time has passed already.
    this.pass(instrument, this.clock, out);
  }

  /** One tick of these hours. */
  private judge(instrument: Instrument, hours: Hours, tick: Tick, out: Effect[]): void {
    const alerts = [...instrument.alerts.values()].filter(({ rule }) => hoursOf(instrument, rule) === hours);
    const at = Math.max(tick.at, hours.ticks.at(-1)?.at ?? Number.NEGATIVE_INFINITY);
    const passed = Math.max(this.clock, instrument.newest);
    const before = new Map(
      alerts.map((alert) => [
        alert,
        new Map(leavesOf(alert.rule.condition).map((leaf) => [leaf, valueFor(hours, alert, leaf, at, passed)])),
      ]),
    );
    const previous = hours.ticks.at(-1);
    const volume = tick.volume ?? previous?.volume ?? null;
    hours.ticks.push({ tick, at, volume });
    const watched = alerts.filter(({ status }) => status !== 'done' && status !== 'expired');
    const inUse = watched.flatMap(({ rule }) => barSignalsOf(rule));
    hours.bars.tick(at, tick.price, tick.volume ?? 0, inUse);
    remember(hours.past.price, at, tick.price, longestWindow(alerts, 'price'));
    if (volume !== null) remember(hours.past.volume, at, volume, longestWindow(alerts, 'volume'));
    const wasBroken = previous !== undefined && isBroken(hours, previous.at, at);
    hours.gaps = [];
    for (const alert of alerts) {
      follow(hours, alert);
      alert.judgedAt = at;
      alert.waits = false;
      if (isOfCloses(alert.rule)) continue;
      const isGap = previous !== undefined && (wasBroken || at - previous.at > alert.rule.staleAfterMs);
      if (alert.status === 'armed') {
        const sight: Sight = {
          now: (leaf) => valueFor(hours, alert, leaf, at, at),
          before: (leaf) => before.get(alert)?.get(leaf) ?? null,
          eventsCount: !(isGap && alert.rule.gap === 'skip'),
        };
        const gap = isGap && previous !== undefined ? { from: previous.at, to: at } : null;
        this.judgeArmed(instrument, alert, at, sight, gap, out);
      } else if (alert.status === 'cooling' && !alert.wasFalse && this.isFalseAgain(instrument, alert, at)) {
        alert.wasFalse = true;
        alert.remindAt = null;
        if (alert.cooldownUntil === null) this.arm(instrument, alert, at, out);
      } else if (alert.status === 'cooling' && alert.remindAt === 'overdue') this.remind(instrument, alert, at, out);
    }
  }

  /** An armed alert at a tick. */
  private judgeArmed(
    instrument: Instrument,
    alert: Watched,
    at: number,
    sight: Sight,
    gap: { readonly from: number; readonly to: number } | null,
    out: Effect[],
  ): void {
    const { condition } = alert.rule;
    if (condition.kind !== 'confirmed') {
      if (truth(condition, sight) === true) this.fire(instrument, alert, at, sight, gap, out);
      return;
    }
    const isDistrusted = gap !== null && alert.rule.gap === 'skip';
    if (alert.hold !== null && truth(condition, { ...sight, happened: alert.hold.happened }) === true) {
      const { hold } = alert;
      hold.ticks = isDistrusted ? 1 : hold.ticks + 1;
      if (isDistrusted) hold.since = at;
      for (const leaf of [...hold.happened.keys()])
        if (truth(leaf, { ...sight, happened: hold.happened }) !== true) hold.happened.delete(leaf);
    } else {
      alert.hold = null;
      if (truth(condition, sight) !== true) return;
      alert.hold = { since: at, ticks: 1, happened: new Map(), gap, isOverdue: false };
    }
    const { hold } = alert;
    for (const leaf of leavesOf(condition).filter(isEvent))
      if (!hold.happened.has(leaf) && truth(leaf, sight) === true)
        hold.happened.set(leaf, sight.before?.(leaf) as number);
    const { by } = condition;
    const { calendar } = hoursOf(instrument, alert.rule);
    const isFull =
      by.kind === 'ticks'
        ? hold.ticks >= by.count
        : by.kind === 'time' && afterOpenTime(calendar, hold.since, by.ms) <= at;
    hold.isOverdue &&= !isDistrusted;
    if (isFull) this.fire(instrument, alert, at, { ...sight, happened: hold.happened }, gap ?? hold.gap, out);
  }

  /** The bar of the last tick is over. */
  private judgeClose(instrument: Instrument, alert: Watched, until: number, out: Effect[]): void {
    const { rule } = alert;
    const { sight, gap } = closeSight(instrument, alert, until);
    if (alert.status === 'armed') {
      if (truth(rule.condition, sight) === true) this.fire(instrument, alert, until, sight, gap, out, true);
    } else if (alert.status === 'cooling' && !alert.wasFalse) {
      if (this.isFalseAgain(instrument, alert, until)) {
        alert.wasFalse = true;
        alert.remindAt = null;
        if (alert.cooldownUntil === null) this.arm(instrument, alert, until, out);
      } else if (alert.remindAt === 'overdue') this.remind(instrument, alert, until, out);
    }
    noteClose(instrument, alert, until);
  }

  /** It is true between ticks: confirmed at once, or from now on to be. */
  private holds(instrument: Instrument, alert: Watched, at: number, isConfirmed: boolean, out: Effect[]): void {
    if (!isConfirmed && alert.rule.condition.kind === 'confirmed')
      alert.hold = { since: at, ticks: 0, happened: new Map(), gap: null, isOverdue: false };
    else this.fire(instrument, alert, at, restingSight(instrument, alert, at), null, out);
  }

  /** It has held for long enough; an old price, or one after which the source lost sight, does not decide. */
  private confirm(instrument: Instrument, alert: Watched, hold: Hold, at: number, out: Effect[]): void {
    const hours = hoursOf(instrument, alert.rule);
    const last = hours.ticks.at(-1)?.at ?? 0;
    const waitsForSilence = leavesOf(alert.rule.condition).some(({ kind }) => kind === 'no-data');
    const isBlind = hours.gaps.some((gap) => gap.to > last && gap.from < at) && !waitsForSilence;
    if (isBlind || !isKnownAt(instrument, alert.rule, at)) hold.isOverdue = true;
    else {
      const sight = { ...restingSight(instrument, alert, at), happened: hold.happened };
      this.fire(instrument, alert, at, sight, hold.gap, out);
    }
  }

  private pass(instrument: Instrument, at: number, out: Effect[]): void {
    for (const alert of instrument.alerts.values()) {
      for (;;) {
        if (alert.status === 'done' || alert.status === 'expired') break;
        const expiry = alert.rule.expiresAt ?? Number.POSITIVE_INFINITY;
        const cooldown = alert.cooldownUntil ?? Number.POSITIVE_INFINITY;
        const reminder = typeof alert.remindAt === 'number' ? alert.remindAt : Number.POSITIVE_INFINITY;
        const silence = silenceDue(instrument, alert);
        const full = fullAt(instrument, alert);
        const close = closeDue(instrument, alert);
        const due = Math.min(expiry, full, silence, cooldown, reminder, close);
        if (due > at) break;
        if (expiry === due) become(alert, 'expired', expiry, out);
        else if (silence === due) this.lookAgain(instrument, alert, due, out);
        else if (full === due) this.confirm(instrument, alert, alert.hold as Hold, due, out);
        else if (cooldown > due && reminder > due) this.judgeClose(instrument, alert, due, out);
        else if (cooldown > due) {
          const { calendar } = hoursOf(instrument, alert.rule);
          const isOpen = calendar === '24/7' || sessionAt(calendar, due).open;
          if (isOpen && isKnownAt(instrument, alert.rule, due) && !isOfCloses(alert.rule))
            this.remind(instrument, alert, due, out);
          else alert.remindAt = 'overdue';
        } else {
          alert.cooldownUntil = null;
          if (alert.rule.frequency === 'once-per-bar') {
            // It holds already: the first tick of the new bar decides.
            this.arm(instrument, alert, cooldown, out, 'next tick');
          } else if (alert.wasFalse) this.arm(instrument, alert, cooldown, out);
        }
      }
    }
  }

  /** Something has become known without a tick: that by itself may make a condition true, or false. */
  private lookAgain(instrument: Instrument, alert: Watched, at: number, out: Effect[]): void {
    alert.judgedAt = at;
    if (isOfCloses(alert.rule)) return;
    if (alert.status === 'armed') {
      const { condition } = alert.rule;
      const sight = restingSight(instrument, alert, at);
      if (alert.hold !== null && truth(condition, { ...sight, happened: alert.hold.happened }) === true) return;
      alert.hold = null;
      if (alert.waits || truth(condition, sight) !== true) return;
      alert.waits = !isKnownAt(instrument, alert.rule, at);
      if (!alert.waits) this.holds(instrument, alert, at, false, out);
    } else if (alert.status === 'cooling' && !alert.wasFalse && this.isFalseAgain(instrument, alert, at)) {
      alert.wasFalse = true;
      alert.remindAt = null;
      if (alert.cooldownUntil === null) this.arm(instrument, alert, at, out);
    }
  }

  /** Once more where it holds; later where it does not, though it has not gone back as far as it must. */
  private remind(instrument: Instrument, alert: Watched, at: number, out: Effect[]): void {
    const holds = this.resting(instrument, alert, at);
    if (holds === true) this.arm(instrument, alert, at, out, 'confirmed');
    else alert.remindAt = holds === null ? 'overdue' : at + (alert.rule.remindEveryMs ?? 0);
  }

  /** Its condition is false or, with a hysteresis, has been left by that much. */
  private isFalseAgain(instrument: Instrument, alert: Watched, at: number): boolean {
    const { condition, rearm } = alert.rule;
    const sight = restingSight(instrument, alert, at);
    const { frequency } = alert.rule;
    if (!rearm || frequency !== 'repeat') return truth(condition, sight) === false;
    return lingers(condition, sight, rearm, true) === false;
  }

  private arm(
    instrument: Instrument,
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
    become(alert, 'armed', at, out);
    follow(hoursOf(instrument, alert.rule), alert);
    alert.judgedAt = at;
    const holds = this.resting(instrument, alert, at) === true;
    const waitsForClose = isOfCloses(alert.rule);
    if (waitsForClose && alert.close === null) noteClose(instrument, alert, at);
    const isKnown = start !== 'next tick' && isKnownAt(instrument, alert.rule, at);
    const counts = waitsForClose ? start === 'confirmed' : isKnown;
    alert.waits = holds && !counts && !waitsForClose;
    if (holds && counts) this.holds(instrument, alert, at, start === 'confirmed', out);
  }

  private fire(
    instrument: Instrument,
    alert: Watched,
    at: number,
    sight: Sight,
    gap: { readonly from: number; readonly to: number } | null,
    out: Effect[],
    isClose = false,
  ): void {
    const { rule, epoch } = alert;
    alert.hold = null;
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
        before: sight.before !== null && !isClose && before !== undefined ? seen(before) : null,
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
    if (rule.frequency === 'once-per-bar') {
      const { calendar } = hoursOf(instrument, rule);
      const isOpen = calendar === '24/7' || sessionAt(calendar, at).open;
      const seenAt = isOpen && !isClose ? at : (ticks.at(-1)?.tick.at ?? at);
      const size = barSizeOf(rule.barMs ?? 300_000) ?? '5m';
      const { until } = barSpanAt(size, { calendar: rule.calendar, hours: rule.session }, seenAt);
      alert.cooldownUntil = Math.max(at, until);
      become(alert, 'cooling', at, out);
      return;
    }
    alert.wasFalse = this.isFalseAgain(instrument, alert, at);
    if (rule.cooldownMs === 0 && alert.wasFalse) {
      this.arm(instrument, alert, at, out);
      return;
    }
    alert.cooldownUntil = rule.cooldownMs === 0 ? null : at + rule.cooldownMs;
    if (!alert.wasFalse && rule.frequency === 'repeat' && rule.remindEveryMs) alert.remindAt = at + rule.remindEveryMs;
    become(alert, 'cooling', at, out);
  }

  private resting(instrument: Instrument, alert: Watched, at: number): boolean | null {
    return truth(alert.rule.condition, restingSight(instrument, alert, at));
  }
}

function become(alert: Watched, status: Watched['status'], at: number, out: Effect[]): void {
  alert.status = status;
  const { alertId, version } = alert.rule;
  out.push({ kind: 'alert-state', alertId, version, status, epoch: alert.epoch, at });
}

function seen({ price, volume, at, receivedAt, source }: Tick) {
  return { price, ...(volume === undefined ? {} : { volume }), at, receivedAt, source };
}
