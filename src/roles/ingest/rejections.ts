/**
 * Counts what the gate turned away or put aside, by instrument, source and reason, and writes the counts down in batches. A batch
 * that could not be written is kept for the next time. Memory is bounded: beyond the limit, new instruments are counted
 * together under `*`.
 */
import type { Log } from '#contracts/log.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import type { Tick, TickDoubt } from '#domain/market/tick.ts';

type Row = Parameters<PriceStore['countRejected']>[0][number];

/** Rows kept between two writes; a source gone mad with symbols must not fill memory. */
export const MAX_ROWS = 10_000;
/** Counts together every instrument beyond the limit. */
const THE_REST = '*';

export class Rejections {
  private readonly store: PriceStore;
  private readonly log: Log;
  private rows = new Map<string, Row>();

  constructor(store: PriceStore, log: Log) {
    this.store = store;
    this.log = log;
  }

  count(tick: Tick, reason: TickDoubt): void {
    const row: Row = {
      symbol: tick.symbol,
      source: tick.source,
      reason,
      count: 1,
      lastAt: Number.isFinite(tick.at) ? tick.at : tick.receivedAt,
      lastPrice: Number.isFinite(tick.price) ? tick.price : null,
    };
    this.add(row);
  }

  /** Writes down what was counted since the last time; never throws. */
  async flush(): Promise<void> {
    if (this.rows.size === 0) return;
    const taken = [...this.rows.values()];
    this.rows = new Map();
    try {
      await this.store.countRejected(taken);
    } catch (error) {
      this.log.warn({ error, rows: taken.length }, 'rejected ticks could not be written down; they are kept');
      const newer = [...this.rows.values()];
      this.rows = new Map();
      for (const row of [...taken, ...newer]) this.add(row);
    }
  }

  private add(row: Row): void {
    const own = this.keyOf(row);
    const counted = this.rows.has(own) || this.rows.size < MAX_ROWS ? row : { ...row, symbol: THE_REST };
    const key = this.keyOf(counted);
    const before = this.rows.get(key);
    this.rows.set(key, before ? { ...counted, count: before.count + counted.count } : counted);
  }

  private keyOf({ symbol, source, reason }: Row): string {
    return `${reason} ${source} ${symbol}`;
  }
}
