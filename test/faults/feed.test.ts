import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../support/client.ts';
import { startFeed } from './feed.ts';
import { Market } from './market.ts';

const LOAD = { key: 'k', perSecond: 1_000 };

test('a feed whose prices nobody takes ends all the same, and says how many were left', async (t) => {
  const market = new Market();
  const asked = Promise.withResolvers<void>();
  const feed = startFeed({
    ...{ ...LOAD, market },
    gateways() {
      asked.resolve();
      return [];
    },
  });
  t.after(feed.stop);
  await asked.promise;
  const left = await feed.end(0);
  assert.ok(left > 0);
  assert.equal(left, market.made.length);
});

test('what one gateway does not take the next gets, with the same numbers and in order', async (t) => {
  const market = new Market();
  const taken: unknown[] = [];
  const open = async (status: number): Promise<string> => {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (some) => (text += some));
      request.on('end', () => {
        const prices = JSON.parse(text) as object[];
        if (status === 200) taken.push(...prices);
        response.writeHead(status).end(JSON.stringify({ items: prices.map(() => ({ verdict: 'accepted' })) }));
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const urls = [await open(503), await open(200)];
  const feed = startFeed({ ...LOAD, market, gateways: () => urls });
  t.after(feed.stop);
  await eventually(async () => taken.length > 0, 'some are taken');
  assert.equal(await feed.end(60_000), 0);
  assert.deepEqual(taken, market.made);
  assert.equal(feed.refused.size, 0);
});
