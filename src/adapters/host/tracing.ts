/**
 * Traces by OpenTelemetry, sent to a collector by OTLP over HTTP. The SDK is loaded by whoever loads this file: only where
 * a collector is named. Its own settings (OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES …) hold.
 *
 * Promises: nothing waits for the collector; one that is away costs the traces of that time and a line in the log.
 */
import { type DiagLogger, DiagLogLevel, diag, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from '#contracts/log.ts';
import type { Span, Tracing } from '#contracts/tracing.ts';

/** Spans that may wait for the collector; beyond it they are let go. A few megabytes. */
const MAX_WAITING_SPANS = 8_192;
const SEND_EVERY_MS = 1_000;
/** A stop waits no longer for what is not sent yet. */
const SEND_LIMIT_MS = 3_000;
/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const KINDS = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT } as const;

export interface TracingOptions {
  /** The collector, without the path `/v1/traces`. */
  readonly endpoint: string;
  /** 0 to 1: the part of the ticks that begin a trace. */
  readonly ratio: number;
  readonly roles: readonly string[];
  readonly version: string;
  readonly instance: string;
  readonly random: () => number;
  readonly log: Log;
}

export interface OpenTracing extends Tracing {
  /** Sends what waits. */
  stop(): Promise<void>;
}

export function startTracing({ endpoint, ratio, roles, version, instance, random, log }: TracingOptions): OpenTracing {
  const say = (message: string): void => log.warn({ said: message }, 'traces could not be sent');
  const quiet = (): void => {};
  const told: DiagLogger = { error: say, warn: say, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(told, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const resource = resourceFromAttributes({
    'service.name': 'tocsin',
    'service.version': version,
    'service.instance.id': instance,
    'tocsin.roles': roles.join(','),
  }).merge(detectResources({ detectors: [envDetector] }));
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: SEND_LIMIT_MS,
  });
  const provider = new TracerProvider({
    resource,
    // Who is traced is decided where a trace begins; what is carried on was chosen.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING_SPANS,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_LIMIT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('tocsin', version);

  return {
    on: true,
    samples: () => random() < ratio,
    begin(name, { parent, agoMs = 0, kind, attributes = {} }): Span {
      const [, traceId, spanId] = TRACEPARENT.exec(parent ?? '') ?? [];
      const context =
        traceId === undefined || spanId === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, isRemote: true });
      const span = tracer.startSpan(
        name,
        {
          attributes: { ...attributes },
          kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind],
          ...(agoMs > 0 ? { startTime: Date.now() - agoMs } : {}),
        },
        context,
      );
      const own = span.spanContext();
      return {
        traceparent: `00-${own.traceId}-${own.spanId}-01`,
        ids: { trace_id: own.traceId, span_id: own.spanId },
        end(more, problem) {
          if (more !== undefined) span.setAttributes({ ...more });
          if (problem !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: problem });
          span.end();
        },
      };
    },
    async stop() {
      await provider.shutdown().catch((error: unknown) => say(String(error)));
      diag.disable();
    },
  };
}
