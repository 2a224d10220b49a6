/** The image: its description is as it should be, and its steps come to a program that works. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needProgram, ROOT } from '../support/need.ts';

test('a linter has nothing to say of the Dockerfile', (t) => {
  const hadolint = needProgram(t, 'hadolint', 'hadolint');
  if (hadolint === null) return;
  const { status, stdout, stderr } = spawnSync(hadolint, [join(ROOT, 'deploy/Dockerfile')], { encoding: 'utf8' });
  assert.equal(stdout + stderr, '');
  assert.equal(status, 0);
});

test('with the client for Kafka it installs what that is compiled with', () => {
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
  const needed = /'(g\+\+ [^']*?) \(as Debian/.exec(read('scripts/build-kafka.ts'))?.[1]?.split(' ') ?? [];
  assert.ok(needed.length > 5);
  const [step = ''] = /RUN if \[ -n "\$KAFKA" \][\s\S]*?build:kafka/.exec(read('deploy/Dockerfile')) ?? [];
  assert.deepEqual(
    needed.filter((name) => !step.includes(` ${name} `)),
    [],
  );
});

test('its steps, run in a clean folder, come to a healthy program that writes nowhere but to its data', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/image-steps.ts')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /The image would be well\.\n$/);
});
