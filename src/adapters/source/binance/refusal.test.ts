import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { needShared } from '../../../../test/support/need.ts';
import { Allowance } from './allowance.ts';
import { readRefusal } from './refusal.ts';

const NOW = 1_763_630_000_000;

test('a ban ends at the later of what header and text say', () => {
  const body = 'Way too much request weight used; IP banned until 1763630628570. Please use WebSocket Streams.';
  assert.equal((readRefusal(418, '120', body, NOW) as { until: number }).until, 1_763_630_628_570);
  assert.equal((readRefusal(418, '900', body, NOW) as { until: number }).until, NOW + 900_000);
  assert.equal((readRefusal(429, '60', 'Too many requests', NOW) as { until: number }).until, NOW + 60_000);
  assert.equal((readRefusal(429, undefined, '', NOW) as { until: number }).until, NOW + 120_000);
  assert.equal((readRefusal(403, undefined, '', NOW) as { until: number }).until, NOW + 300_000);
  // A ban that has ended already, or lasts for ever, is a misreading.
  assert.equal(
    (readRefusal(418, undefined, 'banned until 1600000000000.', NOW) as { until: number }).until,
    NOW + 120_000,
  );
  assert.equal(
    (readRefusal(418, undefined, 'banned until 9999999999999.', NOW) as { until: number }).until,
    NOW + 259_200_000,
  );
});

test('a region is refused for good, and other answers are no refusal', () => {
  assert.equal(readRefusal(451, '5', '', NOW)?.kind, 'never');
  for (const status of [200, 400, 404, 500, 502, 503]) assert.equal(readRefusal(status, '5', '', NOW), null);
});

test('recorded refusals are understood', (t) => {
  const path = needShared(t, 'providers/error_shapes.jsonl');
  if (path === null) return;
  const kinds = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ provider }) => provider === 'binance')
    .map(({ response }) => [
      response.status,
      readRefusal(response.status, response.headers['retry-after'], response.body, NOW),
    ]);
  assert.deepEqual(
    kinds.map(([status, refusal]) => [status, refusal?.kind, refusal?.until]),
    [
      [400, undefined, undefined],
      [418, 'wait', 1_763_630_628_570],
      [429, 'wait', NOW + 60_000],
    ],
  );
});

test('connections are counted over five minutes', () => {
  const allowance = new Allowance();
  for (let made = 0; made < 100; made += 1) assert.equal(allowance.connect(NOW + made), null);
  assert.equal(allowance.connect(NOW + 100)?.until, NOW + 300_000);
  assert.equal(allowance.connect(NOW + 300_000), null);
  assert.equal(allowance.connect(NOW + 300_000)?.until, NOW + 300_001);
});
