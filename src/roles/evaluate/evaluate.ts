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
import type { Bus, Message } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Explain } from '#contracts/explain.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Store } from '#contracts/store/store.ts';
import type { RecordedEffects } from '#contracts/store/triggers.ts';
import type { AlertEvent } from '#contracts/topics.ts';
import type { Tracing } from '#contracts/tracing.ts';
import type { Trigger } from '#domain/alert/trigger.ts';
import { Persistence } from '../persistence.ts';
import { BatchTraces, type TracedTick } from './batch-traces.ts';
import { GROUP, Partition, type PartitionDeps } from './partition.ts';

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
/** One transaction records at most so many effects: of the embedded database that is one turn, some 20 ms. */
const RECORD_EFFECTS = 200;

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

  const tracesOf = (traced: readonly TracedTick[], beganAt: number): BatchTraces | null => {
    const { tracing } = deps;
    if (!tracing?.on) return null;
    const ageOf = ({ after }: Trigger): number => Math.max(0, marketTime() - after.receivedAt);
    return new BatchTraces({ tracing, traced, agoMs: clock.now() - beganAt, ageOf });
  };
  const settle: PartitionDeps['settle'] = async (effects, traced, beganAt) => {
    const traces = tracesOf(traced, beganAt);
    for (let from = 0; from < effects.length; from += RECORD_EFFECTS) {
      if (from > 0) await sleep(clock, 0);
      const some = effects.slice(from, from + RECORD_EFFECTS);
      const evaluatedAt = clock.now();
      const traceparents = traces?.begin(some, from);
      const recorded = await persistence.unlessStopped('record triggers', () =>
        store.triggers.record(some, evaluatedAt, traceparents),
      );
      if (recorded === undefined) return false;
      for (const { trigger, isNew } of recorded.value.triggers) {
        if (!isNew) continue;
        meters.triggered.add();
        const span = traces?.spanOf(trigger.id);
        span?.end();
        log.debug({ ...span?.ids, trigger: trigger.id, symbol: trigger.symbol }, 'an alert fired');
        if (trigger.firedAt === trigger.after.at)
          meters.seconds.observe(Math.max(0, marketTime() - trigger.after.receivedAt) / 1000);
      }
      const messages = messagesOf(recorded.value);
      if (messages.length === 0) continue;
      if ((await persistence.unlessStopped('publish alerts', () => bus.publish('alerts', messages))) === undefined)
        return false;
    }
    traces?.end();
    return true;
  };

  const fail = (error: unknown): void => {
    hasStopped = true;
    deps.crash('evaluate', error);
  };
  const partitionDeps: PartitionDeps = { bus, checkpoints: store.checkpoints, settle, persistence, clock };
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
      meters.ticks.add(batch.messages.filter(({ value }) => value.kind === 'tick').length);
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

/** What gateways and the notifier are told, also of what was recorded before: whoever missed it hears it again. */
function messagesOf({ triggers, alerts, deliveries }: RecordedEffects): readonly Message<AlertEvent>[] {
  return [
    ...triggers.map(({ trigger, alert }): Message<AlertEvent> => {
      const { userId, seq } = trigger;
      return { key: userId, value: { kind: 'trigger', userId, seq, trigger, alert } };
    }),
    ...alerts.map((alert) => ({ key: alert.userId, value: { kind: 'alert', userId: alert.userId, alert } as const })),
    ...deliveries.map((delivery) => ({
      key: delivery.userId,
      value: { kind: 'delivery', userId: delivery.userId, delivery } as const,
    })),
  ];
}
