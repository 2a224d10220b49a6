/**
 * `GET /api/v1/stream`: the live stream as Server-Sent Events. The answer is bytes on the socket, ended by its end: no
 * chunks, so that one buffer serves all readers. It begins with the `id` the client has, so that a client that never
 * got a trigger resumes from the right place too.
 */
import type { Socket } from 'node:net';
import { z } from 'zod';
import { Failure } from '#errors.ts';
import { lastEventIdSchema, streamQuerySchema } from '../contract/stream.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { securityHeaders } from '../http/headers.ts';
import { STREAM_PATH } from '../http/stream-server.ts';
import { type CloseReason, Reader } from '../live/reader.ts';
import type { Visit } from './admission.ts';

/** How long a browser waits before it comes back. */
const RETRY_MS = 2000;
/** What it was told last goes out before the end. */
const HAS_LAST_WORD: ReadonlySet<CloseReason> = new Set(['stopping', 'too slow']);

/** Says what the address is for. Only a request that waits behind another on its connection comes to the route. */
export function addStreamRoute(app: Api): void {
  app.get(
    STREAM_PATH,
    {
      exposeHeadRoute: false,
      schema: {
        ...{ tags: ['live'], operationId: 'stream', summary: 'What happens, as it happens (Server-Sent Events)' },
        description:
          'Events `price`, `alert`, `trigger` and `delivery` with JSON data (schema StreamEvent); first the newest price ' +
          'of each symbol. `symbols` chooses prices; your own alerts, triggers and deliveries always come.',
        querystring: streamQuerySchema,
        headers: z.object({
          'last-event-id': lastEventIdSchema
            .optional()
            .describe(
              'Every trigger after this one is sent first, and deliveries that changed since; none is left out.',
            ),
        }),
        response: {
          200: { description: 'An endless stream', content: { 'text/event-stream': { schema: z.string() } } },
          ...PROBLEMS,
        },
      },
    },
    async () => {
      throw new Failure('bad-request', 'A stream needs a connection of its own.');
    },
  );
}

export interface EventStream {
  accept(socket: Socket, visit: Visit): void;
}

export function createEventStream({ hub, clock, settings }: ApiDeps): EventStream {
  const head = Object.entries({
    ...securityHeaders(settings.publicUrl),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Tells nginx not to hold events back.
    'x-accel-buffering': 'no',
    connection: 'close',
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return {
    accept(socket, { userId, wish, place, cookies }) {
      const set = cookies.map((cookie) => `set-cookie: ${cookie}\r\n`).join('');
      const reader = new Reader({
        ...{ userId, transport: 'sse', socket, place, roomBytes: settings.streamBufferBytes, now: clock.now() },
        close: (reason: CloseReason) => (HAS_LAST_WORD.has(reason) ? socket.destroySoon() : socket.destroy()),
      });
      const opening = `HTTP/1.1 200 OK\r\n${head}${set}\r\nretry: ${RETRY_MS}\nid: ${reader.eventId}\n\n`;
      socket.once('close', () => {
        reader.close('gone');
        hub.leave(reader);
      });
      // A client has nothing to say here; that it hangs up is all we listen for.
      socket.once('end', destroy);
      socket.resume();
      hub.join(reader, wish, place, Buffer.from(opening));
    },
  };
}

function destroy(this: Socket): void {
  this.destroy();
}
