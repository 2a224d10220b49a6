import { after, before, describe } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { storeConformance } from '#contracts/store/store.conformance.ts';
import { type PostgresServer, postgresMissing, startPostgres } from '../../../../test/support/postgres.ts';
import { openPostgres } from './postgres.ts';
import { createStore } from './store.ts';

const missing = postgresMissing();

describe('on PostgreSQL', { skip: missing ?? false }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());
  storeConformance(async () => createStore(await openPostgres({ url: await server.newDatabase(), log: silentLog })));
});
