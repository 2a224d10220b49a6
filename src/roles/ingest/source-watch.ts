/**
 * Keeps one source going: registers its instruments, starts it behind the last durable tick, and starts it again after
 * a wait that doubles when it has failed. Never gives up on a live source; a recording that failed stays failed, since
 * its file will not mend itself.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import type { SourceStatus } from '#contracts/intake.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Source, SourceContext, SourceEvents } from '#contracts/source.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';

/** A source reconnects by itself; it only comes to this when it could not even start, so there is no hurry. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A source that worked this long has recovered: the next failure is a new one. */
const RECOVERED_AFTER_MS = 60_000;

export interface SourceWatchDeps {
  readonly source: Source;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly positions: () => SourceContext['resumeAfter'];
  readonly register: (instruments: readonly Instrument[]) => Promise<void>;
  /** It is to be fetched here. */
  readonly isOurs: (symbol: InstrumentSymbol) => boolean;
  readonly events: Omit<SourceEvents, 'state'>;
  /** The recording is over. */
  readonly onEnded: () => void;
}

export class SourceWatch {
  private readonly deps: SourceWatchDeps;
  private readonly stopping = new AbortController();
  private state: SourceStatus['state'] = 'waiting';
  private detail = 'not started yet';
  private failed: () => void = () => {};
  private work: Promise<void> = Promise.resolve();
  private prepared: Promise<readonly Instrument[] | null> | null = null;
  lastTickAt: number | null = null;

  constructor(deps: SourceWatchDeps) {
    this.deps = deps;
  }

  status(): SourceStatus {
    const { name, demo } = this.deps.source;
    return { name, demo, state: this.state, detail: this.detail, lastTickAt: this.lastTickAt };
  }

  waitFor(detail: string): void {
    this.state = 'waiting';
    this.detail = detail;
  }

  /** Registers its instruments ahead of its start, so that they are found at once. Its start tells what goes wrong. */
  async prepare(): Promise<void> {
    this.prepared = this.registered();
    await this.prepared.catch(() => {});
  }

  start(): void {
    this.work = this.keepGoing();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.failed();
    await this.stopSource();
    await this.work;
  }

  private async keepGoing(): Promise<void> {
    const { source, clock, random } = this.deps;
    const { signal } = this.stopping;
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const startedAt = clock.now();
      const failed = new Promise<void>((resolve) => {
        this.failed = resolve;
      });
      try {
        await this.run();
      } catch (error) {
        this.onState('failed', error instanceof Error ? error.message : String(error));
      }
      await failed;
      if (signal.aborted || source.recordedTime !== null) return;
      await this.stopSource();
      if (clock.now() - startedAt > RECOVERED_AFTER_MS) waitMs = FIRST_WAIT_MS;
      await sleep(clock, waitMs * (0.5 + random()), signal);
    }
  }

  private async run(): Promise<void> {
    const { source, clock, log, metrics, random, positions, events } = this.deps;
    this.onState('connecting', '');
    const prepared = this.prepared ?? this.registered();
    this.prepared = null;
    const instruments = await prepared;
    if (instruments === null) return this.onState('waiting', 'nothing of it is fetched in this part');
    if (this.stopping.signal.aborted) return;
    await source.watch(instruments);
    await source.start(
      { clock, log: log.child({ source: source.name }), metrics, resumeAfter: positions(), random },
      { ...events, state: (state, detail) => this.onState(state, detail) },
    );
  }

  /** Those of its instruments that are to be fetched here; null where it has some, but none of them is. */
  private async registered(): Promise<readonly Instrument[] | null> {
    const { source, register, isOurs } = this.deps;
    const all = await source.instruments();
    const instruments = all.filter(({ symbol }) => isOurs(symbol));
    if (all.length > 0 && instruments.length === 0) return null;
    await register(instruments);
    return instruments;
  }

  private onState(state: SourceStatus['state'], detail: string): void {
    this.state = state;
    this.detail = detail;
    const { log, source, onEnded } = this.deps;
    const fields = { source: source.name, state, detail };
    if (state === 'failed' || state === 'stalled') log.warn(fields, 'price source');
    else log.info(fields, 'price source');
    if (state === 'failed') this.failed();
    if (state === 'ended') onEnded();
  }

  private async stopSource(): Promise<void> {
    try {
      await this.deps.source.stop();
    } catch (error) {
      this.deps.log.error({ source: this.deps.source.name, error }, 'a price source did not stop cleanly');
    }
  }
}
