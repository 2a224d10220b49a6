/**
 * The way in for prices that are handed to us instead of fetched (`POST /api/v1/prices`). The ingest role keeps it.
 */
import type { Tick, TickVerdict } from '#domain/market/tick.ts';

export interface PriceIntake {
  /** Checks and publishes; resolves when what was accepted is durable. One verdict a tick, in order. */
  push(ticks: readonly Tick[]): Promise<readonly TickVerdict[]>;
}

/** How one source is doing, for the page, /readyz and metrics. */
export interface SourceStatus {
  readonly name: string;
  readonly demo: boolean;
  readonly state: 'connecting' | 'live' | 'stalled' | 'waiting' | 'ended' | 'failed';
  readonly detail: string;
  /** ms UTC of the newest tick's `at`, null before the first. */
  readonly lastTickAt: number | null;
}
