/**
 * The ingest role: runs the price sources, lets every tick pass the gate, and publishes to `stock-prices` what the
 * engine folds over: ticks, gaps and the time. What an alert must not see goes to history or is counted by reason.
 *
 * Promises: a tick is answered only when what became of it is durable; ticks of a symbol lie in the log in the order
 * their source said them; a clock mark lies behind every tick that is older than it by the allowance. After a restart
 * it waits until the log is recorded, so that each source goes on right behind its last durable tick. Where it fetches a
 * part of the instruments it says nothing of the others. It never evaluates, and never invents or changes a price.
 */
import type { Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { PriceIntake, SourceStatus } from '#contracts/intake.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Source } from '#contracts/source.ts';
import type { Store } from '#contracts/store/store.ts';
import { noTracing, type Tracing } from '#contracts/tracing.ts';
import { Gate } from '#domain/market/gate.ts';
import { type Instrument, type InstrumentSymbol, isInternal } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Persistence } from '../persistence.ts';
import { IntakeLine } from './intake-line.ts';
import { KnownInstruments } from './known-instruments.ts';
import { Pace } from './pace.ts';
import { broadcastIn, type PartOnDuty } from './part.ts';
import { Rejections } from './rejections.ts';
import { SourceGauges } from './source-gauges.ts';
import { SourceWatch } from './source-watch.ts';

export interface IngestDeps {
  readonly bus: Bus;
  readonly store: Pick<Store, 'instruments' | 'prices'>;
  /** What of the instruments is fetched here, where other processes could run the sources; all where it is not said. */
  readonly part?: PartOnDuty;
  readonly clock: Clock;
  /** ms UTC prices are judged by: the clock's, or the recording's. */
  readonly marketTime: () => number;
  /** Either live ones, or one recording alone. */
  readonly sources: readonly Source[];
  /** Prices that are handed to us; runs beside live sources and recordings. */
  readonly push: Source & PriceIntake;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Of the whole process, where it fetches several parts. */
  readonly gauges?: SourceGauges;
  readonly crash: Crash;
  readonly random: () => number;
  /** Nothing is traced without. */
  readonly tracing?: Tracing;
}

export interface IngestRole extends Role, PriceIntake {
  status(): readonly SourceStatus[];
  /** Its instruments can be found, as far as their sources could name them; prices may still be on their way. */
  readonly prepared: Promise<unknown>;
  /** What it costs to keep going, in prices a second; null before that is known. */
  weight(): number | null;
}

/** Ticks may be this long under way from the exchange before the clock overtakes them. */
export const CLOCK_ALLOWANCE_MS = 2_000;
const CLOCK_EVERY_MS = 1_000;
/** In a recording the clock also comes after so many ticks or so much of its time: often enough, and cheap. */
const CLOCK_EVERY_TICKS = 1_024;
const CLOCK_EVERY_RECORDED_MS = 300_000;
const COUNTS_EVERY_MS = 5_000;
/** How often it is looked whether the log is recorded; a restart is delayed by half of it. */
const LOOK_EVERY_MS = 50;
/** Longer than this and the role is not well. */
const UNWELL_AFTER_MS = 10_000;

export async function startIngest(deps: IngestDeps): Promise<IngestRole> {
  const { bus, store, clock, marketTime, push, log, metrics, crash, random } = deps;
  const recorded = deps.sources.find((source) => source.recordedTime !== null) ?? null;
  if (recorded !== null && deps.sources.length > 1)
    throw new Error(`${recorded.name} is a recording: no other source can run beside it`);
  const names = [...deps.sources, push].map((source) => source.name);
  if (new Set(names).size < names.length) throw new Error(`two sources of one name: ${names.join(', ')}`);

  const received = metrics.counter({
    name: 'ingestor_ticks_total',
    help: 'Ticks received from sources.',
    labels: ['source'],
  });
  const rejected = metrics.counter({
    name: 'ingestor_ticks_rejected_total',
    help: 'Ticks that no alert was judged by, by reason.',
    labels: ['reason'],
  });
  const held = metrics.counter({ name: 'ingestor_ticks_held_total', help: 'Ticks put in quarantine.' });
  const latency = metrics.histogram({
    name: 'ingestor_fetch_latency_seconds',
    help: 'From the trade to its receipt, for the last tick of each batch.',
    labels: ['source'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
  });

  const stopping = new AbortController();
  const persistence = new Persistence({ clock, log, random }, stopping.signal);
  const gate = new Gate();
  const known = new KnownInstruments(store.instruments);
  const rejections = new Rejections(store.prices, log);
  const watches = new Map<string, SourceWatch>();
  const part = deps.part ?? null;
  const partition = part?.partition ?? undefined;
  const isOurs = (symbol: InstrumentSymbol): boolean =>
    partition === undefined || bus.partitionOf('stock-prices', symbol) === partition;
  const pace = new Pace(clock.now());
  let startedAt: number | null = clock.now();
  let broken: string | null = null;

  const line = new IntakeLine({
    bus,
    gate,
    known,
    persistence,
    tracing: deps.tracing ?? noTracing,
    part,
    broadcast: broadcastIn(bus, partition),
    stopping: stopping.signal,
    onEvaluated(tick) {
      if (isInternal(tick.symbol)) return;
      const watch = watches.get(tick.source);
      if (watch !== undefined) watch.lastTickAt = Math.max(watch.lastTickAt ?? tick.at, tick.at);
    },
    onRejected(tick, reason) {
      rejected.add(1, { reason });
      rejections.count(tick, reason);
    },
    onHeld(tick) {
      held.add();
      rejections.count(tick, 'held');
      log.warn({ symbol: tick.symbol, source: tick.source, price: tick.price, at: tick.at }, 'tick in quarantine');
    },
    onBug(error) {
      broken = String(error);
      crash('ingest', error);
    },
  });

  // A recording that is not open yet says 0: no time at all.
  let markedAt = 0;
  let sinceMark = 0;
  const mark = (at: number): void => {
    markedAt = Math.max(markedAt, at);
    sinceMark = 0;
    line.clock(at);
  };

  const takeIn = (source: Source, ticks: readonly Tick[]) => {
    const newest = ticks.at(-1);
    if (newest !== undefined) {
      received.add(ticks.length, { source: source.name });
      pace.count(ticks.length);
      latency.observe(Math.max(0, newest.receivedAt - newest.at) / 1000, { source: source.name });
    }
    // A recording is read faster than it happened, so its ticks are judged at their own time of receipt.
    if (source !== recorded) {
      const now = marketTime();
      return line.ticks(ticks, () => now);
    }
    const answer = line.ticks(ticks, (tick) => tick.receivedAt);
    const at = marketTime() - CLOCK_ALLOWANCE_MS;
    sinceMark += ticks.length;
    if (at >= markedAt + CLOCK_EVERY_MS && (sinceMark >= CLOCK_EVERY_TICKS || at >= markedAt + CLOCK_EVERY_RECORDED_MS))
      mark(at);
    return answer;
  };

  const register = async (instruments: readonly Instrument[]): Promise<void> => {
    if (instruments.length > 0)
      await persistence.untilDone('register instruments', () => store.instruments.upsertShared(instruments));
    known.add(instruments);
  };

  for (const source of [...deps.sources, push])
    watches.set(
      source.name,
      new SourceWatch({
        source,
        clock,
        log,
        metrics,
        random,
        register,
        isOurs,
        positions: () => gate.positions(source.name),
        events: {
          emit: (ticks) => takeIn(source, ticks),
          history: (ticks) => line.past(ticks),
          gap: (symbol, from, to, reason) => line.gap(symbol, from, to, reason),
        },
        onEnded: () => mark(marketTime()),
      }),
    );

  const statuses = () => [...watches.values()].map((watch) => watch.status());
  const hide = (deps.gauges ?? new SourceGauges(metrics)).show(statuses);

  /** Where each source stood, and the last prices. The store knows when all of the log is recorded. */
  async function remember(): Promise<void> {
    await line.begin();
    for (;;) {
      const behind = await persistence.untilDone('ask how far history is', () =>
        bus.lag('stock-prices', 'record', partition),
      );
      if (behind === 0) break;
      for (const watch of watches.values()) watch.waitFor(`until ${behind} messages of the log are recorded`);
      await sleep(clock, LOOK_EVERY_MS, stopping.signal);
      if (stopping.signal.aborted) return;
    }
    for (const name of watches.keys()) {
      const positions = await persistence.untilDone('read positions', () => store.prices.positions(name));
      for (const [symbol, position] of positions) {
        if (!isOurs(symbol)) continue;
        gate.seedOrder(name, symbol, position);
        // A recording opens at its beginning, but its time has come further.
        if (name === recorded?.name) markedAt = Math.max(markedAt, position.at - CLOCK_ALLOWANCE_MS);
      }
    }
    const latest = await persistence.untilDone('read the last prices', () => store.prices.latest());
    for (const tick of latest) if (isOurs(tick.symbol)) gate.seedPrice(tick);
  }

  let cancelClock = (): void => {};
  let cancelCounts = (): void => {};
  const everySecond = (): void => {
    cancelClock = clock.after(CLOCK_EVERY_MS - (clock.now() % CLOCK_EVERY_MS), () => {
      const at = marketTime() - CLOCK_ALLOWANCE_MS;
      if (at > markedAt) mark(at);
      everySecond();
    });
  };
  const countNow = (): void => {
    cancelCounts = clock.after(COUNTS_EVERY_MS, () => {
      void rejections.flush().then(() => {
        if (!stopping.signal.aborted) countNow();
      });
    });
  };

  const prepared = Promise.all([...watches.values()].map((watch) => watch.prepare()));
  const begun = remember().then(
    () => {
      startedAt = null;
      if (stopping.signal.aborted) return;
      for (const watch of watches.values()) watch.start();
      everySecond();
      countNow();
    },
    (error: unknown) => {
      if (stopping.signal.aborted) return;
      broken = String(error);
      crash('ingest', error);
    },
  );

  return {
    name: 'ingest',
    prepared,
    push: (ticks) => push.push(ticks),
    status: statuses,
    weight() {
      const perSecond = pace.perSecond(clock.now());
      return perSecond === null ? null : known.size + perSecond;
    },
    health() {
      if (broken !== null) return broken;
      if (startedAt !== null && clock.now() - startedAt > UNWELL_AFTER_MS)
        return 'prices wait until the log is recorded: is the record role running?';
      return persistence.stuckFor(UNWELL_AFTER_MS);
    },
    async stop() {
      stopping.abort();
      // Another process may run them from now on, and tells of them.
      hide();
      cancelClock();
      cancelCounts();
      await begun;
      cancelClock();
      cancelCounts();
      for (const watch of watches.values()) await watch.stop();
      await line.empty();
      await rejections.flush();
    },
  };
}
