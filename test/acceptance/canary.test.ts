/**
 * The canary of the running program: through a program alone, and where two share a PostgreSQL and a Redis, of which one
 * is on duty and the other takes over. No user sees any of it.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Client, eventually } from '../support/client.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';
import { type Program, startProgram } from '../support/program.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

async function startDeadMan(t: TestContext): Promise<{ readonly url: string; readonly calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/one`, calls };
}

/** When the canary of this program came through last, in seconds; null where it is not on duty. */
async function lastSuccess({ url }: Program): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, value] = /^canary_last_success_timestamp_seconds (\S+)$/m.exec(text) ?? [];
  return value === undefined ? null : Number(value);
}

test('it comes through, the dead-man address is called, and a user cannot see or touch it', async (t) => {
  const deadMan = await startDeadMan(t);
  const program = await startProgram(t, { env: { SOURCES: 'push', CANARY: '200ms', CANARY_URL: deadMan.url } });
  await eventually(async () => deadMan.calls.length >= 3, 'three calls');
  assert.equal(deadMan.calls[0], 'GET /ping/one');
  const at = await lastSuccess(program);
  assert.ok(at !== null && at > 0, `${at}`);
  const ready = await fetch(`${program.url}/readyz`);
  assert.equal(ready.status, 200, await ready.text());

  const user = new Client(program.url);
  user.headers['x-api-key'] = (await user.ok('POST', '/api/v1/api-keys', { name: 'push' })).key;
  for (const path of ['/api/v1/instruments?q=canary', '/api/v1/alerts', '/api/v1/triggers', '/api/v1/deliveries'])
    assert.deepEqual((await user.ok('GET', path)).items, [], path);
  const { items } = await user.ok<{ items: { kind: string }[] }>('GET', '/api/v1/channels/kinds');
  assert.ok(items.every(({ kind }) => kind !== 'canary'));
  const kind = await user.request('POST', '/api/v1/channels', { kind: 'canary', name: 'mine', settings: {} });
  assert.equal(kind.status, 400);
  const price = await user.request('POST', '/api/v1/prices', { symbol: '~CANARY-0', price: 1 });
  assert.equal(price.status, 400);
  const alert = { symbol: '~CANARY-0', condition: 'price > 1' };
  assert.ok((await user.request('POST', '/api/v1/alerts', alert)).status >= 400);
  assert.equal(await program.stop(), 0);
});

const skip = postgresMissing() ?? redisMissing() ?? false;

test('of two programs one has the canary, and the other takes it over', { skip }, async (t) => {
  const deadMan = await startDeadMan(t);
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const redis = await startRedis();
  t.after(() => redis.remove());
  const env = {
    ...{ STORE: await postgres.newDatabase(), BUS: redis.url, BUS_PARTITIONS: '3', SOURCES: 'push' },
    ...{ AUTH_SECRET: 'the same secret for every process of a cluster', CANARY: '300ms', CANARY_URL: deadMan.url },
  };
  const programs = await Promise.all([startProgram(t, { env }), startProgram(t, { env })]);
  const onDuty = async (): Promise<readonly Program[]> => {
    const success = await Promise.all(programs.map(lastSuccess));
    return programs.filter((_, index) => (success[index] ?? 0) > 0);
  };
  await eventually(async () => deadMan.calls.length >= 2, 'it comes through three partitions');
  const [first, ...others] = await onDuty();
  assert.ok(first && others.length === 0, 'one is on duty');
  programs.splice(programs.indexOf(first), 1);
  await first.kill();
  const calls = deadMan.calls.length;
  await eventually(async () => (await onDuty()).length === 1 && deadMan.calls.length > calls, 'the other takes over');
  assert.equal(await programs[0]?.stop(), 0);
});
