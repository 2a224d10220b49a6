/**
 * What travels on each topic. Every value is plain JSON.
 */
import type { Alert } from '#domain/alert/alert.ts';
import type { Trigger } from '#domain/alert/trigger.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { Tick, TickRejection } from '#domain/market/tick.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';

/**
 * `stock-prices`, keyed by symbol: the log the engine folds over. Ticks, the clock and rule changes of a symbol share
 * one partition, so that reading it again gives the same triggers (docs/adr/0002). `late-tick` is for history only.
 */
export type PriceEvent =
  | EngineEvent
  | { readonly kind: 'late-tick'; readonly tick: Tick; readonly reason: TickRejection };

/** `alerts`, keyed by user: what gateways show at once and what wakes the notifier. Losing one loses no truth. */
export type AlertEvent =
  | {
      readonly kind: 'trigger';
      readonly userId: string;
      readonly seq: number;
      readonly trigger: Trigger;
      readonly alert: Alert;
    }
  | { readonly kind: 'alert'; readonly userId: string; readonly alert: Alert; readonly deleted?: true }
  | { readonly kind: 'delivery'; readonly userId: string; readonly delivery: Delivery }
  | { readonly kind: 'watchlist'; readonly userId: string; readonly list: Watchlist; readonly deleted?: true };
