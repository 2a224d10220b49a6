/**
 * What every bus must prove. An adapter's test calls it with a way to open a bus; opening again goes on with what the
 * one before left behind, where the bus is durable.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Batch, Bus, StoredMessage, Subscription } from './bus.ts';
import { broadcastNumber, event, KEYS, numberOf, Reader, TOPIC, tellAll, until } from './testing/bus-reader.ts';
import type { PriceEvent } from './topics.ts';

export interface BusTrial {
  /** What `crash` was called with. */
  readonly crashes: readonly unknown[];
  /** Where the bus is shared, a second one stands for another process. */
  open(): Promise<Bus>;
  close(): Promise<void>;
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
    const consume = async (reader: Reader, group = `group-${groups}`, gatherMs = 0): Promise<Subscription> =>
      bus.consume(TOPIC, group, reader, { gatherMs });
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
      await until(() => reader.seen.length >= count);
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

    test('messages of one call keep their order in each partition, whatever their keys', async () => {
      const from = 20_000;
      const many = Array.from({ length: 500 }, (_, i) => [`${KEYS[i % KEYS.length]}${i % 7}`, from + i] as const);
      await publish(...many);
      const { seen } = await readAll();
      for (let partition = 0; partition < bus.partitions(TOPIC); partition++)
        assert.deepEqual(
          seen.filter((message) => message.partition === partition && numberOf(message) >= from).map(numberOf),
          many.filter(([key]) => bus.partitionOf(TOPIC, key) === partition).map(([, n]) => n),
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
        await until(() => mine().length >= rest.length);
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
      await until(() => reader.numbers('AAPL').length >= 10);
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
      await until(() => first.seen.length >= count);
      await before.close();
      const mine = first.seen.filter((message) => message.partition === partition);
      const committed = mine.at(-1)?.offset ?? 0;
      await bus.commit(TOPIC, group, partition, committed);
      await publish([keyed, 2], [keyed, 3]);
      if (bus.flags.durable) await reopen();
      const second = new Reader();
      const subscription = await consume(second, group);
      const read = () => second.seen.filter((message) => message.partition === partition);
      await until(() => read().length >= 3);
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
      await until(() => read().length >= 2);
      assert.deepEqual(read(), mine.slice(-2));
      await subscription.close();
    });

    test('members of a group share the partitions; each is told before its first and after its last batch', async () => {
      const taken = new Set<number>();
      const [one, two] = [new Reader(taken), new Reader(taken)];
      const all = bus.partitions(TOPIC);
      const first = await consume(one);
      await until(() => one.owned.size === all);
      const second = await consume(two);
      await until(() => two.owned.size === Math.floor(all / 2) && one.owned.size === all - two.owned.size);
      await first.close();
      assert.equal(one.owned.size, 0);
      await until(() => two.owned.size === all);
      await second.close();
      assert.equal(two.owned.size, 0);
      for (const { trail } of [one, two]) assert.equal(trail.length % 2, 0);
    });

    test('groups read on their own, also one that lets what comes gather', async () => {
      await publish(['AAPL', 77]);
      const [one, two] = [new Reader(), new Reader()];
      const subscriptions = [await consume(one, `one-${groups}`), await consume(two, `two-${groups}`, 20)];
      for (const reader of [one, two]) await until(() => reader.seen.length >= count);
      assert.deepEqual(one.numbers('AAPL'), two.numbers('AAPL'));
      for (const subscription of subscriptions) await subscription.close();
    });

    test('a broadcast reaches every partition once', async () => {
      const all = bus.partitions(TOPIC);
      const seen: number[] = [];
      const tail = await bus.tail(TOPIC, (batch) => {
        if (broadcastNumber(batch) === 4711) seen.push(batch.partition);
        tellAll();
      });
      await bus.broadcast(TOPIC, { kind: 'clock', at: 4711 });
      count += all;
      await readAll();
      await until(() => seen.length >= all);
      assert.deepEqual(
        seen.sort(),
        Array.from({ length: all }, (_, i) => i),
      );
      await tail.close();
    });

    for (const gatherMs of [0, 20])
      test(`a tail reads what comes after it began, in order, until it is closed, gathered for ${gatherMs} ms`, async () => {
        await publish(['AAPL', 1]);
        const seen: number[] = [];
        const into = ({ messages }: Batch<PriceEvent>): void => {
          for (const message of messages) seen.push(numberOf(message));
          tellAll();
        };
        const tail = await bus.tail(TOPIC, into, { gatherMs });
        const numbers = Array.from({ length: 20 }, (_, i) => 100 + i);
        for (const n of numbers) await publish(['AAPL', n]);
        await until(() => seen.length >= numbers.length);
        assert.deepEqual(seen, numbers);
        await tail.close();
        await publish(['AAPL', 200]);
        await readAll();
        assert.equal(seen.length, numbers.length);
      });

    test('lag is what the group has not committed', async () => {
      const group = `group-${groups}`;
      const reader = new Reader();
      const subscription = await consume(reader, group);
      await publish(['AAPL', 1], ['BTC-USDT', 2]);
      await until(() => reader.seen.length >= count);
      assert.equal(await bus.lag(TOPIC, group), count);
      const ends = new Map<number, number>();
      for (const { partition, offset } of reader.seen) ends.set(partition, offset + 1);
      await Promise.all([...ends].map(([partition, next]) => bus.commit(TOPIC, group, partition, next)));
      assert.equal(await bus.lag(TOPIC, group), 0);
      await publish(['AAPL', 3]);
      assert.equal(await bus.lag(TOPIC, group), 1);
      const mine = bus.partitionOf(TOPIC, 'AAPL');
      for (let partition = 0; partition < bus.partitions(TOPIC); partition += 1)
        assert.equal(await bus.lag(TOPIC, group, partition), partition === mine ? 1 : 0);
      await subscription.close();
    });

    test('members come and go while messages flow: nothing is missed, doubled or out of order', async () => {
      const group = `group-${groups}`;
      // Whoever comes first begins here, and each behind the commits of the one before.
      const before = await readAll();
      for (let partition = 0; partition < bus.partitions(TOPIC); partition++) {
        const last = before.seen.filter((message) => message.partition === partition).at(-1);
        if (last) await bus.commit(TOPIC, group, partition, last.offset + 1);
      }
      const others = bus.flags.shared ? [await trial.open(), await trial.open()] : [bus, bus];
      const taken = new Set<number>();
      const handled: StoredMessage<PriceEvent>[] = [];
      const join = async (at: Bus): Promise<Subscription> => {
        const reader = new Reader(taken);
        reader.work = async ({ partition, messages, nextOffset }) => {
          await new Promise((resolve) => setImmediate(resolve));
          handled.push(...messages);
          await at.commit(TOPIC, group, partition, nextOffset);
        };
        return at.consume(TOPIC, group, reader);
      };
      const total = 200;
      const flow = async (): Promise<void> => {
        for (let n = 0; n < total; n++) await publish(...KEYS.map((key) => [key, n] as const));
      };
      const first = await join(bus);
      const flowing = flow();
      const some = () => handled.length;
      const second = await join(others[0] as Bus);
      for (let i = 0; i < 3; i++) {
        const third = await join(others[1] as Bus);
        const from = some();
        await until(() => some() > from || some() >= total * KEYS.length);
        await third.close();
      }
      await first.close();
      await flowing;
      await until(() => some() >= total * KEYS.length);
      await second.close();
      for (const key of KEYS)
        assert.deepEqual(
          handled.filter((message) => message.key === key).map(numberOf),
          Array.from({ length: total }, (_, n) => n),
        );
      assert.equal(await bus.lag(TOPIC, group), 0);
      if (bus.flags.shared) for (const other of others) await other.close();
    });

    test('what one process publishes another reads, by group and by tail, and their calls have one order', async () => {
      if (!bus.flags.shared) return;
      const other = await trial.open();
      const heard: number[] = [];
      const tail = await other.tail(TOPIC, ({ messages }) => {
        for (const message of messages) heard.push(numberOf(message));
        tellAll();
      });
      const expected = Array.from({ length: 40 }, (_, n) => n);
      for (const n of expected) {
        if (n % 2 === 0) await publish(['AAPL', n]);
        else await other.publish(TOPIC, [event('AAPL', n)]);
      }
      count += expected.length / 2;
      await until(() => heard.length >= expected.length);
      assert.deepEqual(heard, expected);
      assert.deepEqual((await readAll()).numbers('AAPL').slice(-expected.length), expected);
      await tail.close();
      await other.close();
    });

    test('a commit by a process that does not read the partition changes nothing while another does', async () => {
      if (!bus.flags.shared) return;
      const group = `group-${groups}`;
      const other = await trial.open();
      const reader = new Reader();
      const subscription = await consume(reader, group);
      await until(() => reader.seen.length >= count);
      await other.commit(TOPIC, group, 0, 1);
      assert.equal(await bus.lag(TOPIC, group), count);
      await subscription.close();
      await other.close();
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
      // Nothing is read at a crash, so nobody tells.
      while (trial.crashes.length === before) await new Promise((resolve) => setImmediate(resolve));
      await publish([keyed, 2]);
      await readAll();
      assert.equal(trial.crashes.length, before + 1);
      assert.equal(calls, 1);
      await subscription.close();
    });
  });
}
