import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from './support/client.ts';
import { ROOT } from './support/need.ts';

test('a process and a folder of a test that is killed go with it, and not before', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-will-'));
  const script = `
    import { spawn } from 'node:child_process';
    import { makeWill } from '${join(ROOT, 'test/support/last-will.ts')}';
    const ended = spawn('true', { stdio: 'ignore' });
    makeWill({ child: ended, folder: ${JSON.stringify(folder)} });
    await new Promise((exited) => ended.once('exit', exited));
    makeWill({ child: spawn('sleep', ['1000'], { stdio: ['ignore', 'inherit', 'ignore'] }), folder: ${JSON.stringify(folder)} });
    console.log('made');
    setInterval(() => {}, 1000);`;
  const mortal = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((said) => mortal.stdout.once('data', said));
  assert.ok(existsSync(folder));
  mortal.kill('SIGKILL');
  // Whoever still held the pipe's other end is gone.
  await new Promise((closed) => mortal.once('close', closed));
  await eventually(async () => !existsSync(folder), 'the folder is removed');
});
