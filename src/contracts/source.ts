/**
 * A price source: one provider's feed, turned into ticks. The ingest role runs it, checks its ticks and publishes them.
 *
 * Promises every adapter keeps (proven by the conformance suite beside this file):
 * - It says nothing but what the provider said: `at` is the provider's trade time, never the time of fetching; a 200
 *   with an error inside, an empty answer or a zero for "unknown" is a failure, never a tick.
 * - `emit` is awaited before the next batch is read: a slow store slows the source down (live sources conflate
 *   nothing; they buffer up to a named limit, then report a gap).
 * - It reconnects by itself with back-off and jitter, finds a feed that is connected but silent, and reports what it
 *   could not see as a gap: from the last trade seen to the first one after.
 * - After `stop` resolves it emits nothing more and holds no socket, timer or file.
 */
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export type SourceState = 'connecting' | 'live' | 'stalled' | 'waiting' | 'ended' | 'failed';

export interface SourceEvents {
  /**
   * In the provider's order. Resolves when the ticks are durable, with what became of each. Rejects only while the
   * program stops and the store is away; nothing is then lost that the next start could not ask for again.
   */
  emit(ticks: readonly Tick[]): Promise<readonly TickVerdict[]>;
  /**
   * Ticks of the past that fill what was not seen, in the provider's order: for charts only, never evaluated and never
   * counted as rejected. Resolves when they are durable.
   */
  history(ticks: readonly Tick[]): Promise<void>;
  /** Nothing was seen of the instrument between these times (ms UTC, provider's clock). */
  gap(symbol: InstrumentSymbol, from: number, to: number, reason: string): Promise<void>;
  state(state: SourceState, detail: string): void;
}

export interface SourceContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The last tick of each symbol from this source that is durable; a resumable source goes on after it. */
  readonly resumeAfter: ReadonlyMap<InstrumentSymbol, { readonly at: number; readonly sequence: number | null }>;
  /** 0 <= n < 1, for jitter. */
  random(): number;
}

export interface Source {
  readonly name: string;
  /** True where the feed is not a real market; every page then says so. */
  readonly demo: boolean;
  /**
   * Where time is the recording's: the time it has come to, ms UTC. The program then has one market time, the
   * recording's, and no other feed runs beside it (pushed prices are judged by it too). Null for live sources.
   */
  readonly recordedTime: (() => number) | null;
  /** What it can be asked to watch. Known before `start`. */
  instruments(): Promise<readonly Instrument[]>;
  /** Resolves when it is under way. A live source may be started again after `stop`: so the role revives a failed one. */
  start(context: SourceContext, events: SourceEvents): Promise<void>;
  /**
   * Says which of its instruments are to be watched, before `start` or while it runs; all, where nothing was said. From
   * then on a live source says nothing of the others: another process may fetch them. A recording plays on as a whole.
   */
  watch(instruments: readonly Instrument[]): Promise<void>;
  stop(): Promise<void>;
}
