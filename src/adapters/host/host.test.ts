import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from './clock.ts';
import { createMetrics } from './metrics.ts';
import { createSeal } from './seal.ts';

test('after no time at all a task comes next, and not where it was called off', async () => {
  const done: string[] = [];
  systemClock.after(0, () => done.push('soon'));
  systemClock.after(0, () => done.push('called off'))();
  done.push('first');
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.deepEqual(done, ['first', 'soon']);
});

test('a sealed text opens with its own key and no other', () => {
  const seal = createSeal('one');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (plain) => seal.open(seal.seal(plain)) === plain));
  assert.notEqual(seal.seal('a'), seal.seal('a'));
  assert.throws(() => createSeal('two').open(seal.seal('a')));
});

test('a changed byte of a sealed text makes it refuse', () => {
  const seal = createSeal('one');
  const sealed = seal.seal('whsec_something');
  const bytes = Buffer.from(sealed.split('.')[3] as string, 'base64url');
  bytes[0] = (bytes[0] as number) ^ 1;
  assert.throws(() => seal.open([...sealed.split('.').slice(0, 3), bytes.toString('base64url')].join('.')));
  assert.throws(() => seal.open('plain'), /not a sealed text/);
});

test('metrics count by label and asking twice gives the same metric', async () => {
  const metrics = createMetrics();
  const options = { name: 'things_total', help: 'Things.', labels: ['kind'] };
  metrics.counter(options).add(2, { kind: 'a' });
  metrics.counter(options).add(1, { kind: 'a' });
  metrics.histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [1, 2] }).observe(1.5);
  const text = await metrics.text();
  assert.match(text, /things_total\{kind="a"\} 3/);
  assert.match(text, /wait_seconds_bucket\{le="2"\} 1/);
});
