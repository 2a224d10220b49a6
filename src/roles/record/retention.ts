/**
 * Lets go of history that is older than the operator wants to keep, in small pieces, so that nothing waits long for it.
 * Age is counted in market time: a replay of an old recording keeps what it just recorded.
 */
import { every } from '#contracts/clock.ts';
import { CANDLE_SIZES, type PastRetention } from '#contracts/store/prices.ts';
import type { RecordDeps } from './record.ts';

const TRIM_EVERY_MS = 600_000;
/** One piece: some 100 ms of the embedded database. */
const ROWS_A_PIECE = 10_000;

/** Trims at intervals from now on; the answer ends it and waits for a piece under way. */
export function startRetention({
  store,
  clock,
  marketTime,
  log,
  metrics,
  tickRetentionMs,
  candleRetentionMs,
}: RecordDeps): () => Promise<void> {
  const trimmed = metrics.counter({ name: 'tocsin_trimmed_rows_total', help: 'Rows of price history past retention.' });
  let stopped = false;

  const trim = async (): Promise<void> => {
    for (let rows = ROWS_A_PIECE; rows >= ROWS_A_PIECE && !stopped; ) {
      const now = marketTime();
      rows = await store.prices.trim(pastRetention(now, tickRetentionMs, candleRetentionMs), ROWS_A_PIECE);
      if (rows > 0) trimmed.add(rows);
    }
  };
  const stop = every(clock, TRIM_EVERY_MS, trim, (error) =>
    log.warn({ error: String(error) }, 'old price history could not be trimmed'),
  );
  return () => {
    stopped = true;
    return stop();
  };
}

function pastRetention(
  now: number,
  tickRetentionMs: number,
  candleRetentionMs: RecordDeps['candleRetentionMs'],
): PastRetention {
  const candles = Object.fromEntries(CANDLE_SIZES.map((size) => [size, now - candleRetentionMs[size]]));
  return { ticks: now - tickRetentionMs, candles: candles as PastRetention['candles'] };
}
