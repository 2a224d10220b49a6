/**
 * What the signals of one tape were before, for those that a window is measured on. A past that nobody needs any more
 * stays until the next tick, so that an edited alert goes on with what it had.
 */
import { History, type HistoryState } from '../signal/history.ts';
import type { SegmentState } from '../signal/history-tier.ts';
import type { LiveSignal } from '../signal/live-signal.ts';

export class TapePasts {
  readonly #bySignal = new Map<string, History>();
  readonly #used = new Map<string, LiveSignal>();

  /**
   * As long as this window at least: as its past runs, as a checkpoint had it, or beginning with what was known of the
   * signal at `at`, NaN where nothing was.
   */
  keep(signal: LiveSignal, windowMs: number, at: number): void {
    if (windowMs <= signal.keepMs) return;
    const { key } = signal.recipe;
    signal.keepMs = windowMs;
    signal.history = this.#bySignal.get(key) ?? new History();
    this.#bySignal.set(key, signal.history);
    this.#used.set(key, signal);
    if (signal.history.size === 0 && !Number.isNaN(at)) add(signal, signal.known, at);
  }

  /** As long as the longest window that is still measured on it; not at all where there is none. */
  keepFor(signal: LiveSignal, windowsMs: readonly number[]): void {
    signal.keepMs = Math.max(0, ...windowsMs);
    if (signal.keepMs > 0) return;
    this.#used.delete(signal.recipe.key);
    signal.history = null;
  }

  /** After a tick. */
  remember(at: number): void {
    // Most tapes have none, and this is asked at each of their ticks.
    if (this.#used.size === 0) return;
    for (const signal of this.#used.values()) add(signal, signal.now, at);
  }

  /** A value that has come to be known between ticks. */
  recall(signal: LiveSignal, at: number): void {
    if (this.#used.get(signal.recipe.key) === signal) add(signal, signal.now, at);
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

function add(signal: LiveSignal, value: number, at: number): void {
  if (!Number.isNaN(value)) signal.history?.add(at, value, signal.keepMs);
}
