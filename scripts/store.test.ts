import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPglite } from '#adapters/store/sql/pglite.ts';
import { openPostgres } from '#adapters/store/sql/postgres.ts';
import { silentLog } from '#contracts/log.ts';
import { ROOT } from '../test/support/need.ts';
import { postgresMissing, startPostgres } from '../test/support/postgres.ts';

const missing = postgresMissing();
const scripts = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts as Record<string, string>;

/** As the documentation has it, `npm run` aside. */
function run(line: string): Promise<{ readonly code: number; readonly said: string }> {
  const [name = '', ...more] = line
    .replace(/^npm run /, '')
    .replace(' -- ', ' ')
    .split(' ');
  const [, ...program] = (scripts[name] as string).split(' ');
  return new Promise((resolve) => {
    execFile(process.execPath, [...program, ...more], { cwd: ROOT }, (error, out, problem) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: out + problem }),
    );
  });
}

test('a database is backed up, restored and moved to a server by the commands of docs/backup.md', {
  skip: missing ?? false,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-commands-'));
  const server = await startPostgres();
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const url = await server.newDatabase();
  const places: readonly (readonly [string, string])[] = [
    ['postgres://tocsin:…@db/tocsin', url],
    ['pglite:./data-again', `pglite:${folder}/again`],
    ['pglite:./data', `pglite:${folder}/data`],
    ['tocsin.backup', `${folder}/tocsin.backup`],
  ];
  const documented = readFileSync(join(ROOT, 'docs/backup.md'), 'utf8').match(/^npm run (?:move|backup|restore) .*$/gm);
  const lines = (documented ?? []).map((line) =>
    places.reduce((text, [shown, real]) => text.replace(` ${shown}`, ` ${real}`), line),
  );
  assert.deepEqual(
    lines.map((line) => line.split(' ')[2]),
    ['backup', 'restore', 'move'],
  );
  const nothing = await run(lines[0] as string);
  assert.equal(nothing.code, 2);
  assert.match(nothing.said, /there is no database/);

  const source = await openPglite({ dataDir: join(folder, 'data'), log: silentLog });
  writeFileSync(join(folder, 'data/secret'), 'secret words');
  await source.pool.query("insert into symbols (symbol) values ('KEPT')");
  const busy = await run(lines[0] as string);
  assert.deepEqual([busy.code, /in use by another program/.test(busy.said)], [1, true]);
  assert.match(busy.said, /\/data: [\s\S]*Nothing is half done/);
  await source.close();
  const nowhere = await run(`npm run move -- --from pglite:${folder}/data --to postgres://u:hush@127.0.0.1:1/there`);
  assert.match(nowhere.said, /127\.0\.0\.1:1\/there: .*ECONNREFUSED/, 'which of the two it was');
  assert.doesNotMatch(nowhere.said, /hush/);

  for (const line of lines) {
    const { code, said } = await run(line);
    assert.equal(code, 0, said);
    assert.match(said, /symbols: 1 rows/);
    if (!line.includes('restore')) assert.match(said, /Keep .*secret/);
    assert.doesNotMatch(said, /secret words/);
  }
  assert.equal(statSync(join(folder, 'tocsin.backup')).mode & 0o777, 0o600);
  const again = await run(lines[2] as string);
  assert.deepEqual([again.code, /not empty/.test(again.said)], [1, true]);
  for (const target of [
    await openPglite({ dataDir: join(folder, 'again'), log: silentLog }),
    await openPostgres({ url, log: silentLog }),
  ]) {
    const { rows } = await target.pool.query('select symbol from symbols');
    await target.close();
    assert.deepEqual(rows, [{ symbol: 'KEPT' }]);
  }
});
