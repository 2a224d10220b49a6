/**
 * Triggers, and the one transaction by which the evaluator makes its effects true.
 */
import type { Alert, AlertId, UserId } from '#domain/alert/alert.ts';
import type { Trigger, TriggerId } from '#domain/alert/trigger.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { Effect } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Page, PageRequest } from './store.ts';

/** A trigger as stored: with its owner, its place in the user's stream and the times at each stage. */
export interface StoredTrigger extends Trigger {
  /** Rises with every trigger stored; what `Last-Event-ID` counts in. */
  readonly seq: number;
  readonly userId: UserId;
  readonly message: string | null;
  readonly severity: Alert['severity'];
  /** The name of the watchlist of its alert, as it was then; null for an alert on an instrument. */
  readonly watchlist: string | null;
  /** When the evaluate role saw it and when it was durable, ms UTC. */
  readonly evaluatedAt: number;
  readonly recordedAt: number;
  /** The span in which it fired (contracts/tracing.ts); absent where nothing is traced. */
  readonly trace?: string;
}

/** What became of a batch of effects: what is new, with the alerts as they are now. */
export interface RecordedEffects {
  readonly triggers: readonly { readonly trigger: StoredTrigger; readonly alert: Alert; readonly isNew: boolean }[];
  readonly alerts: readonly Alert[];
  readonly deliveries: readonly Delivery[];
}

export interface TriggerStore {
  /**
   * One transaction: stores each trigger once (its id decides), makes one queued delivery for each channel of its
   * alert, and brings the alerts' status, epoch and times up to date (an effect of an older version of the alert or
   * an older epoch changes nothing). Effects of alerts that are deleted are dropped. What is said of a member's rule is
   * stored for its alert, and dropped where the instrument has left the list.
   * Doing it again with the same effects changes nothing and returns the same triggers with `isNew: false`.
   * `traces` are kept with the triggers that are new.
   */
  record(
    effects: readonly Effect[],
    evaluatedAt: number,
    traces?: ReadonlyMap<TriggerId, string>,
  ): Promise<RecordedEffects>;
  get(userId: UserId, id: TriggerId): Promise<StoredTrigger | undefined>;
  getMany(ids: readonly TriggerId[]): Promise<readonly StoredTrigger[]>;
  list(
    userId: UserId,
    filter: {
      readonly alertId?: AlertId;
      readonly symbol?: InstrumentSymbol;
      readonly from?: number;
      readonly to?: number;
    },
    page: PageRequest,
  ): Promise<Page<StoredTrigger>>;
  /** Triggers of the user after `seq`, oldest first, for resuming a stream. */
  after(userId: UserId, seq: number, limit: number): Promise<readonly StoredTrigger[]>;
  /** Triggers of the user recorded before this time go, with deliveries made before it: only for what is no person. */
  forget(userId: UserId, before: number): Promise<void>;
  /** The highest seq of each of these users, in their order; 0 where there is none. */
  lastSeqs(userIds: readonly UserId[]): Promise<readonly number[]>;
}
