/**
 * `/api/v1/ws`: the live stream over WebSocket. The server says `{event, id?, data}`, the client may say
 * `{symbols: [...] | null}` to change what it watches. Frames are encoded once and written to the socket itself.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { Failure } from '#errors.ts';
import type { Identity } from '../auth/identity.ts';
import { clientMessageSchema, streamQuerySchema } from '../contract/stream.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import type { Door } from '../http/door.ts';
import { failureOf, problemOf } from '../http/problem.ts';
import { Reader } from '../live/reader.ts';
import { findSymbols, startCursor } from '../live/subscription.ts';

const PATH = '/api/v1/ws';
/** A list of symbols fits many times. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

interface Visit {
  readonly userId: Identity['userId'];
  readonly symbols: Awaited<ReturnType<typeof findSymbols>>;
  readonly cursor: number;
  readonly cookies: readonly string[];
  readonly release: () => void;
}

/** Says what the address is for; the handshake itself never comes to a route. */
export function addSocketRoute(app: Api): void {
  app.get(
    PATH,
    {
      exposeHeadRoute: false,
      schema: {
        ...{ tags: ['live'], operationId: 'socket', summary: 'The same as the stream, over WebSocket' },
        description: 'Messages are StreamEvent; the client may send ClientMessage. Resumes with `lastEventId`.',
        querystring: streamQuerySchema,
        response: PROBLEMS,
      },
    },
    async () => {
      throw new Failure('bad-request', 'This address speaks WebSocket: connect with ws:// or wss://.');
    },
  );
}

export function acceptSockets(app: FastifyInstance, deps: ApiDeps, door: Door): void {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  const cookiesOf = new WeakMap<IncomingMessage, readonly string[]>();
  server.on('headers', (headers, request) => {
    for (const cookie of cookiesOf.get(request) ?? []) headers.push(`Set-Cookie: ${cookie}`);
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    void (async () => {
      let visit: Visit;
      try {
        visit = await admit(deps, door, request);
      } catch (error) {
        refuse(deps, socket, error);
        return;
      }
      socket.once('close', visit.release);
      if (socket.destroyed) {
        visit.release();
        return;
      }
      cookiesOf.set(request, visit.cookies);
      server.handleUpgrade(request, socket, head, (client) => converse(deps, client, socket, visit));
    })();
  });
  app.addHook('onClose', async () => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
}

async function admit(deps: ApiDeps, door: Door, request: IncomingMessage): Promise<Visit> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname !== PATH) throw new Failure('not-found', `There is no WebSocket at ${url.pathname}.`);
  const query = streamQuerySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success) {
    const errors = query.error.issues.map(({ path, message }) => ({ field: path.join('/'), message }));
    throw new Failure('bad-request', errors.map(({ field, message }) => `${field}: ${message}`).join('; '), { errors });
  }
  const address = request.socket.remoteAddress ?? 'unknown';
  const { identity, cookies } = await door.enter({ headers: request.headers, address, isUnsafe: true });
  const symbols = await findSymbols(deps, identity?.userId ?? null, query.data.symbols);
  const visitor = identity === null ? await deps.accounts.createVisitor() : { identity, cookies };
  const { userId } = visitor.identity;
  const cursor = await startCursor(deps, userId, query.data.lastEventId);
  return { userId, symbols, cursor, cookies: visitor.cookies, release: deps.hub.reserve(userId) };
}

function refuse({ log, settings }: ApiDeps, socket: Duplex, error: unknown): void {
  const failure =
    failureOf(error, settings.maxBodyBytes) ?? new Failure('internal', 'Something went wrong on our side.');
  if (failure.code === 'internal') log.error({ err: error }, 'bug');
  const body = JSON.stringify(problemOf(failure, 'ws'));
  const head = [
    `HTTP/1.1 ${failure.kind.status} Refused`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(failure.kind.retry === 'later' ? [`retry-after: ${Math.ceil((failure.retryAfterMs ?? 1000) / 1000)}`] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function converse(deps: ApiDeps, client: WebSocket, socket: Duplex, { userId, symbols, cursor }: Visit): void {
  const { hub } = deps;
  const reader = new Reader({
    ...{ userId, transport: 'ws', socket, cursor, now: deps.clock.now() },
    close: (reason) => {
      if (reason === 'too slow' || reason === 'no answer') client.terminate();
      else client.close(GOING_AWAY, reason);
    },
  });
  client.on('close', () => {
    reader.close('gone');
    hub.leave(reader);
  });
  client.on('error', () => client.terminate());
  client.on('pong', () => {
    reader.unanswered = 0;
  });
  let hearing = Promise.resolve();
  client.on('message', (data, isBinary) => {
    client.pause();
    hearing = hearing
      .then(() => hear(deps, reader, isBinary ? '' : String(data)))
      .catch((error: unknown) => {
        const failure = failureOf(error, deps.settings.maxBodyBytes);
        if (failure === undefined) deps.log.error({ err: error }, 'bug');
        client.close(failure === undefined ? INTERNAL_ERROR : POLICY_VIOLATION, (failure?.message ?? '').slice(0, 100));
      })
      .finally(() => client.resume());
  });
  client.send(JSON.stringify({ event: 'ready', id: String(cursor), data: {} }));
  hub.join(reader, symbols);
}

/** One message at a time: a client that floods us is not read while we are at work. */
async function hear(deps: ApiDeps, reader: Reader, text: string): Promise<void> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new Failure('bad-request', 'A message is JSON.');
  }
  const { success, data } = clientMessageSchema.safeParse(message);
  if (!success) throw new Failure('bad-request', 'A message is {"symbols": [...]} or {"symbols": null}.');
  deps.hub.watch(reader, await findSymbols(deps, reader.userId, data.symbols));
}
