/**
 * The holds of one instrument: watched for what would end them, and timed for when they are full. It is told when one
 * begins, goes on or ends; what follows from that is not its affair.
 */
import { type AlertTable, FOR_BREAK } from './alert-table.ts';
import type { AlertTimers } from './alert-timers.ts';
import { countsTicks, type Hold } from './holds.ts';
import { isAfterGap } from './judgement.ts';
import type { Tape } from './tape.ts';
import { FULL, type Timer } from './timers.ts';
import { unwatch, watch } from './watching.ts';

/** Ticks that no longer confirm anything are forgotten when there are this many more than alerts. */
const IDLE_TIMERS = 1024;

export class Holding {
  readonly #table: AlertTable;
  readonly #tape: (slot: number) => Tape;
  readonly #timers: AlertTimers;

  constructor(table: AlertTable, tape: (slot: number) => Tape, timers: AlertTimers) {
    this.#table = table;
    this.#tape = tape;
    this.#timers = timers;
  }

  /** From now on the condition has to stay true until the hold is full. */
  set(slot: number, hold: Hold): void {
    const before = this.#table.holds.get(slot);
    unwatch(this.#table, this.#tape(slot), slot);
    this.#table.holds.set(slot, hold);
    this.#watch(slot);
    if (hold.full !== before?.full) this.#await(slot, hold);
  }

  /** One that a checkpoint has brought back. */
  resume(slot: number, hold: Hold): void {
    this.#watch(slot);
    if (!hold.isOverdue) this.#await(slot, hold);
  }

  /** Its time has come and nothing can be decided: the next tick does, if it comes after that time. */
  defer(slot: number): void {
    this.#table.holds.set(slot, { ...(this.#table.holds.get(slot) as Hold), isOverdue: true });
    this.#tape(slot).pending.add(slot);
  }

  /** Harmless where there is none; for an alert that is not watched. */
  drop(slot: number): void {
    if (!this.#table.holds.delete(slot)) return;
    const { wary, counting } = this.#tape(slot);
    wary.delete(slot);
    counting.delete(slot);
  }

  /** Those that are confirmed by the tick at hand, or that it lets begin anew. */
  touched(tape: Tape, touched: number[]): void {
    const { fullTicks } = tape;
    for (let timer = fullTicks.take(tape.ticks); timer !== undefined; timer = fullTicks.take(tape.ticks))
      if (this.#isCounting(tape, timer)) touched.push(timer.slot);
    for (const slot of tape.wary) if (isAfterGap(tape, this.#table.policy(slot))) touched.push(slot);
  }

  #watch(slot: number): void {
    const tape = this.#tape(slot);
    watch(this.#table, tape, slot, FOR_BREAK);
    if (this.#table.policy(slot).gap === 'skip') tape.wary.add(slot);
  }

  #await(slot: number, { full }: Hold): void {
    const tape = this.#tape(slot);
    const { fullTicks, counting } = tape;
    if (!countsTicks(this.#table, slot)) {
      this.#timers.add(full, FULL, slot);
      return;
    }
    counting.add(slot);
    if (fullTicks.size > this.#table.ids.size + IDLE_TIMERS) fullTicks.keep((timer) => this.#isCounting(tape, timer));
    fullTicks.add({ due: full, kind: FULL, slot });
  }

  /** The slot may be another alert's by now. */
  #isCounting(tape: Tape, { due, slot }: Timer): boolean {
    const table = this.#table;
    return table.holds.get(slot)?.full === due && countsTicks(table, slot) && this.#tape(slot) === tape;
  }
}
