/**
 * The HTTP server beneath Fastify. A request for the event stream never comes to Fastify: it leaves the HTTP server the
 * way a WebSocket does, as an `upgrade` event, whereupon Node forgets parser, request and response. Held as ordinary
 * answers, ten thousand streams would cost 10 KiB each for nothing but that (docs/adr/0008).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FastifyServerFactory } from 'fastify';

export const STREAM_PATH = '/api/v1/stream';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export function streamServerFactory(requestTimeoutMs: number): FastifyServerFactory {
  return (handler: Handler): Server => {
    const server = createServer((request, response) => {
      if (isStreamRequest(request) && leave(request, response)) return;
      handler(request, response);
    });
    server.requestTimeout = requestTimeoutMs;
    return server;
  };
}

function isStreamRequest({ method, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && url.split('?', 1)[0] === STREAM_PATH;
}

/** Node looks at `upgrade` after this handler. False where an answer to an earlier request is still under way. */
function leave(request: IncomingMessage & { upgrade?: boolean }, response: ServerResponse): boolean {
  if (response.socket !== request.socket) return false;
  response.detachSocket(request.socket);
  request.upgrade = true;
  return true;
}
