/**
 * Publishes rule changes in the order they were made: reads the outbox, adds what the rule needs of history, publishes
 * to `stock-prices`, marks. Woken at once after a change; looks by itself too, for a wake-up may be lost. A crash between
 * publish and mark publishes again, which the engine ignores. One relay runs at a time.
 */

import { withHistory } from '#api/history/rule-history.ts';
import type { Bus, Message } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { AlertStore } from '#contracts/store/alerts.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { Failure } from '#errors.ts';

/** Entries of one publish: a bulk import goes out in a few, and none is large. */
const BATCH = 500;
/** Or so many candles of history: a few megabytes. */
const CANDLES_A_PUBLISH = 20_000;
/** How often it looks unasked, and how long it waits after a failure. */
const LOOK_EVERY_MS = 1000;

export interface OutboxRelay {
  wake(): void;
  /** What keeps changes from going out, or null. */
  problem(): string | null;
  /** Resolves when what is in hand is done. */
  stop(): Promise<void>;
}

export interface RelayDeps {
  readonly alerts: Pick<AlertStore, 'outbox' | 'markPublished'>;
  readonly prices: Pick<PriceStore, 'candles' | 'at'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: (error: unknown) => void;
}

export function startRelay({ alerts, prices, bus, clock, log, metrics, crash }: RelayDeps): OutboxRelay {
  const published = metrics.counter({ name: 'tocsin_rule_changes_published_total', help: 'Rule changes published.' });
  const stopping = new AbortController();
  let problem: string | null = null;
  let isAsked = false;
  let rouse = new AbortController();

  const publishAll = async (): Promise<void> => {
    for (;;) {
      const entries = await alerts.outbox(BATCH);
      if (entries.length === 0) return;
      const given = new Set<string>();
      let ids: number[] = [];
      let messages: Message<PriceEvent>[] = [];
      let candles = 0;
      for (const [index, { id, change }] of entries.entries()) {
        const rule = change.kind === 'put-rule' ? await withHistory(change, prices, given) : { change, candles: 0 };
        ids.push(id);
        messages.push({ key: change.symbol, value: rule.change });
        candles += rule.candles;
        if (candles < CANDLES_A_PUBLISH && index + 1 < entries.length) continue;
        await bus.publish('stock-prices', messages);
        await alerts.markPublished(ids);
        published.add(ids.length);
        [ids, messages, candles] = [[], [], 0];
      }
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      isAsked = false;
      try {
        await publishAll();
        problem = null;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        problem = `rule changes wait: ${error.message}`;
        log.warn({ code: error.code, detail: error.message }, 'rule changes could not be published; trying again');
      }
      if (isAsked && problem === null) continue;
      rouse = new AbortController();
      await sleep(clock, LOOK_EVERY_MS, AbortSignal.any([rouse.signal, stopping.signal]));
    }
  };
  const work = run().catch(crash);
  return {
    wake() {
      isAsked = true;
      if (problem === null) rouse.abort();
    },
    problem: () => problem,
    async stop() {
      stopping.abort();
      await work;
    },
  };
}
