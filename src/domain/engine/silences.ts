/**
 * How long nothing has been seen in open hours, for the lengths that alerts ask for: one timer a length and tape, however
 * many alerts wait for it and however many ticks put it off.
 */
import { afterOpenTime } from '../calendar/session.ts';
import type { Recipe } from '../signal/recipe.ts';
import type { AlertTimers } from './alert-timers.ts';
import type { Tape } from './tape.ts';
import type { BarsBefore } from './tape-bars.ts';
import { SILENCE } from './timers.ts';

/** The slot of a timer is the number of its tape, times this, and its length. */
const TAPE_SPAN = 1e12;

export class Silences {
  readonly #tapes: readonly Tape[];
  readonly #timers: AlertTimers;

  constructor(tapes: readonly Tape[], timers: AlertTimers) {
    this.#tapes = tapes;
    this.#timers = timers;
  }

  /** A signal for one more alert. `now` is null where a checkpoint says what is silent. */
  acquire(tape: Tape, recipe: Recipe, before: BarsBefore, now: number | null): void {
    const signal = tape.acquire(recipe, before);
    if (recipe.kind !== 'silence' || signal.users > 1 || tape.last === null) return;
    const { forMs } = recipe;
    const isSilent =
      now === null ? tape.wasSilent.includes(forMs) : afterOpenTime(tape.calendar, tape.seenAt, forMs) <= now;
    if (isSilent) signal.now = forMs;
    else this.#time(tape, forMs);
  }

  /** After a tick: all may come again. */
  await(tape: Tape): void {
    if (tape.last === null) return;
    for (const { recipe } of tape.silences) if (recipe.kind === 'silence') this.#time(tape, recipe.forMs);
  }

  /** A timer has come due; ticks since it was set may have put the silence off. Gives the slots that are concerned. */
  fall(place: number, due: number): { readonly tape: Tape; readonly touched: number[] } {
    const tape = this.#tapes[Math.floor(place / TAPE_SPAN)] as Tape;
    const forMs = place % TAPE_SPAN;
    const touched: number[] = [];
    tape.timedSilences.delete(forMs);
    const signal = tape.silences.find(({ recipe }) => recipe.kind === 'silence' && recipe.forMs === forMs);
    if (signal !== undefined && afterOpenTime(tape.calendar, tape.seenAt, forMs) > due) this.#time(tape, forMs);
    else if (signal !== undefined) {
      signal.before = signal.now;
      signal.now = forMs;
      signal.touched(touched);
    }
    return { tape, touched };
  }

  #time(tape: Tape, forMs: number): void {
    if (tape.timedSilences.has(forMs)) return;
    tape.timedSilences.add(forMs);
    const slot = this.#tapes.indexOf(tape) * TAPE_SPAN + forMs;
    this.#timers.add(afterOpenTime(tape.calendar, tape.seenAt, forMs), SILENCE, slot);
  }
}
