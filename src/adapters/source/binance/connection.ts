/**
 * One WebSocket to Binance: opened, read, and its end told exactly once. Pings are answered by the socket itself. It
 * never connects again; that is the feed's part.
 */
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock } from '#contracts/clock.ts';

const HANDSHAKE_TIMEOUT_MS = 15_000;
/** A trade is 200 bytes. */
const MAX_FRAME_BYTES = 65_536;
/** Of a refusal's text: the end of a ban stands in its first line. */
const MAX_REFUSAL_CHARS = 4096;

export type ConnectionEnd =
  | { readonly kind: 'lost'; readonly reason: string }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly body: string;
    };

export interface ConnectionEvents {
  opened(): void;
  frame(text: string): void;
  /** Not called where `close` was. */
  ended(end: ConnectionEnd): void;
}

export interface Connection {
  close(): void;
}

export function connect(url: string, clock: Clock, events: ConnectionEvents): Connection {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES, followRedirects: false });
  let over = false;
  const end = (told: ConnectionEnd | null): void => {
    if (over) return;
    over = true;
    cancelTimeout();
    socket.terminate();
    if (told !== null) events.ended(told);
  };
  const cancelTimeout = clock.after(HANDSHAKE_TIMEOUT_MS, () => end({ kind: 'lost', reason: 'no answer in time' }));
  socket.on('open', () => {
    if (over) return;
    cancelTimeout();
    events.opened();
  });
  socket.on('message', (data, isBinary) => {
    if (!over && !isBinary) events.frame(data.toString());
  });
  socket.on('unexpected-response', (_request, response: IncomingMessage) => {
    let body = '';
    const told = (): void => {
      const { statusCode: status = 0, headers } = response;
      response.destroy();
      end({ kind: 'refused', status, retryAfter: headers['retry-after'], body });
    };
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      body += chunk;
      if (body.length >= MAX_REFUSAL_CHARS) told();
    });
    response.on('end', told);
    response.on('error', told);
  });
  socket.on('error', (error) => end({ kind: 'lost', reason: error.message }));
  socket.on('close', (code) => end({ kind: 'lost', reason: `closed with ${code}` }));
  return { close: () => end(null) };
}
