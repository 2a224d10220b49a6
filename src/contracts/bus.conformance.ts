/**
 * What every bus must prove. An adapter's test calls it with a way to open a bus; opening again goes on with what the
 * one before left behind, where the bus is durable.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Batch, Bus, ConsumerHandler, Message, StoredMessage, Subscription } from './bus.ts';
import type { PriceEvent } from './topics.ts';

export interface BusTrial {
  /** What `crash` was called with. */
  readonly crashes: readonly unknown[];
  open(): Promise<Bus>;
  close(): Promise<void>;
}

const TOPIC = 'stock-prices';
const KEYS = ['BTC-USDT', 'ETH-USDT', 'AAPL', '^GSPC', 'é'];

/** A message that says who sent it and its number. */
const event = (key: string, n: number): Message<PriceEvent> => ({
  key,
  value: { kind: 'gap', symbol: key as InstrumentSymbol, from: n, to: n + 1, reason: 'test' },
});
const numberOf = ({ value }: StoredMessage<PriceEvent>): number => (value.kind === 'gap' ? value.from : -1);
const broadcastNumber = (batch: Batch<PriceEvent>): number =>
  batch.messages[0]?.value.kind === 'clock' ? batch.messages[0].value.at : -1;

/** A reader that keeps what it saw and can be waited for. */
class Reader implements ConsumerHandler<PriceEvent> {
  readonly seen: (StoredMessage<PriceEvent> & { readonly partition: number })[] = [];
  readonly owned = new Set<number>();
  readonly trail: string[] = [];
  private waiting: (() => void)[] = [];
  /** Does the work of a batch; the default is none. */
  work: (batch: Batch<PriceEvent>) => Promise<void> = async () => {};
  startAt: ReadonlyMap<number, number> = new Map();

  async assigned(partition: number): Promise<number | undefined> {
    assert.ok(!this.owned.has(partition), 'assigned twice');
    this.owned.add(partition);
    this.trail.push(`assigned ${partition}`);
    return this.startAt.get(partition);
  }
  async batch(batch: Batch<PriceEvent>): Promise<void> {
    assert.ok(this.owned.has(batch.partition), 'a batch of a partition that is not ours');
    assert.equal(batch.nextOffset > (batch.messages.at(-1)?.offset ?? 0), true);
    await this.work(batch);
    for (const message of batch.messages) this.seen.push({ ...message, partition: batch.partition });
    for (const check of this.waiting.splice(0)) check();
  }
  async revoked(partition: number): Promise<void> {
    this.owned.delete(partition);
    this.trail.push(`revoked ${partition}`);
  }
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
  numbers(key: string): number[] {
    return this.seen.filter((message) => message.key === key).map(numberOf);
  }
}

export function busConformance(start: () => Promise<BusTrial>): void {
  describe('bus', () => {
    let trial: BusTrial;
    let bus: Bus;
    let groups = 0;
    let count = 0;
    before(async () => {
      trial = await start();
      bus = await trial.open();
    });
    beforeEach(() => {
      groups += 1;
    });
    after(async () => {
      await bus.close();
      await trial.close();
      assert.deepEqual(trial.crashes.length, 1, 'only the one crash that a test asks for');
    });

    const reopen = async (): Promise<void> => {
      await bus.close();
      bus = await trial.open();
    };
    const consume = async (reader: Reader, group = `group-${groups}`): Promise<Subscription> =>
      bus.consume(TOPIC, group, reader);
    const publish = async (...numbers: readonly (readonly [key: string, n: number])[]): Promise<void> => {
      count += numbers.length;
      await bus.publish(
        TOPIC,
        numbers.map(([key, n]) => event(key, n)),
      );
    };
    /** Reads the whole log with a new group. */
    const readAll = async (): Promise<Reader> => {
      const reader = new Reader();
      const subscription = await consume(reader, `all-${Math.random()}`);
      await reader.until(() => reader.seen.length >= count);
      await subscription.close();
      return reader;
    };

    test('a key has one partition, always, within the number of partitions', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (key) => {
          const partition = bus.partitionOf(TOPIC, key);
          assert.ok(Number.isInteger(partition) && partition >= 0 && partition < bus.partitions(TOPIC));
          assert.equal(bus.partitionOf(TOPIC, key), partition);
        }),
      );
    });

    test('messages of a key keep their order, in their partition, whoever publishes how much at once', async () => {
      const calls = fc.array(
        fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.boolean()), { minLength: 1, maxLength: 8 }),
        { minLength: 1, maxLength: 12 },
      );
      let next = 1;
      await fc.assert(
        fc.asyncProperty(calls, async (batches) => {
          const from = next;
          const published: Promise<void>[] = [];
          for (const batch of batches) {
            published.push(publish(...batch.map(([key]) => [key, next++] as const)));
            if (batch[0]?.[1]) await Promise.all(published.splice(0));
          }
          await Promise.all(published);
          const reader = await readAll();
          for (const key of KEYS) {
            const expected = batches
              .flat()
              .map(([name], i) => [name, from + i] as const)
              .filter(([name]) => name === key)
              .map(([, n]) => n);
            assert.deepEqual(
              reader.numbers(key).filter((n) => n >= from),
              expected,
            );
          }
          for (const { key, partition } of reader.seen) assert.equal(partition, bus.partitionOf(TOPIC, key));
        }),
        { numRuns: 15 },
      );
    });

    test('offsets rise, and what was read at an offset is read there again, from any offset', async () => {
      await publish(...KEYS.map((key, i) => [key, 1000 + i] as const));
      const whole = await readAll();
      for (let partition = 0; partition < bus.partitions(TOPIC); partition++) {
        const log = whole.seen.filter((message) => message.partition === partition);
        for (let i = 1; i < log.length; i++) assert.ok((log[i]?.offset ?? 0) > (log[i - 1]?.offset ?? 0));
        const middle = log[Math.floor(log.length / 2)];
        if (!middle) continue;
        const again = new Reader();
        again.startAt = new Map([[partition, middle.offset]]);
        const rest = log.filter(({ offset }) => offset >= middle.offset);
        const subscription = await consume(again, `again-${partition}-${groups}`);
        const mine = () => again.seen.filter((message) => message.partition === partition);
        await again.until(() => mine().length >= rest.length);
        await subscription.close();
        assert.deepEqual(mine(), rest);
      }
    });

    test('the next batch waits for the one in hand; closing waits for it too', async () => {
      const reader = new Reader();
      let running = 0;
      let most = 0;
      const perPartition = new Map<number, number>();
      reader.work = async ({ partition }) => {
        running = (perPartition.get(partition) ?? 0) + 1;
        perPartition.set(partition, running);
        most = Math.max(most, running);
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
        perPartition.set(partition, 0);
      };
      const subscription = await consume(reader);
      for (let i = 0; i < 10; i++) await publish(['AAPL', i]);
      await reader.until(() => reader.numbers('AAPL').length >= 10);
      await publish(['AAPL', 10]);
      await subscription.close();
      assert.equal(most, 1);
      assert.equal(reader.owned.size, 0);
      const seen = reader.seen.length;
      await publish(['AAPL', 11]);
      await readAll();
      assert.equal(reader.seen.length, seen);
    });

    test('after a restart a group goes on at its last commit: what was not committed is read again', async () => {
      const group = `group-${groups}`;
      const first = new Reader();
      const keyed = KEYS[0] as string;
      const partition = bus.partitionOf(TOPIC, keyed);
      await publish([keyed, 1]);
      const before = await consume(first, group);
      await first.until(() => first.seen.length >= count);
      await before.close();
      const mine = first.seen.filter((message) => message.partition === partition);
      const committed = mine.at(-1)?.offset ?? 0;
      await bus.commit(TOPIC, group, partition, committed);
      await publish([keyed, 2], [keyed, 3]);
      if (bus.flags.durable) await reopen();
      const second = new Reader();
      const subscription = await consume(second, group);
      const read = () => second.seen.filter((message) => message.partition === partition);
      await second.until(() => read().length >= 3);
      assert.deepEqual(read().map(numberOf), [1, 2, 3]);
      await subscription.close();
    });

    test('all that was acknowledged is there after a restart', async () => {
      if (!bus.flags.durable) return;
      await Promise.all(KEYS.map((key, i) => publish([key, 5000 + i])));
      const before = await readAll();
      await reopen();
      const again = await readAll();
      const byPlace = (reader: Reader) =>
        [...reader.seen].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
      assert.deepEqual(byPlace(again), byPlace(before));
    });

    test('a reader says where to start, whatever is committed', async () => {
      const keyed = KEYS[1] as string;
      const partition = bus.partitionOf(TOPIC, keyed);
      await publish([keyed, 1], [keyed, 2]);
      const whole = await readAll();
      const mine = whole.seen.filter((message) => message.partition === partition);
      const from = mine.at(-2)?.offset ?? 0;
      await bus.commit(TOPIC, `group-${groups}`, partition, 0);
      const reader = new Reader();
      reader.startAt = new Map([[partition, from]]);
      const subscription = await consume(reader);
      const read = () => reader.seen.filter((message) => message.partition === partition);
      await reader.until(() => read().length >= 2);
      assert.deepEqual(read(), mine.slice(-2));
      await subscription.close();
    });

    test('members of a group share the partitions; each is told before its first and after its last batch', async () => {
      const [one, two] = [new Reader(), new Reader()];
      const all = bus.partitions(TOPIC);
      const first = await consume(one);
      assert.equal(one.owned.size, all);
      const second = await consume(two);
      assert.equal(one.owned.size + two.owned.size, all);
      for (const partition of one.owned) assert.ok(!two.owned.has(partition));
      if (all > 1) assert.ok(one.owned.size > 0 && two.owned.size > 0);
      await first.close();
      assert.deepEqual([one.owned.size, two.owned.size], [0, all]);
      await second.close();
      assert.equal(two.owned.size, 0);
      for (const { trail } of [one, two]) assert.equal(trail.length % 2, 0);
    });

    test('groups read on their own', async () => {
      await publish(['AAPL', 77]);
      const [one, two] = [new Reader(), new Reader()];
      const subscriptions = [await consume(one, `one-${groups}`), await consume(two, `two-${groups}`)];
      for (const reader of [one, two]) await reader.until(() => reader.seen.length >= count);
      assert.deepEqual(one.numbers('AAPL'), two.numbers('AAPL'));
      for (const subscription of subscriptions) await subscription.close();
    });

    test('a broadcast reaches every partition once', async () => {
      const all = bus.partitions(TOPIC);
      const seen: number[] = [];
      const tail = await bus.tail(TOPIC, (batch) => {
        if (broadcastNumber(batch) === 4711) seen.push(batch.partition);
      });
      await bus.broadcast(TOPIC, { kind: 'clock', at: 4711 });
      count += all;
      await readAll();
      assert.deepEqual(
        seen.sort(),
        Array.from({ length: all }, (_, i) => i),
      );
      await tail.close();
    });

    test('a tail reads what comes after it began, in order, until it is closed', async () => {
      await publish(['AAPL', 1]);
      const seen: number[] = [];
      const tail = await bus.tail(TOPIC, ({ messages }) => {
        for (const message of messages) seen.push(numberOf(message));
      });
      for (let n = 100; n < 120; n++) await publish(['AAPL', n]);
      await readAll();
      assert.deepEqual(
        seen,
        Array.from({ length: 20 }, (_, i) => 100 + i),
      );
      await tail.close();
      await publish(['AAPL', 200]);
      await readAll();
      assert.equal(seen.length, 20);
    });

    test('lag is what the group has not committed', async () => {
      const group = `group-${groups}`;
      const reader = new Reader();
      const subscription = await consume(reader, group);
      await publish(['AAPL', 1], ['BTC-USDT', 2]);
      await reader.until(() => reader.seen.length >= count);
      assert.equal(await bus.lag(TOPIC, group), count);
      const ends = new Map<number, number>();
      for (const { partition, offset } of reader.seen) ends.set(partition, offset + 1);
      await Promise.all([...ends].map(([partition, next]) => bus.commit(TOPIC, group, partition, next)));
      assert.equal(await bus.lag(TOPIC, group), 0);
      await publish(['AAPL', 3]);
      assert.equal(await bus.lag(TOPIC, group), 1);
      await subscription.close();
    });

    test('publishing nothing is nothing', async () => {
      await bus.publish(TOPIC, []);
      assert.equal((await readAll()).seen.length, count);
    });

    test('a handler that throws crashes and reads no more', async () => {
      const reader = new Reader();
      const keyed = KEYS[2] as string;
      let calls = 0;
      const partition = bus.partitionOf(TOPIC, keyed);
      reader.work = async (batch) => {
        if (batch.partition !== partition) return;
        calls += 1;
        throw new Error('a bug');
      };
      const before = trial.crashes.length;
      const subscription = await consume(reader);
      await publish([keyed, 1]);
      await readAll();
      await publish([keyed, 2]);
      await readAll();
      assert.equal(trial.crashes.length, before + 1);
      assert.equal(calls, 1);
      await subscription.close();
    });
  });
}
