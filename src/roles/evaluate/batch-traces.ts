/**
 * The traces of one batch under evaluation. A tick that carries a trace goes on in a span `evaluate`; each trigger has a
 * span of its own, below that of its tick or, where its tick was not chosen, at the beginning of a trace that starts when
 * the tick was received. What is read again after a crash fires nothing new, and is not traced twice.
 */
import type { Span, Tracing } from '#contracts/tracing.ts';
import type { Trigger, TriggerId } from '#domain/alert/trigger.ts';
import type { Effect } from '#domain/engine/event.ts';

/** A tick of the batch that carries a trace, with which of the batch's effects follow from it. */
export interface TracedTick {
  readonly trace: string;
  readonly symbol: string;
  readonly from: number;
  readonly to: number;
}

export interface BatchTracesOptions {
  readonly tracing: Tracing;
  readonly traced: readonly TracedTick[];
  /** How long ago evaluation of the batch began. */
  readonly agoMs: number;
  /** How long ago the trigger's tick was received. */
  readonly ageOf: (trigger: Trigger) => number;
}

export class BatchTraces {
  readonly #options: BatchTracesOptions;
  readonly #ticks: readonly Span[];
  /** The span of the tick that an effect follows from, by the effect's place in the batch. */
  readonly #parents = new Map<number, string>();
  readonly #triggers = new Map<TriggerId, Span>();

  constructor(options: BatchTracesOptions) {
    const { tracing, traced, agoMs } = options;
    this.#options = options;
    this.#ticks = traced.map(({ trace, symbol, from, to }) => {
      const attributes = { 'tocsin.symbol': symbol, 'tocsin.effects': to - from };
      const span = tracing.begin('evaluate', { parent: trace, agoMs, kind: 'consumer', attributes });
      for (let place = from; place < to; place += 1) this.#parents.set(place, span.traceparent);
      return span;
    });
  }

  /** Begins the spans of some of the effects, the first of which stands at `place`; what to store with each trigger. */
  begin(effects: readonly Effect[], place: number): ReadonlyMap<TriggerId, string> {
    const { tracing, agoMs, ageOf } = this.#options;
    const traceparents = new Map<TriggerId, string>();
    for (const [index, effect] of effects.entries()) {
      if (effect.kind !== 'trigger') continue;
      const { trigger } = effect;
      const parent = this.#parents.get(place + index);
      const span = tracing.begin('trigger', {
        ...(parent === undefined ? { agoMs: ageOf(trigger) } : { parent, agoMs }),
        attributes: {
          'tocsin.symbol': trigger.symbol,
          'tocsin.trigger': trigger.id,
          'tocsin.alert': trigger.alertId,
          'tocsin.source': trigger.after.source,
          'tocsin.tick_at': trigger.after.at,
        },
      });
      this.#triggers.set(trigger.id, span);
      traceparents.set(trigger.id, span.traceparent);
    }
    return traceparents;
  }

  spanOf(id: TriggerId): Span | undefined {
    return this.#triggers.get(id);
  }

  /** All that followed from the ticks is durable. */
  end(): void {
    for (const span of this.#ticks) span.end();
  }
}
