/**
 * The values of a signal in the order they came, as far back as the longest window on it, to answer "what was it then".
 *
 * Every value is kept, up to MAX_KEPT; beyond that, older answers come from coarser tiers that keep the last value of
 * each second, of each 8 seconds, 64 seconds and so on. Memory is bounded, whatever is asked: an answer that no longer
 * is exact is at most 1/8000 of its window too old.
 */
import { HistoryTier, type SegmentState, type TierState } from './history-tier.ts';

/** One megabyte a tier: 65,536 values are 20 minutes of the busiest coin and days of most stocks. */
export const MAX_KEPT = 65_536;
const FIRST_SPACING_MS = 1000;
const SPACING_FACTOR = 8;

export interface HistoryState {
  readonly tiers: readonly TierState[];
}

export class History {
  readonly #maxKept: number;
  readonly #tiers: HistoryTier[];
  /** Segments that `clear` has dropped since the last `takeChanges`. */
  #dropped: { readonly tier: number; readonly index: number }[] = [];

  constructor(maxKept: number = MAX_KEPT) {
    this.#maxKept = maxKept;
    this.#tiers = [new HistoryTier(0, maxKept)];
  }

  static restore(state: HistoryState, segment: (tier: number, index: number) => SegmentState): History {
    const history = new History();
    history.#tiers.length = 0;
    for (const [index, tier] of state.tiers.entries())
      history.#tiers.push(HistoryTier.restore(tier, history.#maxKept, (number) => segment(index, number)));
    return history;
  }

  /** How many values it holds in memory, over all tiers. */
  get size(): number {
    return this.#tiers.reduce((sum, tier) => sum + tier.size, 0);
  }

  /** `at` is never before that of the last value. */
  add(at: number, value: number, keepMs: number): void {
    this.#reach(keepMs);
    for (const tier of this.#tiers) {
      tier.add(at, value);
      tier.forget(at - keepMs);
    }
  }

  /** When the oldest value was; Infinity where there is none. */
  get oldestAt(): number {
    return (this.#tiers.at(-1) as HistoryTier).oldestAt;
  }

  /** Puts values before all that it holds; they are in order, and all older. */
  prepend(older: readonly (readonly [at: number, value: number])[], keepMs: number): void {
    const known: (readonly [number, number])[] = [];
    for (const [index, tier] of [...this.#tiers.entries()].reverse()) {
      const until = this.#tiers[index - 1]?.oldestAt ?? Number.POSITIVE_INFINITY;
      tier.each((at, value) => {
        if (at < until) known.push([at, value]);
      });
    }
    this.clear();
    for (const [at, value] of [...older, ...known]) this.add(at, value, keepMs);
  }

  /** The last value at or before `at`; NaN where that is not known (any more). */
  valueAt(at: number): number {
    for (const tier of this.#tiers) {
      if (tier.oldestAt <= at) return tier.valueAt(at);
    }
    return Number.NaN;
  }

  /** Forgets everything, as if new. */
  clear(): void {
    if (this.size === 0) return;
    this.segments((tier, index) => this.#dropped.push({ tier, index }));
    for (const [tier, { changed }] of this.#tiers.entries())
      for (const index of changed) this.#dropped.push({ tier, index });
    this.#tiers.splice(0, this.#tiers.length, new HistoryTier(0, this.#maxKept));
  }

  state(): HistoryState {
    return { tiers: this.#tiers.map((tier) => tier.state()) };
  }

  /** Calls back with each segment that has changed since the last call, undefined for one that is gone. */
  takeChanges(changed: (tier: number, index: number, state: SegmentState | undefined) => void): void {
    for (const { tier, index } of this.#dropped) changed(tier, index, undefined);
    this.#dropped = [];
    for (const [index, tier] of this.#tiers.entries())
      tier.takeChanges((number, state) => changed(index, number, state));
  }

  segments(found: (tier: number, index: number, state: SegmentState) => void): void {
    for (const [index, tier] of this.#tiers.entries()) tier.segments((number, state) => found(index, number, state));
  }

  /** The coarse tiers that a window of this length may need; one that is new begins with what the finer one knows. */
  #reach(keepMs: number): void {
    for (;;) {
      const coarsest = this.#tiers.at(-1) as HistoryTier;
      // A window touches up to two more stretches than it is long.
      const covers = coarsest.spacingMs === 0 ? FIRST_SPACING_MS : coarsest.spacingMs * (this.#maxKept - 2);
      if (keepMs <= covers) return;
      const spacingMs = coarsest.spacingMs === 0 ? FIRST_SPACING_MS : coarsest.spacingMs * SPACING_FACTOR;
      const coarser = new HistoryTier(spacingMs, this.#maxKept);
      coarsest.each((at, value) => coarser.add(at, value));
      this.#tiers.push(coarser);
    }
  }
}
