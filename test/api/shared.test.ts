/**
 * Two gateways on a real Redis: limits counted over both, prices handed on, and each by itself while Redis is away.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { systemClock } from '#adapters/host/clock.ts';
import { createMetrics } from '#adapters/host/metrics.ts';
import { openRedisMemory } from '#adapters/shared/redis/redis-memory.ts';
import type { Clock } from '#contracts/clock.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import type { SharedMemory } from '#contracts/shared-memory.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { type GatewaySettings, startGateway } from '#roles/gateway/gateway.ts';
import { Client, eventually } from '../support/client.ts';
import { startTrial } from '../support/gateway.ts';
import { type RedisServer, redisMissing, startRedis } from '../support/redis.ts';

const skip = redisMissing() ?? false;

/** A machine that is busy with other tests is not a Redis that hangs. */
const PATIENCE_MS = 60_000;
/** Where one that hangs is waited for. */
const HASTE_MS = 500;

interface Status {
  readonly shared: {
    readonly isShared: boolean;
    readonly problem: string | null;
    readonly gateways: number | null;
    readonly streams: number | null;
  };
}

/** The trial's own gateway shares nothing; these two do. */
async function startPair(t: TestContext, settings: Partial<GatewaySettings>) {
  const redis = await startRedis(['--appendonly', 'no']);
  t.after(() => redis.remove());
  const trial = await startTrial(t);
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => said.push(message), info: (_, message) => said.push(message) };
  const prefix = randomUUID();
  let longestMs = Number.POSITIVE_INFINITY;
  const clock: Clock = {
    now: systemClock.now,
    after: (delayMs, run) => systemClock.after(Math.min(delayMs, longestMs), run),
  };
  const hurry = (): void => {
    longestMs = HASTE_MS;
  };
  const open = async (): Promise<string> => {
    const shared = await openMemory(t, redis, prefix, clock);
    const gateway = await startGateway({
      ...{ ...trial.deps, log, metrics: createMetrics(), shared },
      settings: { ...trial.deps.settings, ...settings },
    });
    t.after(() => gateway.stop());
    return gateway.address;
  };
  const urls = [await open(), await open()] as const;
  const status = async (url: string): Promise<Status['shared']> =>
    ((await (await fetch(`${url}/statusz`)).json()) as Status).shared;
  return { redis, trial, said, prefix, open, urls, status, hurry };
}

async function openMemory(
  t: TestContext,
  redis: RedisServer,
  prefix: string,
  clock = systemClock,
): Promise<SharedMemory> {
  const common = { url: redis.url, clock, log: silentLog, prefix };
  const memory = await openRedisMemory({ ...common, answerTimeoutMs: PATIENCE_MS });
  t.after(() => memory.close());
  return memory;
}

test('requests are counted over both; by each while Redis is gone, which it says; over both again', {
  skip,
}, async (t) => {
  // One a minute: none comes back while the test runs.
  const { redis, urls, said, status, hurry } = await startPair(t, { rateLimit: 1 });
  const [one, two] = urls;
  const ask = async (url: string): Promise<number> => (await fetch(`${url}/api/v1/instruments`)).status;
  assert.equal(await ask(one), 200);
  assert.equal(await ask(two), 429);
  assert.equal(await ask(one), 429);
  assert.deepEqual((await status(two)).problem, null);
  assert.equal((await status(two)).gateways, 2);

  await redis.kill();
  assert.equal(await ask(one), 200, 'by itself, it has not let anybody in yet');
  assert.equal(await ask(one), 429);
  assert.equal(await ask(two), 200);
  const alone = await status(one);
  assert.equal(alone.isShared, false);
  assert.notEqual(alone.problem, null);
  const warned = (): number => said.filter((message) => /counted by this gateway alone/.test(message)).length;
  assert.equal(warned(), 2, 'each said it once');

  await redis.start();
  for (const url of urls) await eventually(async () => (await status(url)).isShared, 'they share again');
  assert.equal(await ask(two), 200, 'Redis has begun anew');
  assert.equal(await ask(one), 429);
  assert.equal(warned(), 2);

  redis.pause();
  hurry();
  await eventually(async () => {
    assert.equal(await ask(one), 429, 'by itself, as it knows from before');
    return /does not answer/.test((await status(one)).problem ?? '');
  }, 'one that hangs is found out');
  redis.resume();
  await eventually(async () => (await status(one)).isShared, 'one that only hung is back too');
});

test('streams of a user are counted over both, also after Redis has forgotten them', { skip }, async (t) => {
  const { redis, trial, prefix, urls, status } = await startPair(t, { maxConnectionsPerUser: 2 });
  await trial.tick('OAK', 1);
  const user = trial.visitor();
  await user.ok('POST', '/api/v1/watchlists', { name: 'to be somebody', symbols: ['OAK'] });
  const at = (url: string): Client => {
    const client = new Client(url);
    for (const [name, value] of user.cookies) client.cookies.set(name, value);
    return client;
  };
  const [one, two] = urls.map(at) as [Client, Client];
  const streams = [one, two].map((client) => client.stream('/api/v1/stream'));
  for (const stream of streams) await stream.next();
  const refused = async (): Promise<boolean> => {
    const stop = new AbortController();
    const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${urls[0]}/api/v1/stream`, { headers: { cookie }, signal: stop.signal });
    stop.abort();
    return answer.status === 429;
  };
  const memory = await openMemory(t, redis, prefix);
  const { id } = (await user.ok<{ user: { id: string } }>('GET', '/api/v1/session')).user;
  const held = (): Promise<number> => memory.hold(`user ${id}`, 0).catch(() => -1);
  assert.equal(await held(), 2);
  assert.ok(await refused());
  await eventually(async () => (await status(urls[0])).streams === 2, 'both gateways say what they hold');

  await redis.kill();
  await redis.start();
  await eventually(async () => (await held()) === 2, 'what is connected was said again');
  assert.ok(await refused());

  await streams[1]?.return(undefined);
  await eventually(async () => (await held()) === 1, 'the other gateway has let go');
  assert.ok(!(await refused()));
  await streams[0]?.return(undefined);
});

test('a gateway that starts knows the prices that others have seen', { skip }, async (t) => {
  const { redis, trial, prefix, open } = await startPair(t, {});
  const memory = await openMemory(t, redis, prefix);
  await trial.tick('OAK', 41);
  const seen = await eventually(
    async () => (await memory.prices()).find(({ symbol }) => symbol === 'OAK'),
    'a gateway has put the price there',
  );
  assert.equal(seen.price, 41);
  // Newer than anything recorded, older than what is there, and of an instrument that nobody has.
  const newer = { ...seen, at: seen.at + 1_000, price: 42 };
  await memory.keepPrices([newer, { ...newer, symbol: 'GONE' as InstrumentSymbol }]);
  await memory.keepPrices([seen]);
  const late = new Client(await open());
  const { items } = await late.ok<{ items: { symbol: string; price: number }[] }>('GET', '/api/v1/prices');
  assert.deepEqual(
    items.map(({ symbol, price }) => [symbol, price]),
    [['OAK', 42]],
  );
});

test('what a gateway held that has died is not counted', { skip }, async (t) => {
  const redis = await startRedis(['--appendonly', 'no']);
  t.after(() => redis.remove());
  const common = { url: redis.url, clock: systemClock, log: silentLog };
  const [dying, lively] = await Promise.all([openRedisMemory({ ...common, leaseMs: 50 }), openRedisMemory(common)]);
  await lively.beat(1);
  assert.equal((await dying.beat(5)).streams, 6);
  assert.equal(await dying.hold('user a', 5), 5);
  await lively.hold('user a', 1);
  await eventually(async () => (await lively.hold('user a', 1)) === 1, 'only the living count');
  const { gateways, streams, isFirst } = await lively.beat(1);
  assert.deepEqual({ gateways, streams, isFirst }, { gateways: 1, streams: 1, isFirst: true });
  for (const memory of [dying, lively]) await memory.close();
});
