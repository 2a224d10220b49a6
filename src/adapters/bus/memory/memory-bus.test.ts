import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busConformance } from '#contracts/bus.conformance.ts';
import type { Bus, StoredMessage } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { BusLogStore, LogAppend } from '#contracts/store/bus-log.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { openTestStore } from '../../../../test/support/store.ts';
import { createMemoryBus, type MemoryBusOptions } from './memory-bus.ts';
import { MAX_RECENT_MESSAGES } from './partition-log.ts';
import { MAX_WAITING_MESSAGES } from './publisher.ts';

const clockEvent = (at: number): PriceEvent => ({ kind: 'clock', at });
const numberOf = ({ value }: StoredMessage<PriceEvent>): number => (value.kind === 'clock' ? value.at : -1);

const open = (busLog: BusLogStore, more: Partial<MemoryBusOptions> = {}): Promise<Bus> =>
  createMemoryBus({
    busLog,
    partitions: { 'stock-prices': 1, alerts: 1 },
    clock: new SimulatedClock(),
    log: silentLog,
    metrics: noMetrics,
    crash: (_, error) => {
      throw error;
    },
    ...more,
  });

busConformance(async () => {
  const store = await openTestStore();
  const crashes: unknown[] = [];
  return {
    crashes,
    open: () =>
      open(store.busLog, {
        partitions: { 'stock-prices': 3, alerts: 2 },
        crash: (_, error) => crashes.push(error),
      }),
    close: () => store.close(),
  };
});

/** A log in an array, which a test can hold up or let fail. */
class ArrayLog implements BusLogStore {
  rows: LogAppend[] = [];
  readonly committed = new Map<string, { topic: string; group: string; partition: number; nextOffset: number }>();
  appends = 0;
  reads = 0;
  /** Called before an append is written; may wait or throw. */
  before: () => Promise<void> = async () => {};
  after: () => Promise<void> = async () => {};

  async append(appends: readonly LogAppend[]): Promise<void> {
    this.appends += 1;
    await this.before();
    for (const row of appends) {
      const clash = this.rows.some(({ partition, baseOffset, topic }) => {
        return topic === row.topic && partition === row.partition && baseOffset === row.baseOffset;
      });
      assert.ok(!clash, `offset ${row.baseOffset} written twice`);
      this.rows.push(structuredClone(row));
    }
    await this.after();
  }
  async read(topic: string, partition: number, from: number, max: number): Promise<readonly LogAppend[]> {
    this.reads += 1;
    const rows: LogAppend[] = [];
    let total = 0;
    for (const row of this.rows) {
      if (row.topic !== topic || row.partition !== partition || row.baseOffset + row.messages.length <= from) continue;
      if (rows.length > 0 && total + row.messages.length > max) break;
      total += row.messages.length;
      rows.push(row);
    }
    return structuredClone(rows);
  }
  async ends() {
    const [first] = this.rows;
    const last = this.rows.at(-1);
    if (!first || !last) return [];
    const nextOffset = last.baseOffset + last.messages.length;
    return [{ topic: first.topic, partition: 0, firstOffset: first.baseOffset, nextOffset }];
  }
  async commits() {
    return [...this.committed.values()];
  }
  async commit(topic: string, group: string, partition: number, nextOffset: number): Promise<void> {
    this.committed.set(`${topic} ${group} ${partition}`, { topic, group, partition, nextOffset });
  }
  async trim(_: string, __: number, offset: number): Promise<void> {
    this.rows = this.rows.filter(
      (row, i) => i === this.rows.length - 1 || row.baseOffset + row.messages.length > offset,
    );
  }
}

const publish = (bus: Bus, ...numbers: readonly number[]): Promise<void> =>
  bus.publish(
    'stock-prices',
    numbers.map((n) => ({ key: 'K', value: clockEvent(n) })),
  );

async function readSome(bus: Bus, group: string, enough: number, commit = false): Promise<number[]> {
  const seen: number[] = [];
  let done = (): void => {};
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const subscription = await bus.consume('stock-prices', group, {
    assigned: async () => undefined,
    revoked: async () => {},
    async batch({ partition, messages, nextOffset }) {
      seen.push(...messages.map(numberOf));
      if (commit) await bus.commit('stock-prices', group, partition, nextOffset);
      if (seen.length >= enough) done();
    },
  });
  if (enough > 0) await finished;
  await subscription.close();
  return seen;
}

test('publishes that come while one is being written share one append', async () => {
  const log = new ArrayLog();
  const bus = await open(log);
  await Promise.all(Array.from({ length: 200 }, (_, n) => publish(bus, n)));
  assert.equal(log.appends, 2);
  assert.deepEqual(
    await readSome(bus, 'g', 200),
    Array.from({ length: 200 }, (_, n) => n),
  );
  await bus.close();
});

test('a reader that keeps up never reads the store; one that is far behind does, and misses nothing', async () => {
  const log = new ArrayLog();
  const bus = await open(log);
  const total = MAX_RECENT_MESSAGES * 2 + 10;
  for (let n = 0; n < total; n += 500) await publish(bus, ...Array.from({ length: 500 }, (_, i) => n + i));
  assert.equal(log.reads, 0);
  const seen = await readSome(bus, 'g', total);
  assert.ok(log.reads > 0 && log.reads < 40);
  seen.forEach((n, i) => {
    assert.equal(n, i);
  });
  await bus.close();
});

test('publishers wait when too much waits for the store', async () => {
  const log = new ArrayLog();
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  log.before = () => held;
  const bus = await open(log);
  const half = Array.from({ length: MAX_WAITING_MESSAGES / 2 }, (_, i) => i);
  const first = Promise.all([publish(bus, ...half), publish(bus, ...half)]);
  let through = false;
  const third = publish(bus, 1).then(() => {
    through = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(through, false);
  letGo();
  await Promise.all([first, third]);
  assert.equal((await readSome(bus, 'g', MAX_WAITING_MESSAGES + 1)).length, MAX_WAITING_MESSAGES + 1);
  await bus.close();
});

/** Lets the clock run until the promise is settled. */
async function whileTimePasses<T>(clock: SimulatedClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  while (!settled) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!settled && clock.nextDueAt !== null) await clock.advance(clock.nextDueAt - clock.now());
  }
  return promise;
}

test('an append that fails is tried again; one that failed after it was written is not written twice', async () => {
  const clock = new SimulatedClock();
  const log = new ArrayLog();
  const bus = await open(log, { clock });
  await publish(bus, 0);
  let failures = 2;
  const failSome = async (): Promise<void> => {
    if (failures-- > 0) throw new Failure('store-unavailable', 'away');
  };
  log.before = failSome;
  await whileTimePasses(clock, publish(bus, 1));
  log.before = async () => {};
  failures = 1;
  log.after = failSome;
  await whileTimePasses(clock, publish(bus, 2));
  await publish(bus, 3);
  assert.deepEqual(await readSome(bus, 'g', 4), [0, 1, 2, 3]);
  await bus.close();
});

test('a store that stays away is told to the publishers; what came into the log after all is read', async () => {
  const clock = new SimulatedClock();
  const log = new ArrayLog();
  const bus = await open(log, { clock });
  await publish(bus, 0);
  const away = async (): Promise<void> => {
    throw new Failure('store-unavailable', 'away');
  };
  log.before = away;
  await assert.rejects(whileTimePasses(clock, publish(bus, 1)), { code: 'store-unavailable' });
  // Written, but the answer is lost and the store stays away for every later question.
  log.before = async () => {};
  log.after = away;
  const ends = log.ends.bind(log);
  let asked = 0;
  log.ends = async () => {
    asked += 1;
    if (asked > 1) await away();
    return ends();
  };
  await assert.rejects(whileTimePasses(clock, publish(bus, 2)), { code: 'store-unavailable' });
  log.after = async () => {};
  log.ends = ends;
  await publish(bus, 3);
  assert.deepEqual(await readSome(bus, 'g', 3), [0, 2, 3]);
  await bus.close();
});

test('the log is trimmed by age and size, never past what a group has not committed', async () => {
  const clock = new SimulatedClock();
  const log = new ArrayLog();
  const bus = await open(log, { clock, keepMs: 600_000, keepMessages: 50 });
  await readSome(bus, 'slow', 0);
  for (let n = 0; n < 100; n++) await publish(bus, n);
  await clock.advance(120_000);
  assert.equal(log.rows.length, 100, 'a group that has not committed holds the log');
  await bus.commit('stock-prices', 'slow', 0, 30);
  await clock.advance(60_000);
  assert.equal(log.rows[0]?.baseOffset, 30);
  await bus.commit('stock-prices', 'slow', 0, 100);
  await clock.advance(60_000);
  assert.equal(log.rows[0]?.baseOffset, 50, 'size');
  await clock.advance(720_000);
  assert.equal(log.rows[0]?.baseOffset, 99, 'age');
  await publish(bus, 100);
  assert.deepEqual(await readSome(bus, 'slow', 1), [100]);
  await bus.close();
  assert.equal(clock.waiting, 0);
});

test('a reader that asks for what is gone or not yet there reads on from the nearest, and it is said', async () => {
  const said: string[] = [];
  const log = new ArrayLog();
  const bus = await open(log, { log: { ...silentLog, error: (_, message) => said.push(message) } });
  await publish(bus, 0, 1);
  const subscription = await bus.consume('stock-prices', 'g', {
    assigned: async () => 99,
    batch: async () => {},
    revoked: async () => {},
  });
  assert.equal(said.length, 1);
  await subscription.close();
  await bus.close();
});

test('a closed bus refuses to publish, and has made durable what it took', async () => {
  const log = new ArrayLog();
  const bus = await open(log);
  const published = publish(bus, 1);
  await bus.close();
  await published;
  await assert.rejects(publish(bus, 2), { code: 'not-ready' });
  assert.equal(log.rows.length, 1);
});

test('a log of more partitions is not opened with fewer', async () => {
  const store = await openTestStore();
  await store.busLog.append([{ topic: 'alerts', partition: 3, baseOffset: 0, messages: [{ key: '', value: 1 }] }]);
  await assert.rejects(open(store.busLog), /more partitions/);
  await store.close();
});
