/**
 * `/api/v1/ws`: the live stream over WebSocket. The server says `{event, id?, data}`, the client may say
 * `{symbols: [...] | null}` to change what it watches. Frames are encoded once and written to the socket itself.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Failure } from '#errors.ts';
import { clientMessageSchema, streamQuerySchema } from '../contract/stream.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { failureOf } from '../http/problem.ts';
import { encode } from '../live/frame.ts';
import { type CloseReason, Reader } from '../live/reader.ts';
import { findSymbols } from '../live/subscription.ts';
import type { Visit } from './admission.ts';

export const SOCKET_PATH = '/api/v1/ws';
/** A list of symbols fits many times. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** A close frame holds 123 bytes. */
const MAX_REASON_CHARACTERS = 100;

/** Says what the address is for; the handshake itself never comes to a route. */
export function addSocketRoute(app: Api): void {
  app.get(
    SOCKET_PATH,
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

export interface SocketServer {
  accept(request: IncomingMessage, socket: Socket, head: Buffer, visit: Visit): void;
  close(): void;
}

export function createSocketServer(deps: ApiDeps): SocketServer {
  const server = new WebSocketServer({
    ...{ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, clientTracking: false },
  });
  const cookiesOf = new WeakMap<IncomingMessage, readonly string[]>();
  server.on('headers', (headers, request) => {
    for (const cookie of cookiesOf.get(request) ?? []) headers.push(`Set-Cookie: ${cookie}`);
  });
  return {
    accept(request, socket, head, visit) {
      cookiesOf.set(request, visit.cookies);
      // The answer goes out in one write with the first message, see `Reader.write`.
      socket.cork();
      server.handleUpgrade(request, socket, head, (client) => converse(deps, client, socket, visit));
    },
    close: () => server.close(),
  };
}

/** What to say to a client whose connection we end, where it may still hear it. */
const CLOSE_CODES: Readonly<Partial<Record<CloseReason, number>>> = {
  stopping: 1001,
  'too slow': 1013,
  'refused message': 1008,
  mistake: 1011,
};

function converse(deps: ApiDeps, client: WebSocket, socket: Socket, { userId, wish, place }: Visit): void {
  const { hub, clock, settings } = deps;
  let detail = '';
  const reader = new Reader({
    ...{ userId, transport: 'ws', socket, place, roomBytes: settings.streamBufferBytes, now: clock.now() },
    close: (reason) => {
      const code = CLOSE_CODES[reason];
      if (code === undefined) client.terminate();
      else client.close(code, (detail || reason).slice(0, MAX_REASON_CHARACTERS));
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
        const failure = failureOf(error, settings.maxBodyBytes);
        if (failure === undefined) deps.log.error({ err: error }, 'bug');
        detail = failure?.message ?? '';
        reader.close(failure === undefined ? 'mistake' : 'refused message');
      })
      .finally(() => client.resume());
  });
  hub.join(reader, wish, place, encode('ws', 'ready', '{}', reader.eventId));
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
  if (!success)
    throw new Failure('bad-request', 'A message is {"symbols": [...]} or {"symbols": null}, and a "window".');
  const symbols = await findSymbols(deps, reader.userId, data.symbols);
  deps.hub.watch(reader, {
    symbols,
    windowMs: data.window ?? reader.audience?.windowMs ?? deps.settings.streamWindowMs,
  });
}
