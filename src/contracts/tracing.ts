/**
 * Traces: what happened to one tick on its way from its source to the message it became, across roles and processes.
 * OpenTelemetry in the program where a collector is named, nothing at all elsewhere.
 *
 *   ingest ──> evaluate ──> trigger ──> deliver
 *
 * The context travels as W3C `traceparent`: with the tick on `stock-prices`, with the trigger in its row. It is never
 * looked at by the engine, and is no part of a trigger's identity, a checkpoint or an answer.
 */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** What whoever goes on from here is given. */
  readonly traceparent: string;
  /** For the log's lines about the same thing. */
  readonly ids: { readonly trace_id: string; readonly span_id: string };
  /** One that does not end is never told. */
  end(attributes?: Attributes, problem?: string): void;
}

export interface SpanOptions {
  /** What this goes on from; where there is none, or it is not readable, a trace begins. */
  readonly parent?: string | undefined;
  /** It began so long ago. */
  readonly agoMs?: number;
  /** Whether something is handed to another here, taken from one, or asked of the far end. */
  readonly kind?: 'producer' | 'consumer' | 'client';
  readonly attributes?: Attributes;
}

export interface Tracing {
  /** Triggers are always traced where this is true. */
  readonly on: boolean;
  /** Whether this tick begins a trace: by chance, as often as the settings say. */
  samples(): boolean;
  begin(name: string, options: SpanOptions): Span;
}

const nothing: Span = { traceparent: '', ids: { trace_id: '', span_id: '' }, end: () => {} };
export const noTracing: Tracing = { on: false, samples: () => false, begin: () => nothing };
