/**
 * The history of prices: ticks for a while, candles for long.
 */
import type { Candle } from '#domain/market/candle.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickDoubt } from '#domain/market/tick.ts';

/** The lengths of candles that are kept, ms; each is a multiple of the one before, and is made of the same ticks. */
export const CANDLE_SIZES = [60_000, 300_000, 3_600_000, 86_400_000] as const;
export type CandleSize = (typeof CANDLE_SIZES)[number];

/** History that may go: ticks before a time, and candles whose end is at or before one, by their length. */
export interface PastRetention {
  readonly ticks: number;
  readonly candles: Readonly<Record<CandleSize, number>>;
}

/** What is read of the past where a few seconds more or less do not matter: charts, tests on history. */
export type PriceHistory = Pick<PriceStore, 'candles'>;

export interface PriceStore {
  /**
   * One transaction: adds the ticks to history (late ones too), rolls them up, moves the latest price of each symbol
   * forward (never back), and notes how far the log was read, so that reading a batch again adds nothing twice, also in
   * other pieces: ticks whose `offset` lies before what is recorded are dropped.
   * Ticks whose sequence is not above the stored one of their source and symbol are dropped, unless marked late; a late
   * one is dropped if the very same (source, `at`, sequence) is there. `duty` is the newest that was heard of before
   * `nextOffset`, where duties have numbers; it goes with the place.
   */
  record(
    partition: number,
    nextOffset: number,
    ticks: readonly { readonly tick: Tick; readonly late: boolean; readonly offset?: number }[],
    duty?: number,
  ): Promise<void>;
  /** Where recording of the partition goes on, and the newest duty before; undefined before the first. */
  recordedPlace(partition: number): Promise<{ readonly offset: number; readonly duty: number } | undefined>;
  /** The newest tick of each symbol asked for, or of all. */
  latest(symbols?: readonly InstrumentSymbol[]): Promise<readonly Tick[]>;
  /** The newest durable tick of each symbol of this source, for resuming. */
  positions(
    source: string,
  ): Promise<ReadonlyMap<InstrumentSymbol, { readonly at: number; readonly sequence: number | null }>>;
  /** The last tick with `at` at or before the given time. */
  at(symbol: InstrumentSymbol, at: number): Promise<Tick | undefined>;
  /**
   * Candles with `from <= at < to`, oldest first, at most `limit`. The interval is 1 s or more; below one minute they
   * come from ticks (as far as those are kept), else from the longest kept candles that they are made of. First and
   * last are by `at`, then by order of arrival.
   */
  candles(
    symbol: InstrumentSymbol,
    from: number,
    to: number,
    intervalMs: number,
    limit: number,
  ): Promise<readonly Candle[]>;
  /** Held ones too: what was held and not given up was used in the end. */
  countRejected(
    rows: readonly {
      readonly symbol: string;
      readonly source: string;
      readonly reason: TickDoubt;
      readonly count: number;
      readonly lastAt: number;
      readonly lastPrice: number | null;
    }[],
  ): Promise<void>;
  rejected(symbol?: InstrumentSymbol): Promise<
    readonly {
      readonly symbol: string;
      readonly source: string;
      readonly reason: TickDoubt;
      readonly count: number;
      readonly lastAt: number;
      readonly lastPrice: number | null;
    }[]
  >;
  /**
   * Lets go of what is past retention; returns how many rows went, at most `limit` a call. Ticks may stay for a while
   * longer, and go together: those are not counted.
   */
  trim(past: PastRetention, limit: number): Promise<number>;
}
