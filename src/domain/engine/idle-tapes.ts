/**
 * The tapes of an instrument, and which of them ticks have to go through: hours that no alert watches need only know the
 * last two ticks. Those are kept back, and gone through when anybody looks.
 *
 * That comes to the same as going through each tick: of ticks in order within the same hours a tape without alerts
 * remembers the last and the one before, and the last volume, which each has where the others have.
 */
import type { Tick } from '../market/tick.ts';
import type { Tape } from './tape.ts';

export class IdleTapes {
  readonly #all: readonly Tape[];
  /** Those that every tick goes through. */
  busy: readonly Tape[];
  #idle: readonly Tape[] = [];
  /** Before this moment no hours of an idle one begin or end. */
  #until = Number.NEGATIVE_INFINITY;
  #hasVolume = false;
  /** The last tick, as all know it; the last two of those that are kept back. */
  #lastAt = Number.POSITIVE_INFINITY;
  #last: Tick | undefined;
  #before: Tick | undefined;

  constructor(tapes: readonly Tape[]) {
    this.#all = tapes;
    this.busy = tapes;
  }

  /** Keeps a tick back for those that are idle; where that cannot be, all are busy. */
  keep(tick: Tick): void {
    const { at, volume } = tick;
    if (at >= this.#lastAt && at < this.#until && (volume !== undefined) === this.#hasVolume) {
      this.#before = this.#last;
      this.#last = tick;
      this.#lastAt = at;
    } else this.settle();
  }

  /** After a tick that all have gone through. */
  divide({ at, volume }: Tick): void {
    this.#idle = this.#all.filter(({ isIdle }) => isIdle);
    if (this.#idle.length === 0) return;
    this.busy = this.#all.filter(({ isIdle }) => !isIdle);
    this.#until = Math.min(...this.#idle.map(({ sameUntil }) => sameUntil));
    this.#lastAt = at;
    this.#hasVolume = volume !== undefined;
  }

  get areDivided(): boolean {
    return this.#idle.length > 0;
  }

  /** All have gone through every tick, and go through the next. */
  settle(): void {
    if (this.#idle.length === 0) return;
    const [idle, before, last] = [this.#idle, this.#before, this.#last];
    this.#idle = [];
    this.busy = this.#all;
    this.#until = Number.NEGATIVE_INFINITY;
    this.#before = undefined;
    this.#last = undefined;
    const touched: number[] = [];
    for (const tape of idle)
      for (const tick of [before, last]) if (tick !== undefined && tape.takes(tick)) tape.advance(tick, touched);
    if (touched.length > 0) throw new Error('a tick was kept back that concerns an alert');
  }
}
