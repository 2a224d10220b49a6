/**
 * How a live connection comes in, over either transport: who asks, for what, and whether there is a place. It never
 * passes through Fastify (`http/stream-server`); what is refused gets the same problem+json as everywhere.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { UserId } from '#domain/alert/alert.ts';
import { Failure } from '#errors.ts';
import { lastEventIdSchema, streamQuerySchema } from '../contract/stream.ts';
import type { ApiDeps } from '../deps.ts';
import { clientAddress, type Trust, trustIn } from '../http/address.ts';
import type { Door } from '../http/door.ts';
import { failureOf, problemOf } from '../http/problem.ts';
import { STREAM_PATH } from '../http/stream-server.ts';
import { brokenText } from '../http/text-check.ts';
import type { Wish } from '../live/price-desk.ts';
import { findSymbols, placeFinder, type StartPlace } from '../live/subscription.ts';
import { createSocketServer, SOCKET_PATH } from './socket.ts';
import { createEventStream } from './stream.ts';

/** One who was let in. */
export interface Visit {
  readonly userId: UserId;
  readonly wish: Wish;
  readonly place: StartPlace;
  readonly cookies: readonly string[];
}

/** Both ends may be silent for long; the operating system asks whether the far one is still there. */
const KEEP_ALIVE_MS = 30_000;

const ignore = (): void => {};

export function acceptStreams(app: FastifyInstance, deps: ApiDeps, door: Door): void {
  const isTrusted = trustIn(deps.settings.trustedProxies);
  const findPlace = placeFinder(deps);
  const sockets = createSocketServer(deps);
  const events = createEventStream(deps);
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // An error is followed by `close`, which is where everything is given back.
    socket.on('error', ignore);
    void (async () => {
      const path = (request.url ?? '').split('?', 1)[0];
      try {
        if (path !== STREAM_PATH && path !== SOCKET_PATH)
          throw new Failure('not-found', `There is no WebSocket at ${path}.`);
        const visit = await admit({
          deps,
          door,
          isTrusted,
          findPlace,
          request,
          socket,
          isSocket: path === SOCKET_PATH,
        });
        if (socket.destroyed) return;
        socket.setNoDelay(true);
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        if (path === SOCKET_PATH) sockets.accept(request, socket, head, visit);
        else events.accept(socket, visit);
      } catch (error) {
        refuse(deps, socket, error);
      }
    })();
  });
  app.addHook('onClose', async () => sockets.close());
}

interface Arrival {
  readonly deps: ApiDeps;
  readonly door: Door;
  readonly isTrusted: Trust;
  readonly findPlace: ReturnType<typeof placeFinder>;
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly isSocket: boolean;
}

async function admit({ deps, door, isTrusted, findPlace, request, socket, isSocket }: Arrival): Promise<Visit> {
  const { headers } = request;
  const address = clientAddress(request, isTrusted);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const parsed = streamQuerySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join('/'), message }));
    throw new Failure('bad-request', errors.map(({ field, message }) => `${field}: ${message}`).join('; '), { errors });
  }
  const query = parsed.data;
  if (brokenText(query) !== undefined)
    throw new Failure('bad-request', 'A text holds a character that cannot be stored.');
  const lastEventId = headers['last-event-id'] ?? query.lastEventId;
  if (lastEventId !== undefined && !lastEventIdSchema.safeParse(lastEventId).success)
    throw new Failure('bad-request', 'Last-Event-ID is not one of ours.');
  const { identity, cookies } = await door.enter({ headers, address, isUnsafe: isSocket, isStream: true });
  const symbols = await findSymbols(deps, identity?.userId ?? null, query.symbols);
  const visitor = identity === null ? await deps.accounts.createVisitor() : { identity, cookies };
  const { userId } = visitor.identity;
  const giveBack = deps.hub.reserve(userId, address);
  const leave = await deps.presence.join(userId, address).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  const release = (): void => {
    giveBack();
    leave();
  };
  socket.once('close', release);
  // The client may have gone while we asked: then `close` was before.
  if (socket.destroyed) {
    socket.off('close', release);
    release();
  }
  const place = await findPlace(userId, lastEventId as string | undefined);
  const wish = { symbols, windowMs: query.window ?? deps.settings.streamWindowMs };
  return { userId, wish, place, cookies: visitor.cookies };
}

function refuse({ log, settings }: ApiDeps, socket: Socket, error: unknown): void {
  const failure =
    failureOf(error, settings.maxBodyBytes) ?? new Failure('internal', 'Something went wrong on our side.');
  if (failure.code === 'internal') log.error({ err: error }, 'bug');
  const body = JSON.stringify(problemOf(failure, 'stream'));
  const head = [
    `HTTP/1.1 ${failure.kind.status} Refused`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
    ...(failure.kind.retry === 'later' ? [`retry-after: ${Math.ceil((failure.retryAfterMs ?? 1000) / 1000)}`] : []),
    ...(failure.code === 'not-signed-in' ? ['www-authenticate: Bearer'] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
