/**
 * A store for a test: the real SQL on an embedded database in memory, a copy of one that was made and migrated once. The
 * made one is kept in the system's temporary folder under its migrations' checksum, so that each test file begins in
 * half a second.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { readMigrations } from '#adapters/store/sql/migration.ts';
import { type OpenDatabase, openPglite } from '#adapters/store/sql/pglite.ts';
import { createStore, type StoreOptions } from '#adapters/store/sql/store.ts';
import { silentLog } from '#contracts/log.ts';
import type { Store } from '#contracts/store/store.ts';
import { ROOT } from './need.ts';

export interface TestStore extends Store {
  readonly database: OpenDatabase;
}

let template: Promise<Blob> | undefined;

async function makeTemplate(): Promise<Blob> {
  const version = readFileSync(join(ROOT, 'node_modules/@electric-sql/pglite/package.json'), 'utf8');
  const key = createHash('sha256')
    .update(version)
    .update(process.getuid?.().toString() ?? '');
  for (const { checksum } of readMigrations()) key.update(checksum);
  const path = join(tmpdir(), `tocsin-test-${key.digest('hex').slice(0, 16)}.tar`);
  if (!existsSync(path)) {
    const engine = new PGlite();
    const { close } = await openPglite({ dataDir: null, log: silentLog, engine });
    const dump = await engine.dumpDataDir('none');
    await close();
    const mine = `${path}.${process.pid}`;
    writeFileSync(mine, Buffer.from(await dump.arrayBuffer()), { mode: 0o600 });
    renameSync(mine, path);
  }
  return new Blob([readFileSync(path)]);
}

/** An empty store of its own; the test closes it. */
export async function openTestStore(options: StoreOptions = {}): Promise<TestStore> {
  template ??= makeTemplate();
  const engine = new PGlite({ loadDataDir: await template });
  const database = await openPglite({ dataDir: null, log: silentLog, engine });
  return { ...createStore(database, options), database };
}
