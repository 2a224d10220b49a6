/**
 * Metrics by prom-client in one registry, with the process's own (CPU, memory, event-loop lag) but for three that break
 * the rules of naming and repeat what another says.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricOptions, Metrics, Reading } from '#contracts/metrics.ts';

export interface MetricsRegistry extends Metrics {
  /** Prometheus text format. */
  text(): Promise<string>;
}

const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const known = new Map<string, unknown>();
  const once = <T>(name: string, make: () => T): T => {
    if (!known.has(name)) known.set(name, make());
    return known.get(name) as T;
  };
  const base = ({ name, help, labels = [] }: MetricOptions) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter: (options) =>
      once(options.name, () => {
        const counter = new Counter(base(options));
        return { add: (amount = 1, labels = {}) => counter.inc(labels, amount) };
      }),
    gauge: (options) =>
      once(options.name, () => {
        let look: (() => readonly Reading[]) | null = null;
        const gauge = new Gauge({
          ...base(options),
          collect() {
            if (look === null) return;
            this.reset();
            for (const [value, labels] of look()) this.set(labels, value);
          },
        });
        return {
          set: (value, labels = {}) => gauge.set(labels, value),
          reads(next) {
            look = next;
          },
        };
      }),
    histogram: (options) =>
      once(options.name, () => {
        const histogram = new Histogram({
          ...base(options),
          ...(options.buckets ? { buckets: [...options.buckets] } : {}),
        });
        return { observe: (value, labels = {}) => histogram.observe(labels, value) };
      }),
    text: () => registry.metrics(),
  };
}
