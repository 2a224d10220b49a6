/**
 * The live stream over both transports: prices are conflated, triggers never lost.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { type Client, eventually, type StreamEvent } from '../support/client.ts';
import { startTrial, type Trial } from '../support/gateway.ts';

/** The first events that pass, in order. */
async function take(
  stream: AsyncGenerator<StreamEvent>,
  count: number,
  passes: (event: StreamEvent) => boolean = () => true,
): Promise<StreamEvent[]> {
  const taken: StreamEvent[] = [];
  for await (const event of stream) {
    if (passes(event)) taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}
const isTrigger = ({ event }: StreamEvent): boolean => event === 'trigger';

async function alertOn(user: Client, symbol: string, condition: string): Promise<{ id: string }> {
  const alert = await user.ok('POST', '/api/v1/alerts', { symbol, condition, frequency: 'repeat', cooldown: '0s' });
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${alert.id}`)).status === 'armed', 'armed');
  return alert;
}

/** Moves the price over 101 and back so often: each time one trigger. */
async function cross(trial: Trial, symbol: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await trial.tick(symbol, 100, 102);
}

test('a stream begins with the newest prices, then follows; symbols choose', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 2, 2.01);
  await trial.tick('ELM', 5);
  const user = trial.visitor();
  const all = user.stream('/api/v1/stream');
  const first = await all.next();
  const second = await all.next();
  const shown = [first, second].map(({ value }) => [value.event, value.data.symbol, value.data.price]);
  assert.deepEqual(shown.sort(), [
    ['price', 'ELM', 5],
    ['price', 'OAK', 2.01],
  ]);
  assert.ok(user.cookies.size > 0, 'a stream makes a user');
  const some = trial.visitor().stream('/api/v1/stream?symbols=elm-alias');
  assert.equal((await some.next()).value.data.symbol, 'ELM');
  await trial.tick('OAK', 2.02);
  await trial.tick('ELM', 5.01);
  const next = (await some.next()).value;
  assert.deepEqual([next.data.symbol, next.data.price], ['ELM', 5.01]);
  assert.equal((await take(all, 1, ({ data }) => (data as { price: number }).price === 5.01)).length, 1);
  await some.return(undefined);
  assert.deepEqual(trial.bugs, []);
});

test('a private series is streamed to its owner only', async (t) => {
  const trial = await startTrial(t);
  const owner = trial.visitor();
  const { key } = await owner.ok('POST', '/api/v1/api-keys', { name: 'push' });
  const pusher = trial.visitor();
  pusher.headers['x-api-key'] = key;
  await pusher.ok('POST', '/api/v1/prices', { symbol: 'MINE', price: 7 });
  const own = owner.stream('/api/v1/stream');
  assert.equal((await own.next()).value.data.symbol, 'MINE');
  const other = trial.visitor();
  const foreign = other.stream('/api/v1/stream');
  const heard = foreign.next();
  await pusher.ok('POST', '/api/v1/prices', { symbol: 'MINE', price: 8 });
  assert.equal((await own.next()).value.data.price, 8);
  await trial.tick('OAK', 1);
  assert.equal((await heard).value.data.symbol, 'OAK');
  assert.equal((await other.request('GET', '/api/v1/stream?symbols=MINE')).status, 422);
  await own.return(undefined);
  await foreign.return(undefined);
  assert.deepEqual(trial.bugs, []);
});

test('triggers of every moment arrive once and in order, however often the stream is cut', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  await alertOn(user, 'OAK', 'price crosses above 101');
  const total = 40;
  const seen: string[] = [];
  let lastId = '0.0';
  const firing = cross(trial, 'OAK', total);
  // Cut after 1, 2, 3, ... triggers, while they keep coming.
  for (let length = 1; seen.length < total; length += 1) {
    const stream = user.stream('/api/v1/stream', { 'last-event-id': lastId });
    const part = await take(stream, Math.min(length, total - seen.length), isTrigger);
    for (const { id, data } of part) {
      seen.push((data as { id: string }).id);
      lastId = id;
    }
  }
  await firing;
  const stored = await user.all('/api/v1/triggers');
  assert.deepEqual(seen, stored.map(({ id }) => id).reverse());
  assert.equal(new Set(seen).size, total);
  assert.deepEqual(trial.bugs, []);
});

test('a client that never got a trigger resumes from where it began', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  await alertOn(user, 'OAK', 'price crosses above 101');
  const response = await fetch(`${trial.url}/api/v1/stream`, { headers: { cookie: cookieOf(user) } });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  const { value = '' } = await reader.read();
  const [, id] = /^retry: \d+\nid: (\d+\.\d+)\n\n/.exec(value) ?? [];
  assert.ok(id, value);
  await reader.cancel();
  await cross(trial, 'OAK', 1);
  const [trigger] = await take(user.stream('/api/v1/stream', { 'last-event-id': id }), 1, isTrigger);
  assert.ok(trigger !== undefined && trigger.id > id);
});

test('an id of another world does not make a client wait for ever', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  await alertOn(user, 'OAK', 'price crosses above 101');
  const stream = user.stream('/api/v1/stream?lastEventId=999999999');
  await stream.next();
  await cross(trial, 'OAK', 1);
  assert.equal((await take(stream, 1, isTrigger)).length, 1);
});

test('deliveries that changed while the client was away come when it is back, over either transport', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const channel = await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page', settings: {} });
  const alert = await user.ok('POST', '/api/v1/alerts', {
    ...{ symbol: 'OAK', condition: 'price crosses above 101', frequency: 'once', channels: [channel.id] },
  });
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${alert.id}`)).status === 'armed', 'armed');
  const socket = await openSocket(t, trial, user);
  const { id } = await socket.next();
  socket.client.terminate();
  await trial.tick('OAK', 102);
  const accepted = await eventually(
    async () => (await user.ok('GET', '/api/v1/deliveries?status=accepted')).items[0],
    'accepted',
  );
  const isDelivery = ({ event }: StreamEvent): boolean => event === 'delivery';
  const [told] = await take(user.stream('/api/v1/stream', { 'last-event-id': id }), 1, isDelivery);
  assert.deepEqual(told?.data, accepted);
  const again = await openSocket(t, trial, user, `?lastEventId=${id}`);
  assert.deepEqual((await again.next(isDelivery)).data, accepted);
  assert.match(told?.id ?? '', /^\d+\.\d+$/);
  assert.deepEqual(trial.bugs, []);
});

test('changes of alerts and nobody else’s arrive', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 100);
  const [user, other] = [trial.visitor(), trial.visitor()];
  const stream = user.stream('/api/v1/stream');
  await stream.next();
  await alertOn(other, 'OAK', 'price > 500');
  const alert = await user.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 200' });
  await user.ok('DELETE', `/api/v1/alerts/${alert.id}`);
  const events = await take(stream, 3, ({ event }) => event === 'alert');
  assert.ok(events.every(({ data }) => (data as { id: string }).id === alert.id));
  assert.ok(events.some(({ data }) => (data as { deleted?: boolean }).deleted === true));
});

test('a user may hold only so many streams, and gets them back', async (t) => {
  const trial = await startTrial(t, { settings: { maxConnectionsPerUser: 2 } });
  await trial.tick('OAK', 100);
  const user = trial.visitor();
  await user.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 200' });
  const open = [user.stream('/api/v1/stream'), user.stream('/api/v1/stream')];
  for (const stream of open) await stream.next();
  const refused = await user.request('GET', '/api/v1/stream');
  assert.equal(refused.status, 429);
  assert.equal(refused.body.code, 'rate-limited');
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await assert.rejects(openSocket(t, trial, user), /429/);
  await open[0]?.return(undefined);
  const again = await eventually(async () => {
    const stream = user.stream('/api/v1/stream');
    return stream.next().catch(() => null);
  }, 'a place');
  assert.equal(again.value.event, 'price');
  await open[1]?.return(undefined);
});

interface Socket {
  readonly client: WebSocket;
  next(passes?: (event: StreamEvent) => boolean): Promise<StreamEvent>;
}

function cookieOf(user: Client): string {
  return [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

async function openSocket(
  t: TestContext,
  trial: Trial,
  user: Client,
  query = '',
  headers: Record<string, string> = {},
): Promise<Socket> {
  const client = new WebSocket(`${trial.url.replace('http', 'ws')}/api/v1/ws${query}`, {
    headers: { ...(user.cookies.size > 0 ? { cookie: cookieOf(user) } : {}), ...headers },
  });
  t.after(() => client.terminate());
  const heard: StreamEvent[] = [];
  let wake = (): void => {};
  client.on('message', (data) => {
    heard.push({ id: '', ...JSON.parse(String(data)) });
    wake();
  });
  await new Promise<void>((open, failed) => {
    client.once('open', open);
    client.once('error', failed);
  });
  return {
    client,
    async next(passes = () => true) {
      for (;;) {
        const event = heard.shift();
        if (event !== undefined && passes(event)) return event;
        if (event === undefined)
          await new Promise<void>((again) => {
            wake = again;
          });
      }
    },
  };
}

test('WebSocket says the same, resumes the same, and watches other symbols when asked', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 100);
  await trial.tick('ELM', 5);
  const user = trial.visitor();
  await alertOn(user, 'OAK', 'price crosses above 101');
  const socket = await openSocket(t, trial, user, '?symbols=OAK');
  const ready = await socket.next();
  assert.equal(ready.event, 'ready');
  assert.deepEqual(((await socket.next()).data as { symbol: string }).symbol, 'OAK');
  await cross(trial, 'OAK', 1);
  const trigger = await socket.next(isTrigger);
  socket.client.send(JSON.stringify({ symbols: ['ELM'] }));
  const price = await socket.next(({ data }) => (data as { symbol?: string }).symbol === 'ELM');
  assert.equal((price.data as { price: number }).price, 5);
  const again = await openSocket(t, trial, user, `?lastEventId=${ready.id}`);
  assert.deepEqual(await again.next(isTrigger), trigger);
  assert.deepEqual(trial.bugs, []);
});

test('WebSocket makes a visitor a user, refuses other sites and closes on nonsense', async (t) => {
  const trial = await startTrial(t);
  await trial.tick('OAK', 100);
  const visitor = trial.visitor();
  await assert.rejects(openSocket(t, trial, visitor, '', { origin: 'https://evil.example' }), /403/);
  await assert.rejects(openSocket(t, trial, visitor, '?symbols=NOSUCH'), /422/);
  await assert.rejects(openSocket(t, trial, visitor, '?lastEventId=x'), /400/);
  const socket = await openSocket(t, trial, visitor, '', { origin: trial.url });
  const closed = new Promise<number>((end) => socket.client.once('close', end));
  socket.client.send('nonsense');
  assert.equal(await closed, 1008);
  assert.deepEqual(trial.bugs, []);
});
