/**
 * Alerts that are judged at the closes of bars: which wait for the same ones, and when the bar at hand closes. A close
 * costs what alerts wait for it, a tick nothing.
 *
 * A bar closes in which a tick was seen; one without has no close. When that is follows from the last tick alone, so
 * that nothing of it is kept but what each alert remembers of its last close.
 */
import { BAR_SIZES, type BarSize, barSizeOf } from '../signal/bar/bar.ts';
import { type BarHours, barSpanAt } from '../signal/bar/bar-span.ts';
import type { AlertTable } from './alert-table.ts';
import type { AlertTimers } from './alert-timers.ts';
import { type Close, closesOf } from './closes.ts';
import { orNull } from './evidence.ts';
import type { Tape } from './tape.ts';
import { CLOSE } from './timers.ts';

/** The alerts of one tape that wait for the closes of the same bars. */
export interface Closer {
  readonly tape: Tape;
  /** The slot of its timers: the same whenever it came to be. */
  readonly place: number;
  readonly size: BarSize;
  readonly hours: BarHours;
  readonly slots: Set<number>;
  /** The close it was last timed for; NaN before. */
  until: number;
}

export class Closing {
  readonly #table: AlertTable;
  readonly #tapes: readonly Tape[];
  readonly #timers: AlertTimers;
  readonly #closers = new Map<number, Closer>();

  constructor(table: AlertTable, tapes: readonly Tape[], timers: AlertTimers) {
    this.#table = table;
    this.#tapes = tapes;
    this.#timers = timers;
  }

  /** From now on; one that waits already goes on with what it remembers. */
  join(tape: Tape, slot: number, at: number): void {
    if (this.#table.closes.has(slot)) return;
    this.note(tape, slot, at);
    this.resume(tape, slot);
  }

  /** One that a checkpoint has brought back. */
  resume(tape: Tape, slot: number): void {
    const closer = this.#closerOf(tape, slot);
    closer.slots.add(slot);
    this.#time(closer);
  }

  /** Harmless for one that does not wait. */
  leave(tape: Tape, slot: number): void {
    if (this.#table.closes.delete(slot)) this.#closerOf(tape, slot).slots.delete(slot);
  }

  /** What its events look at is remembered for the next close. */
  note(tape: Tape, slot: number, until: number): void {
    const table = this.#table;
    const values = table
      .shape(slot)
      .leaves.map((leaf) => (leaf.isEvent ? orNull(tape.signal(leaf.recipe).known) : null));
    const close: Close = { until, seenAt: tape.last === null ? null : tape.seenAt, values };
    table.closes.set(slot, close);
  }

  /** After a tick: the bar that it is in closes some time. */
  tick(tape: Tape): void {
    for (const closer of this.#closers.values()) if (closer.tape === tape) this.#time(closer);
  }

  /** The alerts that the close at `due` is news to. */
  take(place: number, due: number): { readonly tape: Tape; readonly slots: number[] } {
    const { tape, slots } = this.#closers.get(place) as Closer;
    if (slots.size === 0) this.#closers.delete(place);
    return { tape, slots: [...slots].filter((slot) => (this.#table.closes.get(slot)?.until ?? due) < due) };
  }

  #time(closer: Closer): void {
    const { tape, place, size, hours, until } = closer;
    if (tape.last === null || closer.slots.size === 0 || tape.seenAt < until) return;
    closer.until = barSpanAt(size, hours, tape.seenAt).until;
    this.#timers.add(closer.until, CLOSE, place);
  }

  #closerOf(tape: Tape, slot: number): Closer {
    const { calendar, session } = this.#table.policy(slot);
    const size = barSizeOf(closesOf(this.#table.shape(slot)) ?? 0) ?? '5m';
    const ofTape = this.#tapes.findIndex((one) => one.calendar === calendar) * this.#tapes.length;
    const place = (ofTape + this.#tapes.indexOf(tape)) * BAR_SIZES.length + BAR_SIZES.indexOf(size);
    const known = this.#closers.get(place);
    if (known !== undefined) return known;
    const closer: Closer = {
      tape,
      place,
      size,
      hours: { calendar, hours: session },
      slots: new Set(),
      until: Number.NaN,
    };
    this.#closers.set(place, closer);
    return closer;
  }
}
