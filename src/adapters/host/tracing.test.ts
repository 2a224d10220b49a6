import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type Log, silentLog } from '#contracts/log.ts';
import { startTracing } from './tracing.ts';

const options = { ratio: 0.5, roles: ['ingest'], version: '1', instance: 'one' };

test('what goes on from a span is of its trace; what cannot be read begins one', async () => {
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const chances = [0.4, 0.6];
  const random = (): number => chances.shift() ?? 0;
  const tracing = startTracing({ ...options, endpoint, random, log: silentLog });
  assert.deepEqual([tracing.samples(), tracing.samples()], [true, false]);
  const first = tracing.begin('one', {});
  assert.match(first.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(first.traceparent, `00-${first.ids.trace_id}-${first.ids.span_id}-01`);
  const next = tracing.begin('two', { parent: first.traceparent });
  assert.equal(next.ids.trace_id, first.ids.trace_id);
  for (const parent of ['', 'x', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`, `${first.traceparent}-more`])
    assert.notEqual(tracing.begin('three', { parent }).ids.trace_id, first.ids.trace_id, parent);
  await tracing.stop();
  server.close();
});

test('a collector that is not there is told of in the log, and a stop does not wait for it', async () => {
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => said.push(message) };
  const tracing = startTracing({ ...options, endpoint: 'http://127.0.0.1:1', random: () => 0, log });
  tracing.begin('one', {}).end({ 'tocsin.symbol': 'A' }, 'failed');
  await tracing.stop();
  assert.ok(said.includes('traces could not be sent'));
});
