/**
 * Counters, gauges and histograms as roles see them; prom-client in the program, plain maps in tests.
 * A metric's name, help and labels are said once, where it is made. Names follow Prometheus: base units, `_total`.
 */
export interface Counter {
  add(amount?: number, labels?: Readonly<Record<string, string>>): void;
}
/** What a gauge stands at, once for each set of labels. */
export type Reading = readonly [value: number, labels: Readonly<Record<string, string>>];
export interface Gauge {
  set(value: number, labels?: Readonly<Record<string, string>>): void;
  /** Asked whenever somebody looks, in place of `set`: labels that are not told any more are gone. */
  reads(look: () => readonly Reading[]): void;
}
export interface Histogram {
  observe(value: number, labels?: Readonly<Record<string, string>>): void;
}
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
}
/** Asking twice for the same name gives the same metric. */
export interface Metrics {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions): Histogram;
}

const nothing = { add: () => {}, set: () => {}, reads: () => {}, observe: () => {} };
export const noMetrics: Metrics = { counter: () => nothing, gauge: () => nothing, histogram: () => nothing };
