/**
 * How a stream leaves the HTTP server: whole, and so that nothing of request and response is kept for it.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { STREAM_PATH, streamServerFactory } from './stream-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

interface Trial {
  readonly left: { readonly url: string | undefined; readonly socket: Socket }[];
  readonly requests: WeakRef<IncomingMessage>[];
  /** Over a new connection: what is written, one after the other, each time until the answer matches. */
  ask(...steps: readonly (readonly [text: string, enough: RegExp])[]): Promise<string>;
}

async function start(t: TestContext): Promise<Trial> {
  const left: Trial['left'] = [];
  const requests: WeakRef<IncomingMessage>[] = [];
  const make = streamServerFactory(1000) as (handler: unknown, options: object) => Server;
  const server = make((request: IncomingMessage, response: { end(text: string): void }) => {
    response.end(`plain ${request.url}`);
  }, {});
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    left.push({ url: request.url, socket });
    requests.push(new WeakRef(request));
    socket.write(`stream ${request.url}\n`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const clients: Socket[] = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    for (const { socket } of left) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return {
    left,
    requests,
    async ask(...steps) {
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      clients.push(client);
      let heard = '';
      for (const [text, enough] of steps) {
        client.write(text);
        heard = '';
        for await (const chunk of client.iterator({ destroyOnReturn: false })) {
          heard += chunk;
          if (enough.test(heard)) break;
        }
      }
      return heard;
    },
  };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

test('a stream leaves, alone or after another request of its connection; everything else stays', async (t) => {
  const { left, ask } = await start(t);
  assert.match(await ask([get('/a'), /plain/]), /plain \/a$/);
  await ask([get(`${STREAM_PATH}?symbols=A`), /^stream/]);
  await ask([`POST ${STREAM_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`, /plain/]);
  await ask([get(`${STREAM_PATH}s`), /plain/]);
  await ask([get('/first'), /plain/], [get(STREAM_PATH), /^stream/]);
  assert.deepEqual(
    left.map(({ url }) => url),
    [`${STREAM_PATH}?symbols=A`, STREAM_PATH],
  );
});

test('a stream that would have to wait for an earlier answer is not let out', async (t) => {
  const { left, ask } = await start(t);
  assert.match(await ask([`${get('/first')}${get(STREAM_PATH)}`, /plain.*plain/s]), /plain \/first/);
  assert.deepEqual(left, []);
});

test('nothing of the request is kept while the stream is open', async (t) => {
  const { left, requests, ask } = await start(t);
  await ask([get(STREAM_PATH), /^stream/]);
  for (let turn = 0; turn < 500 && requests[0]?.deref() !== undefined; turn += 1) {
    await new Promise((next) => setImmediate(next));
    collectGarbage();
  }
  assert.equal(requests[0]?.deref(), undefined);
  assert.equal(left[0]?.socket.destroyed, false);
});
