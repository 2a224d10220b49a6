/**
 * The program on servers instead of in itself: a real PostgreSQL for the store, a real Redis or RabbitMQ for the bus.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client, eventually } from '../support/client.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';
import { freshFolder, type Program, startProgram } from '../support/program.ts';
import { rabbitMissing, startRabbit } from '../support/rabbit.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

const AUTH_SECRET = 'the same secret for every process of a cluster';

async function startServers(
  t: TestContext,
  startBroker: () => Promise<{ readonly url: string; remove(): Promise<void> }>,
): Promise<{ readonly STORE: string; readonly BUS: string }> {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const broker = await startBroker();
  t.after(() => broker.remove());
  return { STORE: await postgres.newDatabase(), BUS: broker.url };
}

const withRedis = postgresMissing() ?? redisMissing() ?? false;
const withRabbit = postgresMissing() ?? rabbitMissing() ?? false;

test('two programs that start together on PostgreSQL and Redis work as one', { skip: withRedis }, async (t) => {
  await workAsOne(t, await startServers(t, startRedis));
});

test('two programs that start together on PostgreSQL and RabbitMQ work as one', { skip: withRabbit }, async (t) => {
  await workAsOne(t, await startServers(t, startRabbit));
});

async function workAsOne(t: TestContext, servers: { readonly STORE: string; readonly BUS: string }): Promise<void> {
  const env = { ...servers, AUTH_SECRET, SOURCES: 'push', BUS_PARTITIONS: '3' };
  const [one, two] = await Promise.all([startProgram(t, { env }), startProgram(t, { env })]);
  const visitor = new Client((one as Program).url);
  const { key } = await visitor.ok<{ key: string }>('POST', '/api/v1/api-keys', { name: 'test' });
  const [here, there] = [one, two].map((program) => new Client((program as Program).url, { 'x-api-key': key })) as [
    Client,
    Client,
  ];
  // Whoever is to take prices first asks what is recorded, and says so.
  const push = (client: Client, symbol: string, price: number) =>
    eventually(
      () =>
        client.ok('POST', '/api/v1/prices', { symbol, price }).catch((error: unknown) => {
          if (!/not-ready/.test(String(error))) throw error;
          return false;
        }),
      'one of the two takes prices',
    );
  const symbols = ['LAMP', 'STONE', 'RIVER', 'CLOUD', 'FIELD'];
  for (const symbol of symbols) await push(here, symbol, 10);
  for (const [n, symbol] of symbols.entries())
    await (n % 2 === 0 ? here : there).ok('POST', '/api/v1/alerts', { symbol, condition: 'price crosses above 10.5' });
  await eventually(async () => {
    const { items } = await there.ok<{ items: { status: string }[] }>('GET', '/api/v1/alerts');
    return items.length === symbols.length && items.every(({ status }) => status === 'armed');
  }, 'every alert is armed, whoever took it and whoever evaluates it');
  for (const symbol of symbols) await push(here, symbol, 11);
  const fired = async (client: Client): Promise<readonly string[]> =>
    (await client.ok<{ items: { symbol: string }[] }>('GET', '/api/v1/triggers')).items.map(({ symbol }) => symbol);
  await eventually(async () => (await fired(there)).length >= symbols.length, 'every alert has fired');
  assert.deepEqual([...(await fired(here))].sort(), [...symbols].sort());

  // One goes; the other takes over what it evaluated.
  assert.equal(await (one as Program).stop(), 0);
  for (const symbol of symbols)
    await there.ok('POST', '/api/v1/alerts', { symbol, condition: 'price crosses below 10.2' });
  await eventually(async () => {
    const { items } = await there.ok<{ items: { status: string }[] }>('GET', '/api/v1/alerts?status=armed');
    return items.length === symbols.length;
  }, 'the new alerts are armed by the one that is left');
  for (const symbol of symbols) await push(there, symbol, 10);
  await eventually(async () => (await fired(there)).length === symbols.length * 2, 'they have fired too');
  assert.equal(await (two as Program).stop(), 0);
}

test('whoever moves from one process to a shared bus in four parts takes every armed alert along', {
  skip: withRedis,
}, async (t) => {
  const { STORE, BUS } = await startServers(t, startRedis);
  const env = { STORE, AUTH_SECRET, SOURCES: 'push' };
  const alone = await startProgram(t, { env });
  const { key } = await new Client(alone.url).ok<{ key: string }>('POST', '/api/v1/api-keys', { name: 'test' });
  const before = new Client(alone.url, { 'x-api-key': key });
  const symbols = ['LAMP', 'STONE', 'RIVER', 'CLOUD', 'FIELD', 'HOUSE', 'HORSE', 'BREAD'];
  const pushTo = async (client: Client, price: number) => {
    for (const symbol of symbols) await client.ok('POST', '/api/v1/prices', { symbol, price });
  };
  await pushTo(before, 10);
  const condition = 'price falls 8% from high';
  for (const symbol of symbols) await before.ok('POST', '/api/v1/alerts', { symbol, condition });
  await eventually(async () => {
    const { items } = await before.ok<{ items: unknown[] }>('GET', '/api/v1/alerts?status=armed');
    return items.length === symbols.length;
  }, 'every alert is armed');
  await pushTo(before, 11);
  assert.equal(await alone.stop(), 0);

  const parted = await startProgram(t, { env: { ...env, BUS, BUS_PARTITIONS: '4' } });
  const after = new Client(parted.url, { 'x-api-key': key });
  // The high is of before.
  await pushTo(after, 10.1);
  const fired = async () => (await after.ok<{ items: { symbol: string }[] }>('GET', '/api/v1/triggers')).items;
  await eventually(async () => (await fired()).length === symbols.length, 'every alert has fired').catch(
    async (error: unknown) => {
      const all = await after.ok<{ items: { symbol: string; status: string }[] }>('GET', '/api/v1/alerts');
      throw new Error(`${error}: of ${JSON.stringify(all.items.map(({ symbol, status }) => [symbol, status]))}`);
    },
  );
  assert.equal(await parted.stop(), 0);
});

test('a second program on a bus within the first is refused, and told what it needs', {
  skip: withRedis,
}, async (t) => {
  const { STORE } = await startServers(t, startRedis);
  const env = { STORE, AUTH_SECRET, SOURCES: 'push' };
  const first = await startProgram(t, { env });
  await assert.rejects(startProgram(t, { env, dataDir: freshFolder(t, 'second') }), /need a shared BUS/);
  assert.equal(await first.stop(), 0);
  const again = await startProgram(t, { env });
  assert.equal(await again.stop(), 0);
});
