/**
 * All alerts of one instrument: the changes of its rules, its ticks in order, and time. A tick first lets pass what was
 * due until then, then is judged.
 */
import type { AlertId } from '../alert/alert.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { AlertLives } from './alert-lives.ts';
import type { AlertTable } from './alert-table.ts';
import { endAnchors } from './anchoring.ts';
import type { Effect, PastPrices, PutRule } from './event.ts';
import { IdleTapes } from './idle-tapes.ts';
import { type Sharing, writeRule } from './rule-writing.ts';
import { finish } from './slices.ts';
import type { Tape } from './tape.ts';
import type { TickOrder } from './tick-order.ts';
import { mergeTrails } from './trailing.ts';

/**
 * Removed alerts are remembered so that an old change, published once more, does not bring one back. The relay that
 * may do so repeats at most its last batch, which is far smaller.
 */
const MAX_REMOVED = 1024;

export class InstrumentWatch {
  readonly symbol: InstrumentSymbol;
  readonly table: AlertTable;
  readonly tapes: ReadonlyMap<CalendarId, Tape>;
  readonly order: TickOrder;
  readonly removed: Map<AlertId, number>;
  /** Goes along with it: to begin anew would pass over all that were forgotten before. */
  readonly #oldestRemoved: Iterator<AlertId>;
  /** Told of each slot that has changed. */
  readonly #changed: (slot: number) => void;
  readonly #sharing: Sharing;
  readonly #lives: AlertLives;
  /** The newest tick of all. */
  lastAt: number;
  readonly #ways: IdleTapes;
  /** Slots the tick at hand concerns; kept to spare an array for each tick. */
  readonly #touched: number[] = [];

  constructor(parts: {
    readonly symbol: InstrumentSymbol;
    readonly table: AlertTable;
    readonly tapes: ReadonlyMap<CalendarId, Tape>;
    readonly order: TickOrder;
    readonly removed: Map<AlertId, number>;
    readonly lastAt: number;
    readonly sharing: Sharing;
    readonly changed: (slot: number) => void;
  }) {
    this.symbol = parts.symbol;
    this.table = parts.table;
    this.tapes = parts.tapes;
    this.#ways = new IdleTapes([...parts.tapes.values()]);
    this.order = parts.order;
    this.removed = parts.removed;
    this.#oldestRemoved = parts.removed.keys();
    this.lastAt = parts.lastAt;
    this.#sharing = parts.sharing;
    this.#changed = parts.changed;
    this.#lives = new AlertLives(parts.symbol, parts.table, parts.tapes, parts.changed);
  }

  get nextDue(): number {
    return this.#lives.nextDue;
  }

  /** False where the tick was late or repeated. */
  tick(tick: Tick, out: Effect[]): boolean {
    if (!this.order.accepts(tick)) return false;
    finish(this.take(tick, out));
    return true;
  }

  /**
   * A tick that is in order. What it gives is what is left to do: where something was due, or many are concerned. What
   * falls due after it waits for the next tick or mark, also if the clock has come further: the next may be of before.
   */
  take(tick: Tick, out: Effect[]): Generator<void> | undefined {
    this.lastAt = Math.max(this.lastAt, tick.at);
    return this.nextDue <= tick.at ? this.#takingLate(tick, out) : this.#takeInTime(tick, out);
  }

  *#takingLate(tick: Tick, out: Effect[]): Generator<void> {
    yield* this.passing(tick.at, out);
    yield* this.#takeInTime(tick, out) ?? [];
  }

  #takeInTime(tick: Tick, out: Effect[]): Generator<void> | undefined {
    const ways = this.#ways;
    if (ways.areDivided) ways.keep(tick);
    return this.#goThrough(ways.busy, 0, tick, out);
  }

  /** The tapes from this one on. */
  #goThrough(tapes: readonly Tape[], from: number, tick: Tick, out: Effect[]): Generator<void> | undefined {
    for (let index = from; index < tapes.length; index += 1) {
      const tape = tapes[index] as Tape;
      if (!tape.takes(tick)) continue;
      const touched = this.#advance(tape, tick);
      if (touched.length === 0) continue;
      const slices = this.#lives.judging(touched, tape, tape.at, 'live', out);
      if (slices !== undefined) return this.#goingOn(slices, tapes, index + 1, tick, out);
    }
    if (!this.#ways.areDivided) this.#ways.divide(tick);
    return undefined;
  }

  *#goingOn(
    slices: Generator<void>,
    ...[tapes, from, tick, out]: [readonly Tape[], number, Tick, Effect[]]
  ): Generator<void> {
    yield* slices;
    yield* this.#goThrough(tapes, from, tick, out) ?? [];
  }

  /** Every tape knows every tick: to be called before anybody but ticks looks at them. */
  settle(): void {
    this.#ways.settle();
  }

  lose(from: number, to: number): void {
    for (const tape of this.tapes.values()) tape.lose(from, to);
  }

  /** Time has come to `at`: what was due happens, each at its own time. */
  passing(at: number, out: Effect[]): Generator<void> {
    return this.#lives.passing(at, out);
  }

  pass(at: number, out: Effect[]): void {
    if (this.nextDue <= at) finish(this.passing(at, out));
  }

  /**
   * `now` is the engine's time; `epoch` that of an alert which comes from another watch. False where the rule is not newer
   * than what is known.
   */
  put(change: PutRule, now: number, out: Effect[], epoch = 0): boolean {
    const { table } = this;
    const { rule } = change;
    this.pass(now, out);
    if (this.removed.size > 0 && (this.removed.get(rule.alertId) ?? -1) >= rule.version) return false;
    let slot = table.ids.slotOf(rule.alertId);
    if (slot === undefined) {
      slot = table.take(rule.alertId);
      table.setEpoch(slot, epoch);
    } else {
      if (rule.version <= table.version(slot)) return false;
      this.#lives.leave(slot);
    }
    writeRule(table, this.#sharing, slot, rule);
    this.#lives.begin(slot, change, now, out);
    return true;
  }

  /** Prices of before that another watch's alert brings for its windows. */
  recall(hours: CalendarId, past: PastPrices, windowMs: number, now: number, out: Effect[]): void {
    this.#lives.recall(this.tapes.get(hours) as Tape, past, windowMs, now, out);
  }

  remove(id: AlertId, version: number): boolean {
    const slot = this.table.ids.slotOf(id);
    if (slot === undefined) {
      if ((this.removed.get(id) ?? -1) >= version) return false;
    } else if (version < this.table.version(slot)) return false;
    else this.#give(slot);
    this.noteRemoved(id, version);
    return true;
  }

  /** Lets go of an alert and gives its epoch; undefined where it has none of that id. */
  give(id: AlertId): number | undefined {
    const slot = this.table.ids.slotOf(id);
    if (slot === undefined) return undefined;
    const epoch = this.table.epoch(slot);
    this.#give(slot);
    return epoch;
  }

  noteRemoved(id: AlertId, version: number): void {
    this.removed.delete(id);
    this.removed.set(id, version);
    if (this.removed.size > MAX_REMOVED) this.removed.delete(this.#oldestRemoved.next().value as AlertId);
  }

  #give(slot: number): void {
    this.#lives.leave(slot);
    this.table.give(slot);
    this.#changed(slot);
  }

  /** Of the newest rule of an alert that it has; undefined where it has none of that id. */
  versionOf(id: AlertId): number | undefined {
    const slot = this.table.ids.slotOf(id);
    return slot === undefined ? undefined : this.table.version(slot);
  }

  /** Of the hours that an alert watches. */
  tape(slot: number): Tape {
    return this.#lives.tape(slot);
  }

  /** Takes the tick in and gives the slots it concerns. */
  #advance(tape: Tape, tick: Tick): number[] {
    const touched = this.#touched;
    touched.length = 0;
    if (tape.manifold > 0 && tape.trails.mayMerge) mergeTrails(this.table, tape, (slot) => this.#changed(slot));
    tape.advance(tick, touched);
    this.#lives.awaitTime(tape);
    if (tape.manifold > 0) this.#lookFurther(tape, touched);
    if (tape.pending.size > 0) {
      for (const slot of tape.pending) {
        touched.push(slot);
        this.#changed(slot);
      }
      tape.pending.clear();
    }
    return touched;
  }

  /** After a tick: at what few alerts have. */
  #lookFurther(tape: Tape, touched: number[]): void {
    if (tape.anchorEnds.nextDue <= tape.at)
      endAnchors(this.table, tape, (slot, isWatched) => {
        this.#changed(slot);
        if (isWatched) touched.push(slot);
      });
    if (tape.watchesHolds) this.#lives.touchHolds(tape, touched);
  }
}
