/**
 * Metrics by prom-client in one registry, with the process's own (CPU, memory, event-loop lag).
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricOptions, Metrics } from '#contracts/metrics.ts';

export interface MetricsRegistry extends Metrics {
  /** Prometheus text format. */
  text(): Promise<string>;
}

export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
        const gauge = new Gauge(base(options));
        return { set: (value, labels = {}) => gauge.set(labels, value) };
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
