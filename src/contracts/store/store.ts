/**
 * The store: the truth that must outlive the process. One SQL implementation runs on PGlite and PostgreSQL.
 *
 * Promises (proven by the conformance suite beside this file):
 * - What a method returned is durable. A method is one transaction: all of it or nothing.
 * - It throws `Failure('store-unavailable')` for what may go better later and nothing else that callers must handle;
 *   refusals (not found, limit reached, conflict) are in the return types.
 * - Reads of a user's things take the user's id and cannot see another's.
 */
import type { AccountStore } from './accounts.ts';
import type { AlertStore } from './alerts.ts';
import type { BusLeaseStore } from './bus-leases.ts';
import type { BusLogStore } from './bus-log.ts';
import type { ChannelStore } from './channels.ts';
import type { CheckpointStore } from './checkpoints.ts';
import type { DeliveryStore } from './deliveries.ts';
import type { DutyStore } from './duties.ts';
import type { InstrumentStore } from './instruments.ts';
import type { PriceHistory, PriceStore } from './prices.ts';
import type { TriggerStore } from './triggers.ts';
import type { WatchlistStore } from './watchlists.ts';

export interface Store {
  readonly accounts: AccountStore;
  readonly alerts: AlertStore;
  readonly triggers: TriggerStore;
  readonly deliveries: DeliveryStore;
  readonly channels: ChannelStore;
  readonly watchlists: WatchlistStore;
  readonly instruments: InstrumentStore;
  readonly prices: PriceStore;
  /** May be a few seconds older than `prices`, and is read elsewhere where that spares the rest. */
  readonly history: PriceHistory;
  readonly checkpoints: CheckpointStore;
  readonly duties: DutyStore;
  readonly busLog: BusLogStore;
  readonly busLeases: BusLeaseStore;
  /** One cheap query; throws `Failure('store-unavailable')`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A page of a list, newest first unless said otherwise; `nextCursor` is null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
export interface PageRequest {
  readonly cursor: string | null;
  /** 1 to 200. */
  readonly limit: number;
}
