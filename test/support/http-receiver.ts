/**
 * A real HTTP server that receives webhooks, checks their signatures with its own arithmetic (not the library that
 * made them), and can be made to misbehave.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { freePort } from './ports.ts';

export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The signature is right for the secret the receiver was started with. */
  readonly verified: boolean;
}

export type Respond = (request: ReceivedCall, response: ServerResponse, raw: IncomingMessage) => void;

export interface HttpReceiver {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly ReceivedCall[];
  /** The calls that were answered with a 2xx. */
  accepted(): readonly ReceivedCall[];
  respond(how: Respond): void;
  close(): Promise<void>;
  /** Listens again on the same port after `close`. */
  reopen(): Promise<void>;
  /** Resolves when the n-th call has come. */
  call(n: number): Promise<ReceivedCall>;
}

export const answer =
  (status: number, body = '', headers: Readonly<Record<string, string>> = {}): Respond =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
  };
export const hang: Respond = () => {};
export const cut: Respond = (_, __, raw) => raw.socket.destroy();

export function verify(headers: IncomingHttpHeaders, body: string, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', key).update(signed).digest();
  return String(headers['webhook-signature'] ?? '')
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

export async function startHttpReceiver(t: TestContext, secret: string): Promise<HttpReceiver> {
  const calls: ReceivedCall[] = [];
  const accepted: ReceivedCall[] = [];
  const waiting = new Map<number, (call: ReceivedCall) => void>();
  let respond: Respond = answer(204);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const call = {
        path: request.url ?? '',
        headers: request.headers,
        body,
        verified: verify(request.headers, body, secret),
      };
      calls.push(call);
      respond(call, response, request);
      if (response.headersSent && response.statusCode < 300) accepted.push(call);
      waiting.get(calls.length)?.(call);
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  // It may close and listen there again.
  const port = await freePort();
  await listen(port);
  t.after(close);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    calls,
    accepted: () => accepted,
    respond: (how) => {
      respond = how;
    },
    close,
    reopen: () => listen(port),
    call: (n) => {
      const there = calls[n - 1];
      return there ? Promise.resolve(there) : new Promise((done) => waiting.set(n, done));
    },
  };
}
