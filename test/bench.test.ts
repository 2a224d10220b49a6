/** The benchmarks in their short form: that they run and their contestants find the same. Never how fast. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kafkaMissing } from './support/kafka.ts';
import { needProgram } from './support/need.ts';
import { postgresMissing } from './support/postgres.ts';

for (const name of ['arming', 'backtest', 'engine', 'indicators', 'load', 'pauses', 'peers', 'record'])
  test(`bench/${name}.ts runs in its short form`, () => {
    const file = fileURLToPath(new URL(`../bench/${name}.ts`, import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', file, '--smoke'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /\| --- \|/);
  });

test('bench/streaming.ts runs in its short form', (t) => {
  if (needProgram(t, 'gcc', 'gcc') === null) return;
  const file = fileURLToPath(new URL('../bench/streaming.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, '--smoke'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /restart with 50 clients/);
});

test('bench/kafka.ts runs in its short form', { skip: kafkaMissing() ?? postgresMissing() ?? false }, () => {
  const file = fileURLToPath(new URL('../bench/kafka.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', file, '--smoke'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /as ingest publishes them/);
});
