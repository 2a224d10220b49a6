/**
 * The state of this process's sources as metrics, over all parts of the instruments that it fetches.
 */
import type { SourceStatus } from '#contracts/intake.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { overall } from './overall-status.ts';

export class SourceGauges {
  private readonly shown = new Set<() => readonly SourceStatus[]>();

  constructor(metrics: Metrics) {
    const working = metrics.gauge({
      name: 'ingestor_source_up',
      help: 'Whether the price source works: 0 where it has failed or gone silent.',
      labels: ['source'],
    });
    const lastTick = metrics.gauge({
      name: 'ingestor_source_last_tick_timestamp_seconds',
      help: "The provider's time of the newest tick that alerts were judged by.",
      labels: ['source'],
    });
    working.reads(() =>
      this.look().map(({ name, state }) => [state === 'failed' || state === 'stalled' ? 0 : 1, { source: name }]),
    );
    lastTick.reads(() =>
      this.look().flatMap(({ name, lastTickAt }) =>
        lastTickAt === null ? [] : [[lastTickAt / 1000, { source: name }]],
      ),
    );
  }

  /** The answer takes it away again. */
  show(statuses: () => readonly SourceStatus[]): () => void {
    this.shown.add(statuses);
    return () => this.shown.delete(statuses);
  }

  private look(): readonly SourceStatus[] {
    return overall([...this.shown].map((statuses) => statuses()));
  }
}
