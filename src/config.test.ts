import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { printConfig, readConfig, SETTINGS } from './config.ts';

test('with nothing set every setting has its documented default', () => {
  const result = readConfig({});
  assert.ok('config' in result);
  assert.equal(result.config.PORT, 3000);
  assert.equal(result.config.HOST, '127.0.0.1');
  assert.deepEqual(Object.keys(result.config), Object.keys(SETTINGS));
});

test('all mistakes are reported at once, and a secret is never repeated in one', () => {
  const result = readConfig({
    PORT: '99999',
    STREAM_WINDOW: 'soon',
    LOG_LEVEL: 'loud',
    WEBHOOK_ALLOW_PRIVATE: 'maybe',
  });
  assert.ok('problems' in result);
  assert.deepEqual(
    result.problems.map((problem) => problem.split(' ')[0]),
    ['PORT', 'LOG_LEVEL', 'STREAM_WINDOW', 'WEBHOOK_ALLOW_PRIVATE'],
  );
  assert.match(result.problems.join('\n'), /PORT must be a whole number from 0 to 65535, not "99999"/);
});

test('secrets are read from files too, and printed as set or not set only', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'secret'), 'hush-hush\n');
  const result = readConfig({ AUTH_SECRET_FILE: join(folder, 'secret') });
  assert.ok('config' in result);
  assert.equal(result.config.AUTH_SECRET, 'hush-hush');
  const printed = printConfig(result.config);
  assert.match(printed, /^AUTH_SECRET=\(set\)$/m);
  assert.match(printed, /^SMTP_URL=\(not set\)$/m);
  assert.match(printed, /^STREAM_WINDOW=50ms$/m);
  assert.ok(!printed.includes('hush'));
});

test('a secret given twice, or in a file that is not there, is a mistake', () => {
  const result = readConfig({ AUTH_SECRET: 'a', AUTH_SECRET_FILE: '/nowhere/secret' });
  assert.ok('problems' in result);
  assert.match(result.problems.join('\n'), /both set/);
  assert.match(result.problems.join('\n'), /cannot read \/nowhere\/secret \(ENOENT\)/);
});
