/**
 * The shipped configurations of nginx and Caddy in front of two gateways: Server-Sent Events and WebSocket go through, and
 * where the gateway that serves them is killed, both come back on the other and miss nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { Client, eventually } from '../support/client.ts';
import { needProgram } from '../support/need.ts';
import { freePort } from '../support/ports.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';
import { type Program, startProgram } from '../support/program.ts';
import { startShippedCaddy, startShippedNginx } from '../support/proxies.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

const skip = postgresMissing() ?? redisMissing() ?? false;

/** What one way of listening has heard; `over` when the connection ended. */
interface Listening {
  readonly triggers: readonly string[];
  readonly lastId: () => string;
  readonly over: Promise<void>;
}

function listenBySse(user: Client, from: string): Listening {
  const triggers: string[] = [];
  let lastId = from;
  const over = (async () => {
    for await (const { event, id, data } of user.stream(`/api/v1/stream${from === '' ? '' : `?lastEventId=${from}`}`)) {
      if (id !== '') lastId = id;
      if (event === 'trigger') triggers.push((data as { id: string }).id);
    }
  })().catch(() => {});
  return { triggers, lastId: () => lastId, over };
}

function listenBySocket(user: Client, from: string): Listening {
  const triggers: string[] = [];
  let lastId = from;
  const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const socket = new WebSocket(
    `${user.url.replace('http', 'ws')}/api/v1/ws${from === '' ? '' : `?lastEventId=${from}`}`,
    { headers: { cookie, origin: user.url } },
  );
  socket.on('message', (text) => {
    const { event, id, data } = JSON.parse(String(text));
    if (id !== undefined) lastId = id;
    if (event === 'trigger') triggers.push(data.id);
  });
  socket.on('error', () => {});
  const over = new Promise<void>((ended) => socket.once('close', () => ended()));
  return { triggers, lastId: () => lastId, over };
}

async function streamsOpen({ url }: Program): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^tocsin_streams_open\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('streams go through the shipped proxies, and go on at the other gateway where theirs is killed', {
  skip,
}, async (t) => {
  const nginx = needProgram(t, 'nginx', 'nginx');
  const caddy = needProgram(t, 'caddy', 'caddy');
  if (nginx === null || caddy === null) return;
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const redis = await startRedis();
  t.after(() => redis.remove());
  const shared = {
    ...{ STORE: await postgres.newDatabase(), BUS: redis.url, SOURCES: 'push', TRUSTED_PROXIES: '127.0.0.1' },
    ...{ AUTH_SECRET: 'the same secret for every process of a cluster', PUBLIC_URL: 'http://tocsin.test' },
  };
  const start = (ROLES: string, PORT = '0') => startProgram(t, { env: { ...shared, ROLES, PORT } });
  const ports = [String(await freePort()), String(await freePort())];
  const [rest, ...gateways] = await Promise.all([
    start('ingest,evaluate,record,notify'),
    ...ports.map((port) => start('gateway', port)),
  ]);
  const urls = gateways.map(({ url }) => url);
  const fronts = [await startShippedNginx(t, nginx, urls), await startShippedCaddy(t, caddy, urls)];

  for (const [index, { name, url }] of fronts.entries()) {
    const user = new Client(url);
    const { key } = await user.ok('POST', '/api/v1/api-keys', { name: 'push' });
    const pusher = new Client(url, { 'x-api-key': key });
    const symbol = `MINE${index}`;
    const push = async (...prices: readonly number[]): Promise<void> => {
      for (const price of prices) await pusher.ok('POST', '/api/v1/prices', { symbol, price });
    };
    await push(10);
    const { id } = await user.ok('POST', '/api/v1/alerts', {
      ...{ symbol, condition: 'price crosses above 10.5', frequency: 'repeat', cooldown: '0s' },
    });
    await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${id}`)).status === 'armed', 'armed');
    const before = [listenBySse(user, ''), listenBySocket(user, '')];
    const sums = async (): Promise<readonly number[]> => Promise.all(gateways.map(streamsOpen));
    await eventually(async () => (await sums()).reduce((sum, one) => sum + one, 0) === 2, `${name}: both are open`);
    await push(11, 10, 11);
    for (const { triggers } of before)
      await eventually(async () => triggers.length === 2, `${name}: both triggers are heard`);

    const serving = (await sums()).findIndex((open) => open > 0);
    assert.deepEqual([...(await sums())].sort(), [0, 2], `${name} is sticky: one gateway has both`);
    await gateways[serving]?.kill();
    await Promise.all(before.map(({ over }) => over));
    // While nobody listens another one fires, through the gateway that is left.
    await eventually(
      async () => (await user.request('GET', '/api/v1/session')).status === 200,
      `${name} goes around it`,
    );
    await push(10, 11);
    const after = [
      listenBySse(user, before[0]?.lastId() as string),
      listenBySocket(user, before[1]?.lastId() as string),
    ];
    for (const { triggers } of after)
      await eventually(async () => triggers.length === 1, `${name}: the one that was missed is heard`);
    await push(10, 11);
    const stored = (): Promise<{ id: string }[]> => user.all('/api/v1/triggers');
    await eventually(async () => (await stored()).length === 4, 'four are stored');
    const all = (await stored()).map((one) => one.id).reverse();
    for (const [way, { triggers }] of after.entries()) {
      await eventually(async () => triggers.length === 2, `${name}: and the next`);
      assert.deepEqual([...(before[way]?.triggers ?? []), ...triggers], all, `${name}: each once and in order`);
    }

    gateways[serving] = await start('gateway', ports[serving]);
    const left = gateways[1 - serving] as Program;
    await left.stop();
    await Promise.all(after.map(({ over }) => over));
    gateways[1 - serving] = await start('gateway', ports[1 - serving]);
  }
  for (const program of [rest, ...gateways]) assert.equal(await program?.stop(), 0);
});
