/**
 * The life of each alert of one instrument:
 *
 *   begin ──> armed ── true ──> done                                     (once)
 *               ▲ └─── true ──> cooling ── time over and false since ──┐ (repeat)
 *               └──────────────── next epoch ──────────────────────────┘
 *   cooling ── reminder due and still true ──> cooling in the next epoch;  once per bar: time over ──> armed
 *   armed ── true ──> held, if it has to be confirmed ── full ──> as when true;  no longer true ──> as it was
 *   any but done ── expiresAt ──> expired;  begin anew ──> paused, or armed in the next epoch
 *
 * It is told what a tick has touched and how far time has come; which ticks there are is not its affair. Nothing here
 * depends on how long anything took.
 */
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import {
  type AlertTable,
  ARMED,
  COOLING,
  DONE,
  EXPIRED,
  FOR_BREAK,
  FOR_FALSE,
  FOR_TRUE,
  OVERDUE,
  PAUSED,
} from './alert-table.ts';
import { AlertTimers } from './alert-timers.ts';
import { anchorMoves, resumeAnchors } from './anchoring.ts';
import { closesOf } from './closes.ts';
import { Closing } from './closing.ts';
import type { Effect, PastPrices, PutRule } from './event.ts';
import { triggerOf } from './evidence.ts';
import { Holding } from './holding.ts';
import { type Hold, heldOn, isFull, newHold, truthOfHold } from './holds.ts';
import { isBlind, isKnown, type Moment, truthOfAlert } from './judgement.ts';
import { barEnd, type Policy, tapeOf } from './policy.ts';
import { isFalseAgain, waitsAsBefore } from './rearming.ts';
import { armSequences, type Follows, NOTHING_FOLLOWS, stepSequences } from './sequences.ts';
import { Silences } from './silences.ts';
import { inOrder, SLICE_ALERTS } from './slices.ts';
import { isAlive, statusOf } from './statuses.ts';
import type { Tape } from './tape.ts';
import { barsBefore } from './tape-bars.ts';
import { CLOSE, COOLDOWN, EXPIRY, FULL, REMINDER, SILENCE, type Timer } from './timers.ts';
import { joinTrails, leaveTrails, rejoinTrails } from './trailing.ts';
import { FALSE, TRUE } from './truth.ts';
import { unwatch, watch } from './watching.ts';

export class AlertLives {
  readonly #symbol: InstrumentSymbol;
  readonly #table: AlertTable;
  readonly #tapes: ReadonlyMap<CalendarId, Tape>;
  /** Told of each slot that has changed. */
  readonly #changed: (slot: number) => void;
  readonly #timers: AlertTimers;
  readonly #silences: Silences;
  readonly #holding: Holding;
  readonly #closing: Closing;
  /** The tape asked for last: the next one is mostly the same. */
  #lastPolicy: Policy | undefined;
  #lastTape: Tape | undefined;

  constructor(
    symbol: InstrumentSymbol,
    table: AlertTable,
    tapes: ReadonlyMap<CalendarId, Tape>,
    changed: (slot: number) => void,
  ) {
    this.#symbol = symbol;
    this.#table = table;
    this.#tapes = tapes;
    this.#changed = changed;
    this.#timers = new AlertTimers(table);
    this.#silences = new Silences([...tapes.values()], this.#timers);
    this.#holding = new Holding(table, (slot) => this.tape(slot), this.#timers);
    this.#closing = new Closing(table, [...tapes.values()], this.#timers);
    for (let slot = 0; slot < table.end; slot += 1) this.#resume(slot);
  }

  get nextDue(): number {
    return this.#timers.nextDue;
  }

  tape(slot: number): Tape {
    const policy = this.#table.policy(slot);
    if (policy !== this.#lastPolicy || this.#lastTape === undefined) {
      this.#lastPolicy = policy;
      this.#lastTape = this.#tapes.get(tapeOf(policy)) as Tape;
    }
    return this.#lastTape;
  }

  /** The alert of a rule that has just been written into its slot. */
  begin(slot: number, change: PutRule, now: number, out: Effect[]): void {
    const { rule, past } = change;
    if (rule.expiresAt !== null && rule.expiresAt <= now) {
      this.#become(slot, EXPIRED, now, out);
      return;
    }
    const tape = this.tape(slot);
    const { leaves, priceWindowMs, keepsMore } = this.#table.shape(slot);
    if (keepsMore) tape.manifold += 1;
    if (past !== undefined && past.length > 0) this.recall(tape, past, priceWindowMs, now, out);
    const before = barsBefore(change);
    for (const { recipe } of leaves) this.#silences.acquire(tape, recipe, before, now);
    if (rule.expiresAt !== null) this.#timers.add(rule.expiresAt, EXPIRY, slot);
    if (rule.paused) this.#become(slot, PAUSED, now, out);
    else this.#arm(slot, now, out);
  }

  /** Time has come to `at`: what was due happens, each at its own time. */
  *passing(at: number, out: Effect[]): Generator<void> {
    let count = 0;
    for (let timer = this.#timers.take(at); timer !== undefined; timer = this.#timers.take(at)) {
      if (timer.kind === SILENCE) yield* this.#fallingSilent(timer.slot, timer.due, out);
      else if (timer.kind === CLOSE) yield* this.#atClose(timer.slot, timer.due, out);
      else this.#due(timer, out);
      count += 1;
      if (count % SLICE_ALERTS === 0) yield;
    }
  }

  /** What the windows of one alert bring of the past is news to others on them, which may hold already. */
  recall(tape: Tape, past: PastPrices, windowMs: number, now: number, out: Effect[]): void {
    const table = this.#table;
    for (const slot of windowMs > 0 ? tape.recall(past, windowMs) : []) {
      this.#changed(slot);
      if (table.watched(slot) !== FOR_TRUE || isKnown(table, tape, slot, now))
        this.#judge(slot, tape, now, 'resting', out);
      else if (table.shape(slot).hasSequences || truthOfAlert(table, tape, slot, 'resting') === TRUE)
        tape.pending.add(slot);
    }
  }

  /** After a tick: silences may come again, and the bar that it is in closes. */
  awaitTime(tape: Tape): void {
    if (tape.silences.length > 0) this.#silences.await(tape);
    if (tape.manifold > 0) this.#closing.tick(tape);
  }

  /** Adds those whose hold the tick at hand concerns, whatever it touches. */
  touchHolds(tape: Tape, touched: number[]): void {
    this.#holding.touched(tape, touched);
  }

  /** Judges the alerts in these slots, which may be there more than once; what it gives is what is left to do. */
  judging(touched: number[], tape: Tape, at: number, moment: Moment, out: Effect[]): Generator<void> | undefined {
    const resume = (): void => tape.rest(at);
    return inOrder(touched, (slot) => this.#judge(slot, tape, at, moment, out), resume);
  }

  /** No longer watched and no longer in need of its signals. Harmless for one that is neither. */
  leave(slot: number): void {
    const table = this.#table;
    if (!isAlive(table.status(slot))) return;
    const tape = this.tape(slot);
    const { leaves, keepsMore } = table.shape(slot);
    unwatch(table, tape, slot);
    tape.pending.delete(slot);
    if (keepsMore) leaveTrails(table, tape, slot);
    for (const { recipe } of leaves) tape.release(recipe);
    table.endCooldown(slot);
    if (!keepsMore) return;
    tape.manifold -= 1;
    table.anchors.delete(slot);
    table.marks.delete(slot);
    this.#holding.drop(slot);
    this.#closing.leave(tape, slot);
  }

  #judge(slot: number, tape: Tape, at: number, moment: Moment, out: Effect[]): void {
    const table = this.#table;
    if (moment !== 'close' && closesOf(table.shape(slot)) !== null) return;
    const watched = table.watched(slot);
    if (watched === FOR_TRUE || watched === FOR_BREAK) {
      const { hasSequences } = table.shape(slot);
      // What is decided by the next tick is not by what happens in between.
      if (moment === 'resting' && tape.pending.has(slot) && (watched === FOR_TRUE || hasSequences)) return;
      const follows = hasSequences ? this.#follows(slot, tape, at, moment) : NOTHING_FOLLOWS;
      if (watched === FOR_TRUE) this.#comeTrue(slot, tape, at, moment, follows, out);
      else this.#confirm(slot, tape, at, moment, follows, out);
    } else if (watched === FOR_FALSE && isFalseAgain(table, tape, slot)) {
      this.#changed(slot);
      unwatch(table, tape, slot);
      table.setWasFalse(slot, true);
      table.remindAt.delete(slot);
      if (table.cooldownUntil(slot) === undefined) this.#arm(slot, at, out);
    } else if (moment !== 'resting' && table.remindAt.get(slot) === OVERDUE) this.#remind(slot, at, out);
  }

  #comeTrue(slot: number, tape: Tape, at: number, moment: Moment, follows: Follows, out: Effect[]): void {
    const table = this.#table;
    if (truthOfAlert(table, tape, slot, moment, follows) !== TRUE) return;
    if (table.shape(slot).confirmation === null || moment === 'close') this.#fire(slot, at, moment, out);
    else this.#hold(slot, newHold(table, tape, slot, at, moment, follows));
  }

  #follows(slot: number, tape: Tape, at: number, moment: Moment): Follows {
    this.#changed(slot);
    return stepSequences(this.#table, tape, slot, at, moment);
  }

  #due({ due, kind, slot }: Timer, out: Effect[]): void {
    const table = this.#table;
    const tape = this.tape(slot);
    this.#changed(slot);
    if (kind === EXPIRY) {
      this.leave(slot);
      this.#become(slot, EXPIRED, due, out);
    } else if (kind === REMINDER) {
      const decides = tape.hasOpen(due) && isKnown(table, tape, slot, due) && closesOf(table.shape(slot)) === null;
      if (decides) this.#remind(slot, due, out);
      else this.#overdue(slot);
    } else if (kind === FULL) {
      tape.rest(due);
      const decides = isKnown(table, tape, slot, due) && !isBlind(table, tape, slot, due);
      // Something else that it looks at may have become too old since.
      if (decides && truthOfHold(table, tape, slot, table.holds.get(slot) as Hold) === TRUE)
        this.#fire(slot, due, 'resting', out);
      else this.#holding.defer(slot);
    } else {
      table.setCooldownUntil(slot, undefined);
      if (table.policy(slot).barMs !== null) this.#arm(slot, due, out, 'next tick');
      else if (table.wasFalse(slot)) this.#arm(slot, due, out);
    }
  }

  /** A condition that has held until now: no longer, further on, or for long enough. */
  #confirm(slot: number, tape: Tape, at: number, moment: Moment, follows: Follows, out: Effect[]): void {
    const table = this.#table;
    const hold = table.holds.get(slot) as Hold;
    if (truthOfHold(table, tape, slot, hold) !== TRUE) {
      this.#changed(slot);
      unwatch(table, tape, slot);
      this.#holding.drop(slot);
      watch(table, tape, slot, FOR_TRUE);
      this.#comeTrue(slot, tape, at, moment, follows, out);
      return;
    }
    if (moment === 'resting') return;
    const next = heldOn(table, tape, slot, hold, follows);
    if (next !== hold) this.#hold(slot, next);
    if (isFull(table, tape, slot, next)) this.#fire(slot, at, moment, out);
    else if (next.isOverdue) tape.pending.add(slot);
  }

  #hold(slot: number, hold: Hold): void {
    this.#changed(slot);
    this.#holding.set(slot, hold);
  }

  /** A reminder is a firing of an epoch of its own: it arms, and holds from the start. */
  #remind(slot: number, at: number, out: Effect[]): void {
    const table = this.#table;
    this.tape(slot).rest(at);
    const truth = truthOfAlert(table, this.tape(slot), slot, 'resting');
    if (truth === TRUE) {
      unwatch(table, this.tape(slot), slot);
      this.#arm(slot, at, out, 'reminder');
    } else if (truth === FALSE) this.#remindLater(slot, at);
    else this.#overdue(slot);
  }

  #remindLater(slot: number, at: number): void {
    const { remindEveryMs } = this.#table.policy(slot);
    if (remindEveryMs === null) return;
    this.#table.remindAt.set(slot, at + remindEveryMs);
    this.#timers.add(at + remindEveryMs, REMINDER, slot);
  }

  #overdue(slot: number): void {
    this.#table.remindAt.set(slot, OVERDUE);
    if (closesOf(this.#table.shape(slot)) === null) this.tape(slot).pending.add(slot);
  }

  /** Where it holds already it fires at once, begins to be confirmed, or waits for the first tick of a new bar. */
  #arm(slot: number, at: number, out: Effect[], start: 'now' | 'next tick' | 'reminder' = 'now'): void {
    const table = this.#table;
    const tape = this.tape(slot);
    this.#beginEpoch(slot, tape, at, out);
    const { confirmation } = table.shape(slot);
    const waitsForClose = confirmation?.kind === 'close';
    if (waitsForClose) this.#closing.join(tape, slot, at);
    const holds = truthOfAlert(table, tape, slot, 'resting') === TRUE;
    const counts = waitsForClose ? start === 'reminder' : start !== 'next tick' && isKnown(table, tape, slot, at);
    if (armSequences(table, tape, slot, at, counts) && !waitsForClose) tape.pending.add(slot);
    if (holds && counts) {
      if (start === 'reminder' || confirmation === null) this.#fire(slot, at, 'resting', out, start === 'reminder');
      else this.#hold(slot, newHold(table, tape, slot, at, 'resting', NOTHING_FOLLOWS));
    } else {
      watch(table, tape, slot, FOR_TRUE);
      if (holds && !waitsForClose) tape.pending.add(slot);
    }
  }

  #beginEpoch(slot: number, tape: Tape, at: number, out: Effect[]): void {
    this.#table.beginEpoch(slot, at);
    tape.rest(at);
    joinTrails(this.#table, tape, slot);
    this.#become(slot, ARMED, at, out);
  }

  #fire(slot: number, at: number, moment: Moment, out: Effect[], isReminder = false): void {
    const table = this.#table;
    const tape = this.tape(slot);
    const policy = table.policy(slot);
    const trigger = triggerOf(this.#symbol, table, tape, slot, at, moment);
    out.push({ kind: 'trigger', trigger: isReminder ? { ...trigger, reminder: true } : trigger });
    if (policy.frequency === 'once') {
      this.leave(slot);
      this.#become(slot, DONE, at, out);
      return;
    }
    tape.pending.delete(slot);
    if (waitsAsBefore(table, tape, slot)) {
      this.#beginEpoch(slot, tape, at, out);
      return;
    }
    unwatch(table, tape, slot);
    const { keepsMore, hasMoves } = table.shape(slot);
    if (keepsMore) {
      this.#holding.drop(slot);
      table.marks.delete(slot);
    }
    if (hasMoves) anchorMoves(table, tape, slot, at);
    if (policy.barMs !== null) {
      table.setWasFalse(slot, true);
      // A close belongs to the bar that it ends.
      const within = moment !== 'close' && tape.hasOpen(at) ? at : tape.seenAt;
      const next = Math.max(at, barEnd(policy, policy.barMs, within));
      table.setCooldownUntil(slot, next);
      this.#timers.add(next, COOLDOWN, slot);
      this.#become(slot, COOLING, at, out);
      return;
    }
    const isFalse = isFalseAgain(table, tape, slot);
    if (isFalse && policy.cooldownMs === 0) {
      this.#arm(slot, at, out);
      return;
    }
    table.setWasFalse(slot, isFalse);
    if (policy.cooldownMs > 0) {
      table.setCooldownUntil(slot, at + policy.cooldownMs);
      this.#timers.add(at + policy.cooldownMs, COOLDOWN, slot);
    }
    this.#become(slot, COOLING, at, out);
    if (isFalse) return;
    watch(table, tape, slot, FOR_FALSE);
    this.#remindLater(slot, at);
  }

  #become(slot: number, status: number, at: number, out: Effect[]): void {
    const table = this.#table;
    table.setStatus(slot, status);
    this.#changed(slot);
    const [alertId, version, epoch] = [table.id(slot), table.version(slot), table.epoch(slot)];
    out.push({ kind: 'alert-state', alertId, version, status: statusOf(status), epoch, at });
  }

  /** A bar is over, and what waited for its close is judged on it. */
  *#atClose(place: number, due: number, out: Effect[]): Generator<void> {
    const { tape, slots } = this.#closing.take(place, due);
    tape.rest(due);
    const judge = (slot: number): void => {
      this.#changed(slot);
      this.#judge(slot, tape, due, 'close', out);
      if (this.#table.closes.has(slot)) this.#closing.note(tape, slot, due);
    };
    yield* inOrder(slots, judge, () => tape.rest(due)) ?? [];
  }

  /** Nothing was seen for so long that some alerts take note of it. */
  *#fallingSilent(place: number, due: number, out: Effect[]): Generator<void> {
    const { tape, touched } = this.#silences.fall(place, due);
    for (const slot of touched) this.#changed(slot);
    tape.rest(due);
    yield* this.judging(touched, tape, due, 'resting', out) ?? [];
  }

  /** Takes up the work of an alert that a checkpoint has brought back. */
  #resume(slot: number): void {
    const table = this.#table;
    const status = table.status(slot);
    if (!isAlive(status)) return;
    const tape = this.tape(slot);
    const before = { calendar: table.policy(slot).calendar, history: {} };
    const { leaves, keepsMore } = table.shape(slot);
    if (keepsMore) tape.manifold += 1;
    for (const { recipe } of leaves) this.#silences.acquire(tape, recipe, before, null);
    rejoinTrails(table, tape, slot);
    this.#timers.resume(slot);
    resumeAnchors(table, tape, slot);
    if (table.closes.has(slot)) this.#closing.resume(tape, slot);
    const hold = table.holds.get(slot);
    if (hold !== undefined) this.#holding.resume(slot, hold);
    else if (status === ARMED) watch(table, tape, slot, FOR_TRUE);
    else if (status === COOLING && !table.wasFalse(slot)) watch(table, tape, slot, FOR_FALSE);
  }
}
