/**
 * What travels on each topic. Every value is plain JSON.
 */
import type { Alert, AlertId, ChannelId, UserId } from '#domain/alert/alert.ts';
import type { Explanation } from '#domain/alert/explanation.ts';
import type { Trigger } from '#domain/alert/trigger.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickRejection, TickVerdict } from '#domain/market/tick.ts';
import type { Watchlist } from '#domain/watchlist/watchlist.ts';
import type { FailureCode } from '#errors.ts';
import type { SendResult } from './channel.ts';
import type { SourceStatus } from './intake.ts';

/**
 * `stock-prices`, keyed by symbol: the log the engine folds over. Ticks, the clock and rule changes of a symbol share
 * one partition, so that reading it again gives the same triggers (docs/adr/0002). `late-tick` is for history only.
 */
export type PriceEvent = (
  | (EngineEvent & {
      /** Where the tick was chosen to be traced: the span that published it (contracts/tracing.ts). */
      readonly trace?: string;
    })
  /** Several ticks, in the order in which they were said, of symbols that share the partition. */
  | { readonly kind: 'ticks'; readonly ticks: readonly Tick[] }
  | { readonly kind: 'late-tick'; readonly tick: Tick; readonly reason: TickRejection }
  /** A duty begins. */
  | { readonly kind: 'duty' }
) & {
  /** Of the ingest that says it, where several could: what an earlier one says after a later one counts for nothing. */
  readonly duty?: number;
};

/** What has changed for one user. */
export type News =
  | {
      readonly kind: 'trigger';
      readonly userId: string;
      readonly seq: number;
      /** Enough to know it by: whoever shows it reads it from the store, in order. */
      readonly trigger: Pick<Trigger, 'id' | 'symbol' | 'after'>;
    }
  | { readonly kind: 'alert'; readonly userId: string; readonly alert: Alert; readonly deleted?: true }
  | { readonly kind: 'delivery'; readonly userId: string; readonly delivery: Delivery }
  | { readonly kind: 'watchlist'; readonly userId: string; readonly list: Watchlist; readonly deleted?: true };

/** `alerts`, keyed by user: what gateways show at once and what wakes the notifier. Losing one loses no truth. */
export type AlertEvent =
  | News
  /** Several, in the order in which they were said, of users who share the partition. */
  | { readonly kind: 'several'; readonly news: readonly News[] };

/** What one process asks of whoever can answer it, and the answer. */
export interface Questions {
  /** Of the evaluator that owns the partition. */
  readonly explain: {
    readonly asked: {
      readonly partition: number;
      readonly rules: readonly { readonly symbol: InstrumentSymbol; readonly id: AlertId }[];
    };
    readonly answer: readonly (readonly [AlertId, Explanation])[];
  };
  /** Of the one ingest that fetches the part of the instruments that all of these are in. */
  readonly push: { readonly asked: readonly Tick[]; readonly answer: readonly TickVerdict[] };
  /** Of one notifier: a test message to a channel. */
  readonly test: { readonly asked: { readonly userId: UserId; readonly id: ChannelId }; readonly answer: SendResult };
}
export type QuestionName = keyof Questions;

/** Between processes only; worth nothing after seconds. */
export type AskEvent =
  | {
      readonly [Q in QuestionName]: {
        readonly kind: Q;
        readonly id: string;
        /** The process that asks. */
        readonly from: string;
        /** Nobody waits for the answer after this time, ms UTC. */
        readonly until: number;
        readonly asked: Questions[Q]['asked'];
      };
    }[QuestionName]
  | { readonly kind: 'answer'; readonly id: string; readonly to: string; readonly answer: unknown }
  | {
      readonly kind: 'refusal';
      readonly id: string;
      readonly to: string;
      readonly code: FailureCode;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  /** From this word on `push` is answered, for prices of these partitions, by whoever says it, and nobody else. */
  | { readonly kind: 'takes'; readonly id: string; readonly partitions: readonly number[] }
  /** Parts of the instruments that somebody fetched are free. */
  | { readonly kind: 'free' }
  /** How the sources are in a part of the instruments, said by the ingest that fetches it. */
  | {
      readonly kind: 'sources';
      readonly at: number;
      readonly part: number;
      readonly sources: readonly SourceStatus[];
    };
