/**
 * What this gateway shares with the others, and what it does where it cannot: it goes on with what it knows by itself,
 * and says so, in the log once and in `/statusz` for as long as it lasts.
 *
 *   alone (no SHARED)        shared <──> alone (the memory cannot be reached)
 *
 * Whoever asks gets undefined while alone, and then counts for itself.
 */
import { type Clock, every } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Gauge, Metrics } from '#contracts/metrics.ts';
import type { Attendance, SharedMemory } from '#contracts/shared-memory.ts';
import type { Tick } from '#domain/market/tick.ts';

/** A third of the shortest time that the memory waits for a gateway. */
const BEAT_EVERY_MS = 2_000;
/** Often enough for a page's first prices, seldom enough to cost nothing. */
const PRICES_EVERY_MS = 1_000;

export interface SharingStatus {
  readonly isShared: boolean;
  /** Why each gateway counts for itself; null while they share. */
  readonly problem: string | null;
  /** As of the last word; null while alone. */
  readonly gateways: number | null;
  readonly streams: number | null;
}

export interface SharingOptions {
  /** Null where the settings name none. */
  readonly memory: SharedMemory | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Streams open here. */
  streams(): number;
  /** Every price that is known here. */
  newest(): Iterable<Tick>;
}

const NOT_SET = 'SHARED is not set';

export class Sharing {
  readonly #options: SharingOptions;
  readonly #gauge: Gauge;
  readonly #resumed = new Set<() => void>();
  #attendance: Attendance | null = null;
  #problem: string | null;
  #fresh = new Map<string, Tick>();
  #stops: (() => Promise<void>)[] = [];

  constructor(options: SharingOptions) {
    this.#options = options;
    this.#problem = options.memory === null ? NOT_SET : 'not reached yet';
    this.#gauge = options.metrics.gauge({
      name: 'tocsin_gateway_shares',
      help: 'Whether limits are counted over all gateways (1) or by this one for itself (0).',
    });
    this.#gauge.set(0);
  }

  /** Tries the memory once, and goes on whether it is there or not. */
  async start(): Promise<void> {
    const { memory, clock, log } = this.#options;
    if (memory === null) return;
    await this.#beat(memory);
    if (this.#attendance === null) this.#sayAlone();
    const failed = (error: unknown): void => log.warn({ err: error }, 'a chore of the shared memory failed');
    this.#stops = [
      every(clock, BEAT_EVERY_MS, () => this.#beat(memory), failed),
      every(clock, PRICES_EVERY_MS, () => this.#keepPrices(memory), failed),
    ];
  }

  status(): SharingStatus {
    const { gateways = null, streams = null } = this.#attendance ?? {};
    return { isShared: this.#problem === null, problem: this.#problem, gateways, streams };
  }

  /** False where the settings name no memory: there is nothing to say to it. */
  get isConfigured(): boolean {
    return this.#options.memory !== null;
  }

  /** Called whenever the memory may have lost what this gateway said. */
  onResumed(resumed: () => void): void {
    this.#resumed.add(resumed);
  }

  take(bucket: string, perMinute: number): Promise<number | undefined> {
    return this.#try((memory) => memory.take(bucket, perMinute));
  }

  hold(name: string, streams: number): Promise<number | undefined> {
    return this.#try((memory) => memory.hold(name, streams));
  }

  async latestPrices(): Promise<readonly Tick[]> {
    return (await this.#try((memory) => memory.prices())) ?? [];
  }

  moved(tick: Tick): void {
    if (this.isConfigured) this.#fresh.set(tick.symbol, tick);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }

  async #try<T>(ask: (memory: SharedMemory) => Promise<T>): Promise<T | undefined> {
    const { memory } = this.#options;
    // Once it is known to be away, only the beat asks whether it is back: no request waits for that.
    if (memory === null || this.#problem !== null) return undefined;
    try {
      return await ask(memory);
    } catch (error) {
      this.#lost(error);
      return undefined;
    }
  }

  async #beat(memory: SharedMemory): Promise<void> {
    try {
      this.#attendance = await memory.beat(this.#options.streams());
    } catch (error) {
      this.#lost(error);
      return;
    }
    const wasAlone = this.#problem !== null;
    this.#problem = null;
    if (!wasAlone && !this.#attendance.isNew) return;
    this.#gauge.set(1);
    if (wasAlone) this.#options.log.info({}, 'limits are counted over all gateways');
    // It may have begun empty: what was said to it before is said again.
    for (const tick of this.#options.newest()) if (!this.#fresh.has(tick.symbol)) this.#fresh.set(tick.symbol, tick);
    for (const resumed of this.#resumed) resumed();
  }

  /** One gateway is enough; the others keep theirs at hand, in case it goes. */
  async #keepPrices(memory: SharedMemory): Promise<void> {
    if (this.#attendance?.isFirst !== true || this.#problem !== null || this.#fresh.size === 0) return;
    const some = this.#fresh;
    this.#fresh = new Map();
    try {
      await memory.keepPrices([...some.values()]);
    } catch (error) {
      for (const [symbol, tick] of some) if (!this.#fresh.has(symbol)) this.#fresh.set(symbol, tick);
      this.#lost(error);
    }
  }

  /** Whatever it is, requests go on: a server that forbids a command is as good as away. */
  #lost(error: unknown): void {
    const wasShared = this.#problem === null;
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#attendance = null;
    this.#gauge.set(0);
    if (wasShared) this.#sayAlone();
  }

  #sayAlone(): void {
    this.#options.log.warn(
      { problem: this.#problem },
      'the shared memory cannot be reached: limits are counted by this gateway alone',
    );
  }
}
