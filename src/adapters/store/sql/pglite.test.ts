import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import { openTestStore } from '../../../../test/support/store.ts';
import { openPglite } from './pglite.ts';
import { databaseConformance } from './testing/database.conformance.ts';

storeConformance(() => openTestStore());
databaseConformance(async (t, migrations) => {
  const database = migrations
    ? await openPglite({ dataDir: null, log: silentLog, migrations })
    : (await openTestStore()).database;
  t.after(() => database.close());
  return database;
});
