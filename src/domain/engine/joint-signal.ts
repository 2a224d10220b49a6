/**
 * A signal of a joint tape: one of a single member, or calculated from several. It is known while every instrument in it
 * is fresh, and keeps its last fresh value while it is not.
 */
import { LiveSignal } from '../signal/live-signal.ts';
import type { Recipe } from '../signal/recipe.ts';
import type { Member } from './joint-tape.ts';

/** The signal of the member's own tape, acquired. */
export interface Source {
  readonly of: LiveSignal;
  readonly release: () => void;
}

export class JointSignal extends LiveSignal {
  readonly #members: readonly Member[];
  readonly #source: Source | null;
  /** The value when all of it was fresh last: what a crossing is measured from. */
  fresh = Number.NaN;

  constructor(recipe: Recipe, parts: readonly LiveSignal[], members: readonly Member[], source: Source | null) {
    super(recipe, parts[0] ?? null, parts[1] ?? null, source?.of.bars ?? null);
    this.#members = members;
    this.#source = source;
  }

  override get known(): number {
    return this.fresh;
  }

  /** With the last fresh value of a checkpoint, or from the last values there are, however old. `at` is the last tick's. */
  begin(kept: number | undefined, at: number): void {
    this.#look(at);
    this.fresh = kept ?? this.now;
  }

  /** A tick of `moved` has come at `at`; what this is made of has been brought up to it. */
  step(moved: Member, at: number, touched: number[]): void {
    this.before = this.fresh;
    this.isBack = false;
    if (!this.#members.every(({ isFresh }) => isFresh)) {
      this.now = Number.NaN;
      // The first step at which it is not known any more: what held does so no more.
      if (this.#members.every(({ wasFreshLast }) => wasFreshLast)) this.touched(touched);
      return;
    }
    const wasFresh = this.#members.every((member) => member.wasFresh);
    // What is not known may have come to be between ticks, by prices of before that a rule has brought; a window slides on.
    const mayRest = !this.#members.includes(moved) && !(this.#source === null && this.recipe.kind === 'relative');
    if (wasFresh && mayRest && !Number.isNaN(this.fresh)) {
      this.now = this.fresh;
      return;
    }
    this.now = this.#value(at);
    this.fresh = this.now;
    this.isBack = !wasFresh;
    this.touched(touched);
  }

  /** Between ticks. */
  rest(): void {
    this.now = this.#members.every(({ isFresh }) => isFresh) ? this.fresh : Number.NaN;
  }

  releaseSource(): void {
    this.#source?.release();
  }

  #look(at: number): void {
    for (const part of [this.of, this.and]) if (part instanceof JointSignal) part.#look(at);
    this.now = this.#value(at);
  }

  #value(at: number): number {
    return this.#source === null ? this.compute(at, Number.NaN, Number.NaN) : this.#source.of.now;
  }
}
