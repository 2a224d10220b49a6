/**
 * `GET /api/v1/stream`: the live stream as Server-Sent Events. After the head the answer is bytes on the socket: one
 * buffer for all readers, no chunks. It begins with the `id` the client has, so that a client that never got a trigger
 * resumes from the right place too.
 */
import { z } from 'zod';
import { Failure } from '#errors.ts';
import { lastEventIdSchema, streamQuerySchema } from '../contract/stream.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { ensureUser } from '../http/caller.ts';
import { Reader } from '../live/reader.ts';
import { findSymbols, startCursor } from '../live/subscription.ts';

/** How long a browser waits before it comes back. */
const RETRY_MS = 2000;

export function addStreamRoute(app: Api, deps: ApiDeps): void {
  app.get(
    '/api/v1/stream',
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
            .describe('Every trigger after this one is sent first; none is left out.'),
        }),
        response: {
          200: { description: 'An endless stream', content: { 'text/event-stream': { schema: z.string() } } },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const symbols = await findSymbols(deps, request.identity?.userId ?? null, request.query.symbols);
      const { userId } = await ensureUser(deps, request, reply);
      const release = deps.hub.reserve(userId);
      const { socket } = request.raw;
      socket.once('close', release);
      if (socket.destroyed) release();
      const given = request.headers['last-event-id'] ?? request.query.lastEventId;
      const cursor = await startCursor(deps, userId, given).catch((error: unknown) => {
        socket.off('close', release);
        release();
        throw error;
      });
      if (socket.destroyed) throw new Failure('bad-request', 'The client has gone.');
      reply.hijack();
      const { raw } = reply;
      raw.shouldKeepAlive = false;
      raw.useChunkedEncodingByDefault = false;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string | string[]>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      socket.setNoDelay(true);
      socket.write(`retry: ${RETRY_MS}\nid: ${cursor}\n\n`);
      const reader = new Reader({
        ...{ userId, transport: 'sse', socket, cursor, now: deps.clock.now() },
        close: (reason) => (reason === 'too slow' ? socket.destroy() : socket.destroySoon()),
      });
      socket.once('close', () => {
        reader.close('gone');
        deps.hub.leave(reader);
      });
      deps.hub.join(reader, symbols);
    },
  );
}
