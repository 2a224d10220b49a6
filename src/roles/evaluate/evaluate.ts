/**
 * The evaluate role: folds the log of prices and rules through the engine and makes what follows true.
 *
 *   stock-prices ──> engine ──> store.triggers.record ──> alerts
 *                      └── now and then ──> checkpoint (state and offset) ──> commit
 *
 * Promises: every trigger is durable before anyone is told and before the log may forget its tick. After a crash at any
 * point it reads on from its last checkpoint and comes to the same triggers, which the store keeps once. A store that
 * is away is waited for; the log waits with it.
 * Never: it does not judge ticks (ingest did), send messages, or change an alert but through the store.
 */
import type { Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Explain } from '#contracts/explain.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { ticksIn } from '#contracts/price-events.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Store } from '#contracts/store/store.ts';
import type { Tracing } from '#contracts/tracing.ts';
import { Persistence } from '../persistence.ts';
import { divide } from './division.ts';
import { GROUP, Partition, type PartitionDeps } from './partition.ts';
import { Settlement } from './settlement.ts';

export interface EvaluateDeps {
  readonly bus: Bus;
  readonly store: Pick<Store, 'triggers' | 'checkpoints'>;
  readonly clock: Clock;
  /** What freshness and latency are judged by: in a replay, the recording's time. */
  readonly marketTime: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  readonly random: () => number;
  /** The state is saved at least this often while there is anything to save. */
  readonly checkpointEveryMs: number;
  /** And at least every so many events: what must be read again after a crash. */
  readonly checkpointEveryEvents?: number;
  /** One transaction records at most so many effects: what the database does while nobody waits for it too long. */
  readonly effectsAtOnce: number;
  /** Nothing is traced without. */
  readonly tracing?: Tracing;
}

export interface EvaluateRole extends Role {
  readonly explain: Explain;
  /** The partition is evaluated here, at this moment. */
  owns(partition: number): boolean;
}

/** A few seconds of reading again after a crash, in the slowest case. */
const CHECKPOINT_EVENTS = 100_000;

export async function startEvaluate(deps: EvaluateDeps): Promise<EvaluateRole> {
  const { bus, store, clock, log, marketTime } = deps;
  const eventLimit = deps.checkpointEveryEvents ?? CHECKPOINT_EVENTS;
  const meters = metersOf(deps.metrics);
  const stopping = new AbortController();
  const partitions = new Map<number, Partition>();
  const persistence = new Persistence(deps, stopping.signal);
  let hasStopped = false;
  meters.checkpointAge.reads(() =>
    [...partitions.values()].map(({ number, checkpointAgeMs }) => [
      checkpointAgeMs / 1000,
      { partition: String(number) },
    ]),
  );

  const fail = (error: unknown): void => {
    hasStopped = true;
    deps.crash('evaluate', error);
  };
  const settlementDeps = {
    ...{ bus, triggers: store.triggers, clock, marketTime, persistence, log, ...meters },
    effectsAtOnce: deps.effectsAtOnce,
  };
  const partitionDeps: PartitionDeps = {
    ...{ bus, checkpoints: store.checkpoints, persistence, clock },
    newSettlement: () => new Settlement({ ...settlementDeps, tracing: deps.tracing }),
  };
  await divide(bus, store.checkpoints, log);
  const subscription = await bus.consume('stock-prices', GROUP, {
    async assigned(number) {
      const partition = await Partition.load(partitionDeps, number);
      if (partition === undefined) return undefined;
      partitions.set(number, partition);
      return partition.nextOffset;
    },
    async batch(batch) {
      const partition = partitions.get(batch.partition);
      if (partition === undefined) return;
      await partition.take(batch);
      meters.ticks.add(batch.messages.reduce((ticks, { value }) => ticks + ticksIn(value).length, 0));
      if (partition.unsavedEvents >= eventLimit) (await partition.startSave()).written.catch(fail);
    },
    async revoked(number) {
      const partition = partitions.get(number);
      partitions.delete(number);
      await partition?.save();
    },
  });

  const saveNowAndThen = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(clock, deps.checkpointEveryMs, stopping.signal);
      if (stopping.signal.aborted) return;
      for (const partition of [...partitions.values()]) await partition.save();
    }
  };
  const saving = saveNowAndThen().catch(fail);

  return {
    name: 'evaluate',
    health() {
      if (hasStopped) return 'the evaluator has crashed';
      return persistence.stuckFor(0);
    },
    owns: (partition) => partitions.has(partition),
    explain: {
      of: (symbol, alertId) =>
        partitions.get(bus.partitionOf('stock-prices', symbol))?.engine.explain(symbol, alertId, marketTime()),
    },
    async stop() {
      stopping.abort();
      await Promise.all([subscription.close(), saving]);
      for (const partition of partitions.values())
        await partition.save().catch((error: unknown) => log.error({ error: String(error) }, 'the last save failed'));
      partitions.clear();
    },
  };
}

function metersOf(metrics: Metrics) {
  return {
    ticks: metrics.counter({ name: 'evaluator_ticks_total', help: 'Ticks read from the log and evaluated.' }),
    triggered: metrics.counter({
      name: 'evaluator_alerts_triggered_total',
      help: 'Triggers recorded, each counted once.',
    }),
    checkpointAge: metrics.gauge({
      name: 'evaluator_checkpoint_age_seconds',
      help: 'Age of the last written state of a partition evaluated here; 0 where nothing has come since.',
      labels: ['partition'],
    }),
    seconds: metrics.histogram({
      name: 'evaluator_tick_to_trigger_seconds',
      help: 'From receiving a tick to its trigger being durable, on market time.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
  };
}
