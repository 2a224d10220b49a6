import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { contradictions, printConfig, readConfig, SETTINGS } from './config.ts';

function defaults(): Record<string, unknown> {
  return Object.fromEntries(Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback]));
}

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

test('addresses and keys that could not work are mistakes too, each said without the secret in it', () => {
  const wrong = {
    HOST: 'http://here',
    PUBLIC_URL: 'alerts.example.org',
    AUTH_SECRET: 'hush',
    OPERATOR_KEY: 'hush',
    SMTP_URL: 'http://user:hush@mail.example.org',
    SMTP_FROM: 'Tocsin',
  };
  const result = readConfig(wrong);
  assert.ok('problems' in result);
  assert.deepEqual(result.problems, [
    'HOST must be an IP address or host name, not "http://here"',
    'PUBLIC_URL must be an http or https URL, not "alerts.example.org"',
    'AUTH_SECRET must be at least 32 characters',
    'OPERATOR_KEY must be at least 16 characters',
    'SMTP_URL must be an smtp or smtps URL',
    'SMTP_FROM must be an e-mail address, not "Tocsin"',
  ]);
  const right = [
    {
      HOST: '::1',
      PUBLIC_URL: 'https://alerts.example.org/',
      SMTP_URL: 'smtps://u:p@mail.example.org',
      SMTP_FROM: 'a@b.c',
    },
    { HOST: 'tocsin_1.local', PUBLIC_URL: 'http://[::1]:3000', SMTP_URL: 'smtp://[::1]:25', SMTP_FROM: 'A B <a@b.c>' },
    { HOST: '0.0.0.0', AUTH_SECRET: 'x'.repeat(32), OPERATOR_KEY: 'x'.repeat(16) },
  ];
  for (const settings of right) assert.deepEqual(readConfig(settings), { config: { ...defaults(), ...settings } });
});

test('secrets are read from files too, and printed as set or not set only', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const hush = 'hush-'.repeat(8);
  writeFileSync(join(folder, 'secret'), `${hush}\n`);
  const result = readConfig({ AUTH_SECRET_FILE: join(folder, 'secret') });
  assert.ok('config' in result);
  assert.equal(result.config.AUTH_SECRET, hush);
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

test('roles are some of the known ones, and what they share is asked for', () => {
  const wrong = (env: Record<string, string>): readonly string[] => {
    const read = readConfig(env);
    return 'config' in read
      ? contradictions(read.config).map((problem) => problem.split(/[: ]/)[0] as string)
      : ['read'];
  };
  const servers = { STORE: 'postgres://db/tocsin', BUS: 'redis://redis' };
  const AUTH_SECRET = 'x'.repeat(32);
  assert.deepEqual(wrong({}), []);
  assert.deepEqual(wrong({ ROLES: 'ingest,cook' }), ['read']);
  assert.deepEqual(wrong({ ROLES: 'gateway' }), ['ROLES']);
  assert.deepEqual(wrong({ ROLES: 'gateway', BUS: servers.BUS }), ['ROLES']);
  assert.deepEqual(wrong({ BUS: servers.BUS }), []);
  assert.deepEqual(wrong(servers), ['AUTH_SECRET']);
  assert.deepEqual(wrong({ ...servers, AUTH_SECRET, ROLES: 'record, ingest' }), []);
  assert.deepEqual(wrong({ ...servers, AUTH_SECRET, ROLES: 'notify' }), ['PUBLIC_URL']);
  assert.deepEqual(wrong({ ...servers, AUTH_SECRET, ROLES: 'notify', PUBLIC_URL: 'https://a.example' }), []);
  assert.deepEqual(wrong({ STORE_REPLICA: 'postgres://replica/tocsin' }), ['STORE_REPLICA']);
  assert.deepEqual(wrong({ STORE: servers.STORE, STORE_REPLICA: 'postgres://replica/tocsin' }), []);
  assert.deepEqual(wrong({ CANDLE_RETENTION: '7d', CANDLE_5M_RETENTION: '30d' }), []);
  assert.deepEqual(wrong({ CANDLE_5M_RETENTION: '30d' }), ['CANDLE_5M_RETENTION']);
  assert.deepEqual(wrong({ CANDLE_RETENTION: '7d', CANDLE_1D_RETENTION: '51w' }), ['CANDLE_1D_RETENTION']);
});
