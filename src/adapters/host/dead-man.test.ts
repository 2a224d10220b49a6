import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { callDeadMan } from './dead-man.ts';

test('the dead-man address is asked once, is not followed elsewhere, and holds up no stop', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/well') response.end('thanks');
    else if (request.url === '/moved') response.writeHead(302, { location: '/well' }).end();
    // Anything else is never answered.
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = new AbortController();
  await callDeadMan(`${url}/well`)(stop.signal);
  await assert.rejects(callDeadMan(`${url}/moved`)(stop.signal), /answered 302/);
  const waiting = callDeadMan(`${url}/silent`)(stop.signal);
  stop.abort();
  await assert.rejects(waiting);
  assert.deepEqual(asked.slice(0, 2), ['GET /well', 'GET /moved']);
});
