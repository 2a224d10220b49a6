/**
 * Publishes rule changes in the order they were made: reads the outbox, publishes to `stock-prices`, marks. Woken at
 * once after a change; looks by itself too, for a wake-up may be lost. A crash between publish and mark publishes again,
 * which the engine ignores. One relay runs at a time.
 */
import type { Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { AlertStore } from '#contracts/store/alerts.ts';
import { Failure } from '#errors.ts';

/** Entries of one publish: a bulk import goes out in a few, and none is large. */
const BATCH = 500;
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
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: (error: unknown) => void;
}

export function startRelay({ alerts, bus, clock, log, metrics, crash }: RelayDeps): OutboxRelay {
  const published = metrics.counter({ name: 'tocsin_rule_changes_published_total', help: 'Rule changes published.' });
  const stopping = new AbortController();
  let problem: string | null = null;
  let isAsked = false;
  let rouse = new AbortController();

  const publishAll = async (): Promise<void> => {
    for (;;) {
      const entries = await alerts.outbox(BATCH);
      if (entries.length === 0) return;
      await bus.publish(
        'stock-prices',
        entries.map(({ change }) => ({ key: change.symbol, value: change })),
      );
      await alerts.markPublished(entries.map(({ id }) => id));
      published.add(entries.length);
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
