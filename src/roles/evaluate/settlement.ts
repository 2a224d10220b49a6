/**
 * Makes the effects of one partition true: records them, then tells of them. Telling is behind: while one portion is on its
 * way to the bus the next is evaluated and recorded, so that a trigger waits for the store and no longer for the news of
 * the one before. In order all the same, one portion at a time.
 *
 *   settle ──> store.triggers.record ──> durable          (evaluation goes on)
 *                                           └──> alerts   (`told`: a checkpoint waits for it)
 */
import type { Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Counter, Histogram } from '#contracts/metrics.ts';
import type { RecordedEffects, TriggerStore } from '#contracts/store/triggers.ts';
import type { News } from '#contracts/topics.ts';
import type { Tracing } from '#contracts/tracing.ts';
import type { Trigger } from '#domain/alert/trigger.ts';
import type { Effect } from '#domain/engine/event.ts';
import { messagesOf } from '../news.ts';
import type { Persistence } from '../persistence.ts';
import { BatchTraces, type TracedTick } from './batch-traces.ts';

export interface SettlementDeps {
  readonly bus: Pick<Bus, 'publish' | 'partitionOf'>;
  readonly triggers: Pick<TriggerStore, 'record'>;
  readonly clock: Clock;
  readonly marketTime: () => number;
  readonly persistence: Persistence;
  readonly log: Log;
  readonly tracing: Tracing | undefined;
  /** One transaction records at most so many effects. */
  readonly effectsAtOnce: number;
  /** Triggers, and seconds from receiving a tick to its trigger being durable. */
  readonly triggered: Counter;
  readonly seconds: Histogram;
}

export class Settlement {
  readonly #deps: SettlementDeps;
  #telling: Promise<boolean> = Promise.resolve(true);

  constructor(deps: SettlementDeps) {
    this.#deps = deps;
  }

  /** Resolves when all of it is durable; false where the role was stopped before that. */
  async settle(effects: readonly Effect[], traced: readonly TracedTick[], beganAt: number): Promise<boolean> {
    const { clock, persistence, triggers, effectsAtOnce } = this.#deps;
    const traces = this.#tracesOf(traced, beganAt);
    for (let from = 0; from < effects.length; from += effectsAtOnce) {
      if (from > 0) await sleep(clock, 0);
      const some = effects.slice(from, from + effectsAtOnce);
      const evaluatedAt = clock.now();
      const traceparents = traces?.begin(some, from);
      const recorded = await persistence.unlessStopped('record triggers', () =>
        triggers.record(some, evaluatedAt, traceparents),
      );
      if (recorded === undefined) return false;
      this.#count(recorded.value, traces);
      if (!(await this.#telling)) return false;
      this.#telling = this.#tell(newsOf(recorded.value));
      // Whoever waits for it next hears of a failure.
      this.#telling.catch(() => {});
    }
    traces?.end();
    return true;
  }

  /** Whether everybody was told of all that is durable; false where the role was stopped before that. */
  told(): Promise<boolean> {
    return this.#telling;
  }

  async #tell(news: readonly News[]): Promise<boolean> {
    if (news.length === 0) return true;
    const { bus, persistence } = this.#deps;
    const messages = messagesOf(news, bus);
    return (await persistence.unlessStopped('publish alerts', () => bus.publish('alerts', messages))) !== undefined;
  }

  #tracesOf(traced: readonly TracedTick[], beganAt: number): BatchTraces | null {
    const { tracing, marketTime, clock } = this.#deps;
    if (!tracing?.on) return null;
    const ageOf = ({ after }: Trigger): number => Math.max(0, marketTime() - after.receivedAt);
    return new BatchTraces({ tracing, traced, agoMs: clock.now() - beganAt, ageOf });
  }

  #count({ triggers }: RecordedEffects, traces: BatchTraces | null): void {
    const { triggered, seconds, log, marketTime } = this.#deps;
    for (const { trigger, isNew } of triggers) {
      if (!isNew) continue;
      triggered.add();
      const span = traces?.spanOf(trigger.id);
      span?.end();
      log.debug({ ...span?.ids, trigger: trigger.id, symbol: trigger.symbol }, 'an alert fired');
      if (trigger.firedAt === trigger.after.at)
        seconds.observe(Math.max(0, marketTime() - trigger.after.receivedAt) / 1000);
    }
  }
}

/** What gateways and the notifier are told, also of what was recorded before: whoever missed it hears it again. */
function newsOf({ triggers, alerts, deliveries }: RecordedEffects): readonly News[] {
  return [
    ...triggers.map(({ trigger: { userId, seq, id, symbol, after } }): News => {
      return { kind: 'trigger', userId, seq, trigger: { id, symbol, after } };
    }),
    ...alerts.map((alert): News => ({ kind: 'alert', userId: alert.userId, alert })),
    ...deliveries.map((delivery): News => ({ kind: 'delivery', userId: delivery.userId, delivery })),
  ];
}
