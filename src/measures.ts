/**
 * What is measured at the moment somebody looks at /metrics: whether the parts work, how far readers are behind, the time.
 * A store or bus that is away is told of, not waited for: that is when an operator looks.
 */
import type { Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Role } from '#contracts/role.ts';
import type { Store } from '#contracts/store/store.ts';
import { Failure } from '#errors.ts';
import { type Part, storePart } from './operations.ts';

/** Who reads the log with commits; their lag is a metric. */
const GROUPS = ['evaluate', 'record'] as const;
/** Less than the ten seconds that Prometheus waits. */
const LOOK_LIMIT_MS = 3_000;

export interface Measured {
  readonly bus: Pick<Bus, 'health' | 'lag'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Those that run here, at that moment. */
  readonly roles: readonly Role[];
}

export function measureAtScrape({ bus, store, clock, metrics, roles }: Measured): () => Promise<void> {
  const up = metrics.gauge({
    name: 'tocsin_part_up',
    help: 'Whether a part of this process works: the store, the bus, each role that it runs.',
    labels: ['part'],
  });
  const lag = metrics.gauge({
    name: 'kafka_consumergroup_lag',
    help: 'Messages of the topic that the group has not committed yet.',
    labels: ['topic', 'group'],
  });
  const time = metrics.gauge({ name: 'tocsin_time_seconds', help: "This machine's clock, to find one that is wrong." });
  const within = async <T>(work: Promise<T>, otherwise: T): Promise<T> => {
    const over = new AbortController();
    const late = sleep(clock, LOOK_LIMIT_MS, over.signal).then(() => otherwise);
    return Promise.race([work, late]).finally(() => over.abort());
  };
  const lookAtLag = async (group: (typeof GROUPS)[number]): Promise<void> => {
    try {
      lag.set(await bus.lag('stock-prices', group), { topic: 'stock-prices', group });
    } catch (error) {
      // Not known at the moment: the last one stands, and the part is told to be down.
      if (!(error instanceof Failure)) throw error;
    }
  };
  return async () => {
    const unanswered: Part = { name: 'store', problem: 'no answer' };
    const [storage] = await Promise.all([
      within(storePart(store), unanswered),
      ...GROUPS.map((group) => within(lookAtLag(group), undefined)),
    ]);
    const parts = [
      storage,
      { name: 'bus', problem: bus.health() },
      ...roles.map((role) => ({ name: role.name.replaceAll(' ', '-'), problem: role.health() })),
    ];
    up.reads(() => parts.map(({ name, problem }) => [problem === null ? 1 : 0, { part: name }]));
    time.set(clock.now() / 1000);
  };
}
