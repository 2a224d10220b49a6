/**
 * The web server: doors, routes, errors, streams, docs and the page, put together. It does not listen by itself.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { Failure } from '#errors.ts';
import type { ApiDeps } from './deps.ts';
import { addReference } from './docs/reference.ts';
import { addCaller } from './http/caller.ts';
import { createDoor } from './http/door.ts';
import { addSecurityHeaders } from './http/headers.ts';
import { addMeasures } from './http/measure.ts';
import { addPage } from './http/page.ts';
import { errorHandler, failureOf, problemOf, sendFailure } from './http/problem.ts';
import { streamServerFactory } from './http/stream-server.ts';
import { addTextCheck } from './http/text-check.ts';
import { addUnknownRoute, keepRouteTable, type RouteEntry } from './http/unknown-route.ts';
import { addDescription } from './openapi.ts';
import { acceptStreams } from './routes/admission.ts';
import { addRoutes } from './routes.ts';

/** A client has this long to send a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than any id or symbol, shorter than anything worth matching. */
const MAX_PARAM_LENGTH = 200;

export interface ApiServer {
  readonly app: FastifyInstance;
  /** Every route there is. */
  readonly routes: readonly RouteEntry[];
}

export async function createApi(deps: ApiDeps): Promise<ApiServer> {
  const { log, settings } = deps;
  const app = fastify({
    bodyLimit: settings.maxBodyBytes,
    serverFactory: streamServerFactory(REQUEST_TIMEOUT_MS),
    ...(settings.trustedProxies.length > 0 ? { trustProxy: [...settings.trustedProxies] } : {}),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => {
      const failure = failureOf(error, settings.maxBodyBytes) ?? new Failure('bad-request', error.message);
      sendFailure(reply, failure, request.id);
    },
    clientErrorHandler: (error, socket) => refuseGarbage(error, socket),
  });
  const routes = keepRouteTable(app);
  const door = createDoor(deps);
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(errorHandler(log, settings.maxBodyBytes));
  addSecurityHeaders(app, settings.publicUrl);
  addMeasures(app, deps.metrics);
  addUnknownRoute(app, routes, settings.pageFolder === null ? null : await addPage(app, settings.pageFolder));
  addCaller(app, deps, door);
  addTextCheck(app);
  addRoutes(await addDescription(app), deps);
  await addReference(app);
  acceptStreams(app, deps, door);
  await app.ready();
  return { app, routes };
}

/** What is not even HTTP. */
function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const failure = new Failure('bad-request', 'The request is not understandable HTTP.');
  const body = JSON.stringify(problemOf(failure, 'http'));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
