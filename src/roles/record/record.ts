/**
 * The record role: writes what happened on `stock-prices` into the price history.
 *
 * Promises: every tick in the log is in the history once, after any crash, because the store keeps the offset together
 * with the ticks; a store that is away is waited for and health says so; history older than its retention goes.
 * Never: it judges no tick (ingest did) and fires nothing. What the program watches by itself is nobody's history.
 *
 *   stock-prices ──batch──> store.prices.record(ticks, nextOffset) ──> bus.commit
 */
import type { Batch, Bus, ConsumerHandler } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import { ticksIn } from '#contracts/price-events.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { CandleSize } from '#contracts/store/prices.ts';
import type { Store } from '#contracts/store/store.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { isInternal } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { DutyFence } from '../duty-fence.ts';
import { Persistence } from '../persistence.ts';
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
  /** By their length. */
  readonly candleRetentionMs: Readonly<Record<CandleSize, number>>;
}

const GROUP = 'record';
/**
 * After a small batch the next one gathers for so long: history is a little later, and a hundred small transactions a
 * second become four. A full batch means that we are behind: no pause.
 */
const GATHER_MS = 250;
const SMALL_BATCH_TICKS = 1_000;
/** One transaction writes no more but for the last message's: a batch may be of messages that carry many each. */
const MAX_RECORD_TICKS = 10_000;

interface Portion {
  readonly ticks: readonly { readonly tick: Tick; readonly late: boolean; readonly offset: number }[];
  /** Behind its last message. */
  readonly nextOffset: number;
}

/** The batch in portions of whole messages. */
function* portionsOf({ messages, nextOffset }: Batch<PriceEvent>, fence: DutyFence): Generator<Portion> {
  let ticks: Portion['ticks'][number][] = [];
  for (const [index, { value, offset }] of messages.entries()) {
    if (fence.passes(value)) {
      const isLate = value.kind === 'late-tick';
      for (const tick of isLate ? [value.tick] : ticksIn(value))
        if (!isInternal(tick.symbol)) ticks.push({ tick, late: isLate, offset });
    }
    const next = messages[index + 1];
    if (next === undefined) yield { ticks, nextOffset };
    else if (ticks.length >= MAX_RECORD_TICKS) {
      yield { ticks, nextOffset: next.offset };
      ticks = [];
    }
  }
}

export async function startRecord(deps: RecordDeps): Promise<Role> {
  const { bus, store, clock, metrics } = deps;
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
  /** Of the place where each partition is read on: what no alert saw is not in the history, where an ingest goes on by it. */
  const fences = new Map<number, DutyFence>();
  const stopping = new AbortController();
  const persistence = new Persistence(deps, stopping.signal);

  const handler: ConsumerHandler<PriceEvent> = {
    async assigned(partition) {
      const found = await persistence.unlessStopped('find where it was', async () => {
        const place = await store.prices.recordedPlace(partition);
        // A crash may have come between the record and its commit: whoever waits for the lag to end would wait for ever.
        if (place !== undefined) await bus.commit('stock-prices', GROUP, partition, place.offset);
        return place;
      });
      fences.set(partition, new DutyFence(found?.value?.duty));
      return found?.value?.offset;
    },
    async batch(batch) {
      const { partition } = batch;
      let count = 0;
      const fence = fences.get(partition) ?? new DutyFence();
      for (const { ticks, nextOffset } of portionsOf(batch, fence)) {
        const began = clock.now();
        // A batch that was given up is read again after the next start; no later one may be recorded before it.
        const write = () => store.prices.record(partition, nextOffset, ticks, fence.newest);
        if ((await persistence.unlessStopped('write the price history', write)) === undefined) return;
        seconds.observe((clock.now() - began) / 1000);
        const late = ticks.filter((one) => one.late).length;
        if (ticks.length > late) recorded.add(ticks.length - late, { late: 'false' });
        if (late > 0) recorded.add(late, { late: 'true' });
        count += ticks.length;
      }
      const commit = () => bus.commit('stock-prices', GROUP, partition, batch.nextOffset);
      await persistence.unlessStopped('commit', commit);
      if (count < SMALL_BATCH_TICKS) await sleep(clock, GATHER_MS, stopping.signal);
    },
    async revoked() {},
  };
  const subscription = await bus.consume('stock-prices', GROUP, handler, { gatherMs: GATHER_MS });
  const stopRetention = startRetention(deps);
  return {
    name: 'record',
    health: () => persistence.stuckFor(0),
    async stop() {
      stopping.abort();
      await Promise.all([subscription.close(), stopRetention()]);
    },
  };
}
