/**
 * What the README promises of the start: two commands on a machine that has only Node, and clear words about settings.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client, eventually } from '../support/client.ts';
import { ROOT } from '../support/need.ts';
import { freshFolder, startProgram } from '../support/program.ts';

const NOT_IN_A_CLONE = new Set(['node_modules', 'data', '.git', 'dist']);
const INSTALL_TIMEOUT_MS = 5 * 60_000;

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [join(ROOT, 'src/main.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });

test('every mistake in the settings is told at once, and nothing starts', () => {
  const { status, stderr } = run(['--check-config'], { PORT: 'many', STREAM_WINDOW: '5 sheep', SOURCES: 'bloomberg' });
  assert.equal(status, 2);
  for (const word of ['PORT', 'STREAM_WINDOW', 'SOURCES', '"bloomberg"', 'docs/config.md'])
    assert.ok(stderr.includes(word), `${word} in ${stderr}`);
  assert.equal(run(['--check-config']).status, 0);
});

test('the settings in force can be printed, without secrets', () => {
  const { status, stdout } = run(['--print-config'], { AUTH_SECRET: 'hush '.repeat(8), PORT: '4000' });
  assert.equal(status, 0);
  assert.match(stdout, /^PORT=4000$/m);
  assert.match(stdout, /^AUTH_SECRET=\(set\)$/m);
  assert.ok(!stdout.includes('hush'));
});

test('an unknown flag is refused with a pointer to the help, which names every flag', () => {
  const { status, stderr } = run(['--wrong']);
  assert.equal(status, 2);
  assert.match(stderr, /--wrong.*--help/);
  assert.match(run(['--help']).stdout, /--print-config[\s\S]*--check-config/);
});

test('a recording cannot run beside a live feed, and a port that is taken is said so', async (t) => {
  assert.match(run(['--check-config'], { SOURCES: 'demo replay:x.csv' }).stderr, /brings its own time/);
  const first = await startProgram(t);
  const port = new URL(first.url).port;
  const second = run([], { PORT: port, DATA_DIR: freshFolder(t, 'second') });
  assert.equal(second.status, 1);
  assert.match(second.stderr, new RegExp(`${port}.*in use|in use.*${port}`));
  const third = run([], { PORT: '0', DATA_DIR: first.dataDir });
  assert.equal(third.status, 1);
  assert.match(third.stderr, /DATA_DIR|another/);
  assert.equal(await first.stop(), 0);
});

test('a database is used with the secret that its channels were sealed with, unless that is lost', async (t) => {
  const dataDir = freshFolder(t, 'data');
  const start = (AUTH_SECRET: string, ...args: readonly string[]) =>
    startProgram(t, { dataDir, args, env: { AUTH_SECRET: AUTH_SECRET.repeat(32), SOURCES: 'push' } });
  assert.equal(await (await start('a')).stop(), 0);
  await assert.rejects(start('b'), /ended with 1[\s\S]*AUTH_SECRET[\s\S]*not the one[\s\S]*--new-secret/);
  assert.equal(await (await start('a')).stop(), 0);
  assert.equal(await (await start('b', '--new-secret')).stop(), 0);
  assert.equal(await (await start('b')).stop(), 0);
  await assert.rejects(start('a'), /not the one/);
});

test('the demo market ticks, is labelled, keeps its secret to its owner, and stops when asked', async (t) => {
  const program = await startProgram(t);
  const client = new Client(program.url);
  const items = await eventually(async () => {
    const list = await client.ok<{ items: { symbol: string; session: { open: boolean } }[] }>(
      'GET',
      '/api/v1/instruments?limit=200',
    );
    return list.items.length >= 20 && list.items;
  }, 'at least 20 instruments');
  assert.ok(items.every(({ symbol }) => symbol.startsWith('DEMO-')));
  // Some keep an exchange's hours, so that closed markets can be seen too.
  const open = items.filter((item) => item.session.open);
  assert.ok(open.length >= 20, `${open.length} markets are open`);
  const session = await client.ok('GET', '/api/v1/session');
  assert.equal(session.demo, true);
  assert.equal(session.user, null);
  const seen = new Map<string, Set<number>>();
  for await (const { event, data } of client.stream('/api/v1/stream')) {
    if (event !== 'price') continue;
    const { symbol, at } = data as { symbol: string; at: number };
    seen.set(symbol, (seen.get(symbol) ?? new Set()).add(at));
    if (open.every((item) => (seen.get(item.symbol)?.size ?? 0) >= 2)) break;
  }
  assert.equal(statSync(join(program.dataDir, 'secret')).mode & 0o777, 0o600);
  assert.equal(await program.stop(), 0);
});

/** A copy of the project as a clone would have it. */
function freshCopy(t: TestContext): string {
  const folder = join(freshFolder(t, 'clone'), 'tocsin');
  cpSync(ROOT, folder, { recursive: true, filter: (path) => path === ROOT || !NOT_IN_A_CLONE.has(basename(path)) });
  return folder;
}

test('`npm ci && npm start` in an empty clone opens the page', { timeout: 2 * INSTALL_TIMEOUT_MS }, async (t) => {
  const folder = freshCopy(t);
  // Like a shell of someone who has just cloned it: nothing of this run's npm.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && !name.startsWith('NODE_')),
  );
  env['PATH'] = (env['PATH'] ?? '')
    .split(':')
    .filter((part) => !part.includes('node_modules'))
    .join(':');
  const install = spawnSync('npm', ['ci'], { cwd: folder, env, encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS });
  assert.equal(install.status, 0, install.stdout + install.stderr);
  const child = spawn('npm', ['start'], { cwd: folder, env: { ...env, PORT: '0' }, detached: true });
  t.after(() => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const url = await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}:\n${output}`);
      return /ready: (http:\/\/\S+)/.exec(output)?.[1];
    },
    'the program is ready',
    INSTALL_TIMEOUT_MS,
  );
  const page = await new Client(url).request<string>('GET', '/');
  assert.equal(page.status, 200);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.body)?.[1];
  assert.ok(script, page.body);
  assert.equal((await new Client(url).request('GET', script)).status, 200);
  assert.ok(existsSync(join(folder, 'data')));
  assert.doesNotMatch(output, /"level":"(warn|error)"/);
});
