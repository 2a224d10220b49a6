/**
 * The store in SQL, on PGlite or PostgreSQL: one file a table group, put together here. It opens no database and closes
 * the one it was given.
 */
import { sql } from 'kysely';
import { type Log, silentLog } from '#contracts/log.ts';
import type { Store } from '#contracts/store/store.ts';
import { createAccounts } from './accounts.ts';
import { createAlerts } from './alerts.ts';
import { createBusLeases } from './bus-leases.ts';
import { createBusLog } from './bus-log.ts';
import { createChannels } from './channels.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createDeliveries } from './deliveries.ts';
import { createDuties } from './duties.ts';
import { createInstruments } from './instruments.ts';
import type { OpenDatabase } from './pglite.ts';
import { createHistory } from './price-history.ts';
import { createPrices } from './prices.ts';
import type { Replica } from './replica.ts';
import { withFailures } from './sql-failure.ts';
import { createTriggers } from './triggers.ts';
import { createWatchlists } from './watchlists.ts';

const WEEK_MS = 7 * 86_400_000;

export interface StoreOptions {
  readonly log?: Log;
  /** For the time at which a trigger was durable. */
  readonly now?: () => number;
  /** How long single ticks are kept; how they are divided follows from it. */
  readonly tickRetentionMs?: number;
  /** Where history is read. */
  readonly replica?: Replica | null;
}

export function createStore(
  { db, close }: OpenDatabase,
  { log = silentLog, now = Date.now, tickRetentionMs = WEEK_MS, replica = null }: StoreOptions = {},
): Store {
  const { ping } = withFailures({
    async ping(): Promise<void> {
      await sql`select 1`.execute(db);
    },
  });
  const prices = withFailures(createPrices(db, { now, tickRetentionMs }));
  return {
    accounts: withFailures(createAccounts(db)),
    alerts: withFailures(createAlerts(db)),
    triggers: withFailures(createTriggers(db, now)),
    deliveries: withFailures(createDeliveries(db)),
    channels: withFailures(createChannels(db)),
    watchlists: withFailures(createWatchlists(db)),
    instruments: withFailures(createInstruments(db, log)),
    prices,
    history: replica === null ? prices : withFailures(createHistory(db, replica)),
    checkpoints: withFailures(createCheckpoints(db)),
    busLeases: withFailures(createBusLeases(db)),
    duties: withFailures(createDuties(db)),
    busLog: withFailures(createBusLog(db)),
    ping,
    close,
  };
}
