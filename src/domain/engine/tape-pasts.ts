/**
 * What the signals of one tape were before, for those that a window is measured on. A past that nobody needs any more
 * stays until the next tick, so that an edited alert goes on with what it had.
 */
import { History, type HistoryState } from '../signal/history.ts';
import type { SegmentState } from '../signal/history-tier.ts';

export class TapePasts {
  readonly #bySignal = new Map<string, History>();
  readonly #used = new Set<string>();

  /** For use from now on: as it runs, as a checkpoint had it, or empty. */
  take(signal: string): History {
    const past = this.#bySignal.get(signal) ?? new History();
    this.#bySignal.set(signal, past);
    this.#used.add(signal);
    return past;
  }

  release(signal: string): void {
    this.#used.delete(signal);
  }

  /** One of a checkpoint, until an alert takes it up again. */
  restore(signal: string, past: History): void {
    this.#bySignal.set(signal, past);
  }

  /** What is not in use is gone for good. */
  settle(): void {
    for (const [signal, past] of this.#bySignal) if (!this.#used.has(signal)) past.clear();
  }

  state(): Readonly<Record<string, HistoryState>> {
    const kept = [...this.#bySignal].filter(([, { size }]) => size > 0);
    return Object.fromEntries(kept.map(([signal, past]) => [signal, past.state()]));
  }

  /** Each segment that has changed since the last call, undefined for one that is gone. */
  takeChanges(changed: (signal: string, tier: number, index: number, state: SegmentState | undefined) => void): void {
    for (const [signal, past] of this.#bySignal) {
      past.takeChanges((tier, index, state) => changed(signal, tier, index, state));
      if (past.size === 0 && !this.#used.has(signal)) this.#bySignal.delete(signal);
    }
  }

  segments(found: (signal: string, tier: number, index: number, state: SegmentState) => void): void {
    for (const [signal, past] of this.#bySignal)
      past.segments((tier, index, state) => found(signal, tier, index, state));
  }
}
