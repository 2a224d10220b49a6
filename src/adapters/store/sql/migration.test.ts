import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Kysely } from 'kysely';
import { silentLog } from '#contracts/log.ts';
import { openTestStore } from '../../../../test/support/store.ts';
import { type Migration, migrate, readMigrations } from './migration.ts';

const store = await openTestStore();
after(() => store.close());
const db = store.database.db as unknown as Kysely<never>;
const known = readMigrations();
const next = (text: string): Migration => ({
  number: known.length + 1,
  name: 'next.sql',
  text,
  checksum: `sum of ${text}`,
});

test('running it again changes nothing, also twice at once', async () => {
  const said: string[] = [];
  const log = { ...silentLog, info: (_: object, message: string) => said.push(message) };
  await Promise.all([migrate(db, log), migrate(db, log)]);
  assert.deepEqual(said, []);
});

test('a migration that fails leaves nothing behind, and one that is right is applied once', async () => {
  const wrong = next('create table half (a integer); select nonsense');
  await assert.rejects(migrate(db, silentLog, [...known, wrong]), /nonsense/);
  await assert.rejects(store.database.pool.query('select * from half'), /does not exist/);
  const right = next('create table whole (a integer); insert into whole values (1)');
  await migrate(db, silentLog, [...known, right]);
  await migrate(db, silentLog, [...known, right]);
  assert.equal((await store.database.pool.query('select * from whole')).rows.length, 1);
});

test('a database that is newer than the program, or was made by another text, is refused', async () => {
  await assert.rejects(migrate(db, silentLog), /newer/);
  const [first, ...rest] = known as [Migration, ...Migration[]];
  await assert.rejects(migrate(db, silentLog, [{ ...first, checksum: 'other' }, ...rest, next('')]), /not the one/);
});

test('programs of the version before go on with the tables as they are after', () => {
  const TAKES_AWAY =
    /\b(drop(?!\s+index)|rename|truncate|alter\s+column|set\s+not\s+null|add\s+(constraint|check|unique|foreign|primary))\b/i;
  /** Made while every start was a new version's first. */
  const BEFORE = 8;
  for (const { name, text } of known.slice(BEFORE)) {
    // A table may get another name if a view keeps the old one, for those who read and add.
    const statements = text
      .replace(/--.*$/gm, '')
      .replace(/alter table (\w+) rename to \w+;/g, (all, name) =>
        text.includes(`create view ${name} as`) ? '' : all,
      );
    assert.equal(TAKES_AWAY.exec(statements)?.[0], undefined, `${name}: do it a version later, see CONTRIBUTING.md`);
    const filled = /add\s+column[^,;]*not\s+null(?![^,;]*default)/i.exec(statements);
    assert.equal(filled?.[0], undefined, `${name}: a program that does not know the column leaves it out`);
  }
});

test('files are numbered without a gap', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-migrations-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, '0001-a.sql'), '');
  writeFileSync(join(folder, '0003-b.sql'), '');
  assert.throws(() => readMigrations(folder), /should have number 2/);
  writeFileSync(join(folder, '0002-c.sql'), '');
  assert.deepEqual(
    readMigrations(folder).map(({ number }) => number),
    [1, 2, 3],
  );
});
