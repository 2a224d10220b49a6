/**
 * The README's commands do what it says: those for a program are run as they stand, against a program of this test; the
 * settings are printed; every file it points at is there.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { compileCondition } from '#domain/condition/checker.ts';
import { Client, eventually } from '../support/client.ts';
import { ROOT } from '../support/need.ts';
import { freshFolder, startProgram } from '../support/program.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] as string);
/** Run by other tests: the start in an empty clone, and all of them. */
const TRIED_ELSEWHERE = ['npm ci\nnpm start\n', 'npm test\n'];
const SETTINGS = 'npm start -- --print-config\n';

test("the README's requests make an alert, a key and a price, as they stand", async (t) => {
  const requests = blocks.filter((block) => block.includes('curl'));
  assert.equal(requests.length, 1);
  const program = await startProgram(t);
  const listed = new Client(program.url);
  await eventually(
    async () => (await listed.request('GET', '/api/v1/instruments/DEMO-OAK')).status === 200,
    'DEMO-OAK is listed',
  );
  const script = (requests[0] as string).replaceAll('http://127.0.0.1:3000', program.url);
  const { status, stdout, stderr } = spawnSync('bash', ['-euc', script], {
    cwd: freshFolder(t, 'readme'),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /"condition":"price moves 1% in 5m"/);
  assert.match(stdout, /"accepted":1/);
  assert.match(stdout, /"items":\[/);
});

test('the README has no command that no test runs', () => {
  const rest = blocks.filter((block) => !block.includes('curl') && !TRIED_ELSEWHERE.includes(block));
  assert.deepEqual(rest, [SETTINGS]);
  const printed = spawnSync('npm', ['start', '--', '--print-config'], { cwd: ROOT, encoding: 'utf8' });
  assert.equal(printed.status, 0, printed.stderr);
  assert.match(printed.stdout, /^SOURCES=demo$/m);
});

test('every condition the README shows is one that can be saved, in its canonical text', () => {
  const shown = [...readme.matchAll(/^\| `([^`]+)` \| [a-z]/gm)].map((match) => match[1] as string);
  // Settings stand in a table of the same kind.
  const conditions = shown.filter((text) => !/^[A-Z_]+=/.test(text));
  assert.ok(conditions.length >= 8, conditions.join('; '));
  for (const text of conditions) {
    const compiled = compileCondition(text);
    assert.deepEqual([compiled.ok, compiled.ok && compiled.canonical], [true, text]);
  }
});

for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/conditions.md', 'docs/meaning.md']) {
  test(`every file that ${page} points at is there`, () => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] as string);
    const named = [...text.matchAll(/`((?:src|test|scripts|web|docs|bench)\/[\w./-]+)`/g)].map(
      (match) => match[1] as string,
    );
    assert.deepEqual(
      [...targets.map((target) => join(dirname(page), target)), ...named].filter(
        (path) => !existsSync(join(ROOT, path)),
      ),
      [],
    );
  });
}
