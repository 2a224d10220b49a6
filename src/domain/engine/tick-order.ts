/**
 * Lets each tick of an instrument through once and in order, for each source. A source that resumes may repeat itself,
 * and no log delivers exactly once.
 */
import type { Tick } from '../market/tick.ts';

/** `[source, at, sequence]` of the last tick of each source. */
export type TickOrderState = readonly (readonly [string, number, number | null])[];

interface LastSeen {
  at: number;
  sequence: number | null;
}

export class TickOrder {
  readonly #sources = new Map<string, LastSeen>();
  /** Whose tick was last: the next one is mostly of the same. */
  #lastSource: string | undefined;
  #lastSeen: LastSeen | undefined;

  static restore(state: TickOrderState): TickOrder {
    const order = new TickOrder();
    for (const [source, at, sequence] of state) order.#sources.set(source, { at, sequence });
    return order;
  }

  /** False for a late or repeated tick. */
  accepts(tick: Tick): boolean {
    const { source } = tick;
    const last = source === this.#lastSource ? this.#lastSeen : this.#sources.get(source);
    const sequence = tick.sequence ?? null;
    this.#lastSource = source;
    this.#lastSeen = last;
    if (last === undefined) {
      this.#lastSeen = { at: tick.at, sequence };
      this.#sources.set(source, this.#lastSeen);
      return true;
    }
    if (tick.at < last.at || (sequence !== null && last.sequence !== null && sequence <= last.sequence)) return false;
    last.at = tick.at;
    if (sequence !== null) last.sequence = sequence;
    return true;
  }

  state(): TickOrderState {
    return [...this.#sources].map(([source, { at, sequence }]) => [source, at, sequence] as const);
  }
}
