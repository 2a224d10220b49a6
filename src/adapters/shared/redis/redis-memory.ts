/**
 * What gateways share, on Redis or Valkey, of which nothing need be kept: a server without a disk will do.
 */
import { randomUUID } from 'node:crypto';
import { Link } from '#adapters/redis/link.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { SharedMemory } from '#contracts/shared-memory.ts';
import type { Tick } from '#domain/market/tick.ts';
import { BEAT, HOLD, KEEP_PRICES, LEAVE, TAKE } from './scripts.ts';

export interface RedisMemoryOptions {
  /** redis://user:password@host:port/database, or rediss:// */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Begins the names of all keys. */
  readonly prefix?: string;
  readonly leaseMs?: number;
  readonly answerTimeoutMs?: number;
}

/** A request waits for it: a server that takes longer is done without. */
const ANSWER_TIMEOUT_MS = 500;
/** What a gateway held that died is not counted any more after so long. */
const LEASE_MS = 6_000;
/** A bucket is full again by then. */
const BUCKET_KEPT_MS = 61_000;
/** Gateways say what they hold more often than that; the rest is of those that died. */
const HELD_KEPT_MS = 1_800_000;
/** Prices that nobody renews are of no use to a first page. */
const PRICES_KEPT_MS = 86_400_000;
/** A script holds the server up while it runs. */
const MAX_PRICES_A_SCRIPT = 500;

/** Resolves when the server was tried once, whether it was there or not. */
export async function openRedisMemory(options: RedisMemoryOptions): Promise<SharedMemory> {
  const { url, clock, log, prefix = 'tocsin:shared', leaseMs = LEASE_MS } = options;
  const { answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const me = randomUUID();
  const link = await Link.begin({
    ...{ url, clock, log, name: 'tocsin-shared', what: 'shared memory', answerTimeoutMs },
  });
  const key = (...parts: readonly string[]): string => [prefix, ...parts].join(':');
  const gateways = key('gateways');
  const streamsOf = key('streams');
  return {
    async beat(streams) {
      const answer = (await link.run(BEAT, [gateways, streamsOf], me, leaseMs, streams)) as readonly number[];
      const [isNew, count = 0, all = 0, isFirst] = answer;
      return { isNew: isNew === 1, gateways: count, streams: all, isFirst: isFirst === 1 };
    },
    async take(bucket, perMinute) {
      return Number(await link.run(TAKE, [key('bucket', bucket)], perMinute, BUCKET_KEPT_MS));
    },
    async hold(name, streams) {
      return Number(await link.run(HOLD, [key('held', name), gateways], me, streams, HELD_KEPT_MS));
    },
    async prices() {
      const all = (await link.send('HGETALL', key('prices'))) as readonly string[];
      return all.filter((_, i) => i % 2 === 1).map((value) => JSON.parse(value.slice(value.indexOf(' ') + 1)) as Tick);
    },
    async keepPrices(ticks) {
      for (let from = 0; from < ticks.length; from += MAX_PRICES_A_SCRIPT) {
        const some = ticks.slice(from, from + MAX_PRICES_A_SCRIPT);
        const said = some.flatMap((tick) => [tick.symbol, Math.trunc(tick.at), JSON.stringify(tick)]);
        await link.run(KEEP_PRICES, [key('prices')], PRICES_KEPT_MS, ...said);
      }
    },
    async close() {
      await link.run(LEAVE, [gateways, streamsOf], me).catch(() => {});
      await link.close();
    },
  };
}
