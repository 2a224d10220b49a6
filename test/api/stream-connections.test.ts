/**
 * Connections of the live stream: how many there may be, and that those who leave or do not read cost nothing.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Client, eventually } from '../support/client.ts';
import { startTrial, type Trial } from '../support/gateway.ts';

/** A client that sends what it is told and reads only when asked to. */
function rawStream(t: TestContext, trial: Trial, path: string, more = ''): Socket {
  const socket = connect(Number(new URL(trial.url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`);
  return socket;
}

async function read(socket: Socket, enough: RegExp): Promise<string> {
  let heard = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    heard += chunk;
    if (enough.test(heard)) return heard;
  }
  throw new Error(`the connection ended: ${heard}`);
}

async function openStreams(trial: Trial): Promise<number> {
  const text = await (await fetch(`${trial.url}/metrics`)).text();
  return [...text.matchAll(/^tocsin_streams_open\{[^}]*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

const closes = (trial: Trial, count: number): Promise<boolean> =>
  eventually(async () => (await openStreams(trial)) === count, `${count} open`);

test('over the limit the answer is a clear 503 or 429 with a time to come back', async (t) => {
  const trial = await startTrial(t, { settings: { maxConnections: 2, maxConnectionsPerAddress: 1 } });
  await trial.tick('OAK', 1);
  const first = trial.visitor().stream('/api/v1/stream');
  await first.next();
  const refused = await trial.visitor().request('GET', '/api/v1/stream');
  assert.equal(refused.status, 429);
  assert.match(refused.body.detail, /MAX_CONNECTIONS_PER_ADDRESS/);
  assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await first.return(undefined);
  await closes(trial, 0);
  const proxied = await startTrial(t, {
    settings: { maxConnections: 2, maxConnectionsPerAddress: 1, trustedProxies: ['127.0.0.1'] },
  });
  await proxied.tick('OAK', 1);
  const open = ['1.1.1.1', '2.2.2.2'].map((from) =>
    proxied.visitor().stream('/api/v1/stream', { 'x-forwarded-for': from }),
  );
  for (const stream of open) await stream.next();
  const full = await proxied.visitor().request('GET', '/api/v1/stream', undefined, { 'x-forwarded-for': '3.3.3.3' });
  assert.equal(full.status, 503);
  assert.equal(full.body.code, 'overloaded');
  assert.ok(Number(full.headers.get('retry-after')) > 0);
  for (const stream of open) await stream.return(undefined);
});

test('a stream may name only so many symbols, and a window of five seconds at most', async (t) => {
  const trial = await startTrial(t, { settings: { maxSymbolsPerStream: 1 } });
  const user: Client = trial.visitor();
  const many = await user.request('GET', '/api/v1/stream?symbols=OAK,ELM');
  assert.equal(many.status, 422);
  assert.match(many.body.detail, /MAX_SYMBOLS_PER_STREAM/);
  assert.equal((await user.request('GET', '/api/v1/stream?window=6s')).status, 400);
  await trial.tick('OAK', 1);
  const slow = user.stream('/api/v1/stream?symbols=OAK&window=5s');
  assert.equal((await slow.next()).value.data.price, 1);
  await slow.return(undefined);
});

test('a client that hangs up, half or whole, gives its place back', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 1);
  const [half, whole] = [rawStream(t, trial, '/api/v1/stream'), rawStream(t, trial, '/api/v1/stream')];
  await Promise.all([read(half, /event: price/), read(whole, /event: price/)]);
  assert.equal(await openStreams(trial), 2);
  half.end();
  whole.destroy();
  await closes(trial, 0);
  assert.deepEqual(trial.bugs, []);
});

test('a stream may come over a connection that asked for something else before', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 1);
  const socket = rawStream(t, trial, '/health');
  await read(socket, /\r\n\r\n[\s\S]+$/);
  socket.write('GET /api/v1/stream HTTP/1.1\r\nhost: x\r\n\r\n');
  const heard = await read(socket, /event: price/);
  assert.match(heard, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(heard, /content-security-policy: /);
  assert.match(heard, /set-cookie: tocsin\./i);
});

test('one who does not read hinders nobody, and reads the newest price when it reads again', async (t) => {
  const trial = await startTrial(t, { settings: { streamWindowMs: 0, maxBodyBytes: 8_000_000 } });
  await trial.tick('OAK', 1);
  const lazy = rawStream(t, trial, '/api/v1/stream?symbols=OAK');
  const quick = trial.visitor().stream('/api/v1/stream?symbols=OAK');
  await quick.next();
  const operator = trial.visitor();
  operator.headers['x-operator-key'] = 'operator-key-of-the-test';
  const conflated = async (): Promise<boolean> =>
    /^tocsin_stream_conflated_total [1-9]/m.test(await (await fetch(`${trial.url}/metrics`)).text());
  let price = 1;
  // As much as the system takes for a reader that does not read, and more.
  while (!(await conflated())) {
    const ticks = Array.from({ length: 5000 }, () => ({ symbol: 'OAK', price: 1 + (price++ % 50) / 1000 }));
    await operator.ok('POST', '/api/v1/prices', ticks);
  }
  await trial.tick('OAK', 1.06);
  for (let last = 0; last !== 1.06; ) last = (await quick.next()).value.data.price;
  assert.match(await read(lazy, /"price":1\.06,/), /event: price/);
  await quick.return(undefined);
  assert.deepEqual(trial.bugs, []);
});

test('a cookie is worth nothing to a stream from the moment its session has ended', async (t) => {
  const trial = await startTrial(t);
  const user: Client = trial.visitor();
  await trial.tick('OAK', 100);
  await user.ok('POST', '/api/v1/session/sign-up', { email: 'ann@example.com', password: 'correct horse battery' });
  const thief = trial.visitor();
  for (const [name, value] of user.cookies) thief.cookies.set(name, value);
  await user.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 99' });
  for await (const { event } of thief.stream('/api/v1/stream?lastEventId=0')) if (event === 'trigger') break;
  await user.request('POST', '/api/v1/session/sign-out');
  const before = new Map(thief.cookies);
  const stream = thief.stream('/api/v1/stream');
  await stream.next();
  assert.notDeepEqual(thief.cookies, before, 'it has become another visitor');
  await stream.return(undefined);
});
