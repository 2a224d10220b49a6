import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import {
  NEWER_VERSIONS,
  type PostgresServer,
  postgresMissing,
  startPostgres,
} from '../../../../test/support/postgres.ts';
import { readMigrations } from './migration.ts';
import { openPostgres } from './postgres.ts';
import { createStore } from './store.ts';
import { databaseConformance, sharedDatabaseConformance } from './testing/database.conformance.ts';

/** The machine's own first, then each other version we promise to work on. */
for (const version of [undefined, ...NEWER_VERSIONS]) {
  describe(`on PostgreSQL ${version ?? 'of this machine'}`, { skip: postgresMissing(version) ?? false }, () => {
    let server: PostgresServer;
    before(async () => {
      server = await startPostgres({ version });
    });
    after(() => server.stop());
    test('it is of that version', async () => {
      const [row] = await server.admin(`select current_setting('server_version_num')::integer / 10000 as major`);
      assert.ok(version === undefined || row?.['major'] === version, String(row?.['major']));
    });
    const open = async (t: TestContext, migrations = readMigrations(), connections = 8) => {
      const url = await server.newDatabase();
      const database = await openPostgres({ url, log: silentLog, migrations, connections });
      t.after(() => database.close());
      return database;
    };
    storeConformance(async () => createStore(await openPostgres({ url: await server.newDatabase(), log: silentLog })));
    databaseConformance(open);
    sharedDatabaseConformance(open);
  });
}
