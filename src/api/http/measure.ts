/**
 * How long requests take and how they end, by route.
 */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '#contracts/metrics.ts';

/** From a cached answer to one that a person would give up on, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function addMeasures(app: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram({
    name: 'tocsin_http_request_seconds',
    help: 'Time from a request to the end of its answer.',
    labels: ['method', 'route', 'status'],
    buckets: BUCKETS,
  });
  app.addHook('onResponse', async (request, reply) => {
    seconds.observe(reply.elapsedTime / 1000, {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: String(reply.statusCode),
    });
  });
}
