import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createConnection, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createClient } from '@redis/client';
import { systemClock } from '#adapters/host/clock.ts';
import { busConformance } from '#contracts/bus.conformance.ts';
import type { Bus, ConsumerHandler, StoredMessage } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { type RedisServer, redisMissing, startRedis } from '../../../../test/support/redis.ts';
import { atRealPace, SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { createRedisBus, type RedisBusOptions } from './redis-bus.ts';

const missing = redisMissing();
const TOPIC = 'stock-prices';
const numberOf = ({ value }: StoredMessage<PriceEvent>): number => (value.kind === 'clock' ? value.at : -1);
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
async function until(enough: () => boolean): Promise<void> {
  while (!enough()) await turn();
}
const publish = (bus: Bus, ...numbers: readonly number[]): Promise<void> =>
  bus.publish(
    TOPIC,
    numbers.map((at) => ({ key: 'K', value: { kind: 'clock', at } })),
  );

/** Keeps what it read, and may be told where to start. */
function reader(startAt?: number) {
  const seen: number[] = [];
  const trail: string[] = [];
  const handler: ConsumerHandler<PriceEvent> = {
    async assigned() {
      trail.push('assigned');
      return startAt;
    },
    async batch({ messages }) {
      seen.push(...messages.map(numberOf));
    },
    async revoked() {
      trail.push('revoked');
    },
  };
  return { seen, trail, handler };
}

async function readAll(bus: Bus, enough: number): Promise<number[]> {
  const { seen, handler } = reader();
  const subscription = await bus.consume(TOPIC, randomUUID(), handler);
  await until(() => seen.length >= enough);
  await subscription.close();
  return seen;
}

/** Passes everything on, and can cut every connection after the server did its work and before it is told. */
async function startProxy(target: string) {
  const { port } = new URL(target);
  const sockets = new Set<Socket>();
  const proxy = { url: '', cutAnswers: 0, close: (): void => {} };
  const server = createServer((near) => {
    const far = createConnection(Number(port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (data) => {
        if (from === far && proxy.cutAnswers > 0) {
          proxy.cutAnswers -= 1;
          from.destroy();
        } else to.write(data);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `redis://127.0.0.1:${(server.address() as { port: number }).port}`;
  proxy.close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return proxy;
}

describe('on Redis', { skip: missing ?? false }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.remove());

  const open = (more: Partial<RedisBusOptions> = {}): Promise<Bus> =>
    createRedisBus({
      ...{ url: server.url, prefix: randomUUID(), partitions: { 'stock-prices': 1, alerts: 1 } },
      ...{ clock: systemClock, log: silentLog, metrics: noMetrics },
      crash: (_, error) => {
        throw error;
      },
      ...more,
    });
  const raw = async (...command: readonly string[]): Promise<unknown> => {
    const client = createClient({ url: server.url });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand([...command]);
    } finally {
      client.destroy();
    }
  };

  busConformance(async () => {
    const crashes: unknown[] = [];
    const prefix = randomUUID();
    return {
      crashes,
      open: () =>
        open({ prefix, partitions: { 'stock-prices': 3, alerts: 2 }, crash: (_, error) => crashes.push(error) }),
      close: async () => {},
    };
  });

  test('an append whose answer was lost is sent again and is in the log once', async () => {
    const proxy = await startProxy(server.url);
    const bus = await open({ url: proxy.url });
    await publish(bus, 0);
    for (let n = 1; n <= 20; n++) {
      proxy.cutAnswers = 1;
      await publish(bus, n);
    }
    proxy.cutAnswers = 0;
    await publish(bus, 21);
    assert.deepEqual(
      await readAll(bus, 22),
      Array.from({ length: 22 }, (_, n) => n),
    );
    await bus.close();
    proxy.close();
  });

  test('a server that is killed and started again has all that was acknowledged, once, and readers read on', async () => {
    const bus = await open();
    const { seen, handler } = reader();
    const subscription = await bus.consume(TOPIC, 'g', handler);
    const heard: number[] = [];
    const tail = await bus.tail(TOPIC, ({ messages }) => heard.push(...messages.map(numberOf)));
    const total = 600;
    let acknowledged = 0;
    const publishing = (async () => {
      for (let n = 0; n < total; n++) {
        await publish(bus, n);
        acknowledged = n + 1;
      }
    })();
    for (const part of [0.2, 0.5, 0.8]) {
      await until(() => acknowledged >= total * part);
      await server.kill();
      await until(() => bus.health() !== null);
      await server.start();
    }
    await publishing;
    const expected = Array.from({ length: total }, (_, n) => n);
    await until(() => seen.length >= total && heard.length >= total);
    assert.deepEqual(seen, expected);
    assert.deepEqual(heard, expected);
    assert.equal(bus.health(), null);
    await tail.close();
    await subscription.close();
    await bus.close();
  });

  test('a server that hangs is found out; what was published meanwhile waits for it', async () => {
    const clock = new SimulatedClock();
    const bus = await open({ clock });
    await publish(bus, 0);
    server.pause();
    const published = publish(bus, 1);
    await until(() => clock.waiting > 2);
    await clock.advance(3_000);
    assert.match(bus.health() ?? '', /cannot be reached/);
    server.resume();
    await atRealPace(clock, published);
    assert.deepEqual(await readAll(bus, 2), [0, 1]);
    await bus.close();
    assert.equal(clock.waiting, 0);
  });

  test('the partitions of a member that is paused go to another; its commits and batches are over', async () => {
    const prefix = randomUUID();
    const stopped = new SimulatedClock();
    const paused = await open({ prefix, clock: stopped, leaseMs: 400 });
    const old = reader();
    const oldSubscription = await paused.consume(TOPIC, 'g', old.handler);
    await publish(paused, 1, 2, 3);
    await until(() => old.seen.length === 3);
    await paused.commit(TOPIC, 'g', 0, 1);

    const lively = await open({ prefix });
    const heir = reader();
    const subscription = await lively.consume(TOPIC, 'g', heir.handler);
    await until(() => heir.seen.length === 2);
    assert.deepEqual(heir.seen, [2, 3]);
    await paused.commit(TOPIC, 'g', 0, 3);
    assert.equal(await lively.lag(TOPIC, 'g'), 2, 'the late commit changed nothing');
    await lively.commit(TOPIC, 'g', 0, 2);
    assert.equal(await lively.lag(TOPIC, 'g'), 1);

    // It wakes up: first it notices that its lease is over, then that another has it.
    await stopped.advance(400);
    await publish(lively, 4);
    await until(() => heir.seen.length === 3 && old.trail.includes('revoked'));
    assert.deepEqual(old.seen, [1, 2, 3]);
    await subscription.close();
    await atRealPace(stopped, oldSubscription.close());
    await lively.close();
    await paused.close();
  });

  test('the log is trimmed to its size, never past what a group has not committed', async () => {
    const prefix = randomUUID();
    let rounds = 0;
    /** Only what is between two trimmings is short. */
    const clock: Clock = {
      now: systemClock.now,
      after(delayMs, task) {
        if (delayMs < 10_000) return systemClock.after(delayMs, task);
        rounds += 1;
        return systemClock.after(10, task);
      },
    };
    const bus = await open({ prefix, clock, keepMessages: 50 });
    const { handler } = reader();
    await (await bus.consume(TOPIC, 'slow', handler)).close();
    for (let n = 0; n < 100; n++) await publish(bus, n);
    const kept = async (): Promise<number> => {
      const from = rounds;
      await until(() => rounds > from + 1);
      return Number(await raw('XLEN', `${prefix}:log:${TOPIC}:0`));
    };
    const settled = async (size: number): Promise<void> => {
      while ((await kept()) !== size);
    };
    for (let i = 0; i < 3; i++) assert.equal(await kept(), 100, 'a group that has not committed holds the log');
    await bus.commit(TOPIC, 'slow', 0, 30);
    await settled(70);
    for (let i = 0; i < 3; i++) assert.equal(await kept(), 70);
    await bus.commit(TOPIC, 'slow', 0, 100);
    await settled(50);
    const tested = reader(60);
    const subscription = await bus.consume(TOPIC, 'slow', tested.handler);
    await until(() => tested.seen.length === 40);
    assert.equal(tested.seen[0], 60);
    await subscription.close();
    await bus.close();
  });

  test('a log that lost its end goes on after what a reader has seen: no offset comes twice', async () => {
    const said: string[] = [];
    const prefix = randomUUID();
    const bus = await open({ prefix, log: { ...silentLog, error: (_, message) => said.push(message) } });
    const { seen, handler } = reader(500);
    const subscription = await bus.consume(TOPIC, 'g', handler);
    assert.match(said[0] ?? '', /lost the end/);
    await publish(bus, 7);
    await until(() => seen.length === 1);
    await bus.commit(TOPIC, 'g', 0, 501);
    assert.equal(await bus.lag(TOPIC, 'g'), 0);
    await subscription.close();
    await bus.close();
  });

  test('groups that come from another bus at different places have nothing to wait for where there are no messages', async () => {
    const bus = await open({ prefix: randomUUID() });
    const [behind, ahead] = [reader(15), reader(16)];
    const subscriptions = [
      await bus.consume(TOPIC, 'record', behind.handler),
      await bus.consume(TOPIC, 'evaluate', ahead.handler),
    ];
    await bus.commit(TOPIC, 'record', 0, 15);
    assert.equal(await bus.lag(TOPIC, 'record'), 0);
    await publish(bus, 1, 2);
    assert.equal(await bus.lag(TOPIC, 'record'), 2);
    await until(() => behind.seen.length === 2 && ahead.seen.length === 2);
    await Promise.all(subscriptions.map((one) => one.close()));
    await bus.close();
  });

  test('two installations in two databases of one server hear nothing of each other', async () => {
    const prefix = randomUUID();
    const [one, other] = [await open({ prefix }), await open({ prefix, url: `${server.url}/1` })];
    const { seen, handler } = reader();
    const subscription = await one.consume(TOPIC, 'g', handler);
    await publish(other, ...Array.from({ length: 50 }, () => 0));
    // Who believed in an end beyond its own would pass over what comes next.
    for (let n = 1; n <= 5; n += 1) {
      await publish(one, n);
      await until(() => seen.length === n);
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    await subscription.close();
    await one.close();
    await other.close();
  });

  test('another number of partitions, and a server that keeps nothing, are refused', async () => {
    const prefix = randomUUID();
    const bus = await open({ prefix });
    await bus.close();
    await assert.rejects(open({ prefix, partitions: { 'stock-prices': 2, alerts: 1 } }), /1 partitions/);
    await raw('CONFIG', 'SET', 'appendonly', 'no');
    await assert.rejects(open(), /keeps nothing on disk/);
    await raw('CONFIG', 'SET', 'appendonly', 'yes');
    await assert.rejects(open({ url: 'redis://127.0.0.1:1' }), { code: 'bus-unavailable' });
    const cluster = await startRedis(['--cluster-enabled', 'yes']);
    await assert.rejects(open({ url: cluster.url }), /Redis Cluster/);
    await cluster.remove();
  });

  test('a closed bus refuses to publish, and has made durable what it took', async () => {
    const prefix = randomUUID();
    const bus = await open({ prefix });
    const published = publish(bus, 1);
    await bus.close();
    await published;
    await assert.rejects(publish(bus, 2), { code: 'not-ready' });
    const again = await open({ prefix });
    assert.deepEqual(await readAll(again, 1), [1]);
    await again.close();
  });
});
