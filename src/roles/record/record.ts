/**
 * The record role: writes what happened on `stock-prices` into the price history.
 *
 * Promises: every tick in the log is in the history once, after any crash, because the store keeps the offset together
 * with the ticks; a store that is away is waited for and health says so; history older than its retention goes.
 * Never: it judges no tick (ingest did) and fires nothing.
 *
 *   stock-prices ──batch──> store.prices.record(ticks, nextOffset) ──> bus.commit
 */
import type { Batch, Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { Store } from '#contracts/store/store.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { startRetention } from './retention.ts';

export interface RecordDeps {
  readonly bus: Bus;
  readonly store: Pick<Store, 'prices'>;
  readonly clock: Clock;
  /** What retention is counted from: in a replay, the recording's time. */
  readonly marketTime: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  readonly random: () => number;
  readonly tickRetentionMs: number;
  readonly candleRetentionMs: number;
}

const GROUP = 'record';
/**
 * After a small batch the next one gathers for so long: history is a little later, and a hundred small transactions a
 * second become four. A full batch means that we are behind: no pause.
 */
const GATHER_MS = 250;
const SMALL_BATCH_MESSAGES = 1_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

function ticksOf(batch: Batch<PriceEvent>): { readonly tick: Tick; readonly late: boolean }[] {
  const ticks = [];
  for (const { value } of batch.messages) {
    if (value.kind === 'tick') ticks.push({ tick: value.tick, late: false });
    else if (value.kind === 'late-tick') ticks.push({ tick: value.tick, late: true });
  }
  return ticks;
}

export async function startRecord(deps: RecordDeps): Promise<Role> {
  const { bus, store, clock, log, metrics, random } = deps;
  const recorded = metrics.counter({
    name: 'tocsin_recorded_ticks_total',
    help: 'Ticks handed to the price history.',
    labels: ['late'],
  });
  const seconds = metrics.histogram({
    name: 'tocsin_record_batch_seconds',
    help: 'Time to make one batch of ticks part of the history.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  });
  const stopping = new AbortController();
  let trouble: string | null = null;

  /** Runs it until it succeeds; false where the role was stopped before. */
  const persist = async (write: () => Promise<void>): Promise<boolean> => {
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      try {
        await write();
        trouble = null;
        return true;
      } catch (error) {
        if (!(error instanceof Failure) || error.kind.retry === 'never') throw error;
        trouble = `price history cannot be written: ${error.message}`;
        log.warn({ error: error.message, attempt }, 'the price history cannot be written; it is tried again');
        const wait = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
        await sleep(clock, wait * (0.5 + random() / 2), stopping.signal);
      }
    }
    return false;
  };

  const subscription = await bus.consume('stock-prices', GROUP, {
    async assigned(partition) {
      let offset: number | undefined;
      await persist(async () => {
        offset = await store.prices.recordedOffset(partition);
        // A crash may have come between the record and its commit: whoever waits for the lag to end would wait for ever.
        if (offset !== undefined) await bus.commit('stock-prices', GROUP, partition, offset);
      });
      return offset;
    },
    async batch(batch) {
      const ticks = ticksOf(batch);
      const began = clock.now();
      // A batch that was given up is read again after the next start; no later one may be recorded before it.
      if (!(await persist(() => store.prices.record(batch.partition, batch.nextOffset, ticks)))) return;
      seconds.observe((clock.now() - began) / 1000);
      const late = ticks.filter((one) => one.late).length;
      if (ticks.length > late) recorded.add(ticks.length - late, { late: 'false' });
      if (late > 0) recorded.add(late, { late: 'true' });
      await persist(() => bus.commit('stock-prices', GROUP, batch.partition, batch.nextOffset));
      if (batch.messages.length < SMALL_BATCH_MESSAGES) await sleep(clock, GATHER_MS, stopping.signal);
    },
    async revoked() {},
  });
  const stopRetention = startRetention(deps);
  return {
    name: 'record',
    health: () => trouble,
    async stop() {
      stopping.abort();
      await Promise.all([subscription.close(), stopRetention()]);
    },
  };
}
