import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '#adapters/host/clock.ts';
import type { Bus, ConsumerHandler } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { tellAll, until } from '#contracts/testing/bus-reader.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { kafkaMissing, startKafka } from '../../../../test/support/kafka.ts';
import { createKafkaBus } from './kafka-bus.ts';

const TOPIC = 'stock-prices';
const KEYS = ['BTC-USDT', 'ETH-USDT', 'AAPL', '^GSPC', 'é', 'TSLA'];
/** Messages before, in and after each fault. */
const ENOUGH = 1_000;
/** Under way at once, as of many sources. */
const LANES = 4;

/** Numbers by key, as they were read. */
class Seen implements ConsumerHandler<PriceEvent> {
  readonly byKey = new Map<string, number[]>();
  count = 0;
  handled: (partition: number, nextOffset: number) => Promise<void> = async () => {};
  async assigned(): Promise<undefined> {}
  async revoked(): Promise<void> {}
  async batch({ partition, messages, nextOffset }: Parameters<ConsumerHandler<PriceEvent>['batch']>[0]): Promise<void> {
    for (const { key, value } of messages) {
      const numbers = this.byKey.get(key) ?? [];
      this.byKey.set(key, numbers);
      numbers.push(value.kind === 'clock' ? value.at : -1);
    }
    this.count += messages.length;
    tellAll();
    await this.handled(partition, nextOffset);
  }
}

describe('on three brokers', { skip: kafkaMissing() ?? false }, () => {
  test('a broker killed, one that hangs and one that is stopped, under load: none lost, none doubled, in order', async (t) => {
    const cluster = await startKafka({ nodes: 3 });
    const buses: Bus[] = [];
    t.after(async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await cluster.remove();
    });
    const open = (): Promise<Bus> =>
      createKafkaBus({
        ...{ url: cluster.url, partitions: { 'stock-prices': 3, alerts: 1 } },
        ...{ clock: systemClock, log: silentLog, metrics: noMetrics },
        crash: (_, error) => {
          throw error;
        },
      });
    const [ingest, one, two] = [await open(), await open(), await open()];
    buses.push(ingest, one, two);
    const members = [one, two].map((bus) => {
      const seen = new Seen();
      seen.handled = (partition, nextOffset) => bus.commit(TOPIC, 'g', partition, nextOffset);
      return { bus, seen };
    });
    const subscriptions = await Promise.all(members.map(({ bus, seen }) => bus.consume(TOPIC, 'g', seen)));

    let isOver = false;
    let acknowledged = 0;
    let longestMs = 0;
    const load = Array.from({ length: LANES }, async (_, lane) => {
      const sent = new Map<string, number>();
      while (!isOver) {
        const since = performance.now();
        const messages = KEYS.map((key) => {
          const n = sent.get(key) ?? 0;
          sent.set(key, n + 1);
          return { key: `${key} ${lane}`, value: { kind: 'clock', at: n } as const };
        });
        await ingest.publish(TOPIC, messages);
        acknowledged += messages.length;
        longestMs = Math.max(longestMs, performance.now() - since);
        tellAll();
      }
    });
    const more = async (count: number): Promise<void> => {
      const from = acknowledged;
      await until(() => acknowledged >= from + count);
    };
    const waits: string[] = [];
    const fault = async (name: string, strike: () => unknown, heal: () => unknown): Promise<void> => {
      await more(ENOUGH);
      longestMs = 0;
      await strike();
      await more(ENOUGH);
      await heal();
      await more(ENOUGH);
      waits.push(`${name} ${Math.round(longestMs)} ms`);
    };
    const [first, second, third] = cluster.nodes;
    await fault(
      'kill -9:',
      () => first?.kill(),
      () => first?.start(),
    );
    await fault(
      'hangs:',
      () => second?.pause(),
      () => second?.resume(),
    );
    await fault(
      'stopped:',
      () => third?.stop(),
      () => third?.start(),
    );
    isOver = true;
    await Promise.all(load);
    t.diagnostic(`${acknowledged} messages; the longest publish when a broker is gone: ${waits.join(', ')}`);

    const log = new Seen();
    const reading = await ingest.consume(TOPIC, 'all', log);
    await until(() => log.count >= acknowledged);
    await reading.close();
    assert.equal(log.count, acknowledged);
    for (const [key, numbers] of log.byKey)
      assert.deepEqual(
        numbers,
        numbers.map((_, n) => n),
        key,
      );
    // What is read again after a member lost its place is read again; nothing is passed over.
    const missing = (): number =>
      [...log.byKey].reduce((sum, [key, numbers]) => {
        const read = new Set(members.flatMap(({ seen }) => seen.byKey.get(key) ?? []));
        return sum + numbers.filter((n) => !read.has(n)).length;
      }, 0);
    await until(() => members.reduce((sum, { seen }) => sum + seen.count, 0) >= acknowledged && missing() === 0);
    for (const subscription of subscriptions) await subscription.close();
  });
});
