import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createConnection, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect } from 'amqplib';
import { systemClock } from '#adapters/host/clock.ts';
import { busConformance } from '#contracts/bus.conformance.ts';
import type { Bus, ConsumerHandler, StoredMessage } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { type RabbitServer, rabbitMissing, startRabbit } from '../../../../test/support/rabbit.ts';
import { atRealPace, SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { openTestStore } from '../../../../test/support/store.ts';
import { MAX_ENTRY_MESSAGES } from './offsets.ts';
import { createRabbitBus, type RabbitBusOptions } from './rabbit-bus.ts';

const missing = rabbitMissing();
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
  const offsets: number[] = [];
  const trail: string[] = [];
  const handler: ConsumerHandler<PriceEvent> = {
    async assigned() {
      trail.push('assigned');
      return startAt;
    },
    async batch({ messages }) {
      seen.push(...messages.map(numberOf));
      offsets.push(...messages.map(({ offset }) => offset));
    },
    async revoked() {
      trail.push('revoked');
    },
  };
  return { seen, offsets, trail, handler };
}

async function readAll(bus: Bus, enough: number, startAt?: number) {
  const all = reader(startAt);
  const subscription = await bus.consume(TOPIC, randomUUID(), all.handler);
  await until(() => all.seen.length >= enough);
  await subscription.close();
  return all;
}

const CONFIRMED = Buffer.from([0, 60, 0, 80]);

/** Passes everything on, and can cut a connection after the server did its work and before it says so. */
async function startProxy(target: string) {
  const { port } = new URL(target);
  const sockets = new Set<Socket>();
  const proxy = { url: '', cutConfirmations: 0, close: (): void => {} };
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
        if (from === far && proxy.cutConfirmations > 0 && data.includes(CONFIRMED)) {
          proxy.cutConfirmations -= 1;
          from.destroy();
        } else to.write(data);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `amqp://guest:guest@127.0.0.1:${(server.address() as { port: number }).port}`;
  proxy.close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return proxy;
}

describe('on RabbitMQ', { skip: missing ?? false }, () => {
  let server: RabbitServer;
  before(async () => {
    server = await startRabbit();
  });
  after(() => server.remove());

  /** Buses of one installation: streams of one prefix, one store. */
  async function installation() {
    const store = await openTestStore();
    const prefix = randomUUID();
    const open = (more: Partial<RabbitBusOptions> = {}): Promise<Bus> =>
      createRabbitBus({
        ...{ url: server.url, prefix, partitions: { 'stock-prices': 1, alerts: 1 }, leases: store.busLeases },
        ...{ oneAtATime: store.database.oneAtATime, clock: systemClock, log: silentLog, metrics: noMetrics },
        crash: (_, error) => {
          throw error;
        },
        ...more,
      });
    return { store, prefix, open, close: () => store.close() };
  }
  const withInstallation = async (
    task: (one: Awaited<ReturnType<typeof installation>>) => Promise<void>,
  ): Promise<void> => {
    const one = await installation();
    await task(one);
    await one.close();
  };

  busConformance(async () => {
    const crashes: unknown[] = [];
    const { open, close } = await installation();
    return {
      crashes,
      open: () => open({ partitions: { 'stock-prices': 3, alerts: 2 }, crash: (_, error) => crashes.push(error) }),
      close,
    };
  });

  test('an append whose confirmation was lost is sent again and is read once, from wherever reading begins', () =>
    withInstallation(async ({ open }) => {
      const proxy = await startProxy(server.url);
      const bus = await open({ url: proxy.url });
      await publish(bus, 0);
      for (let n = 1; n <= 10; n++) {
        proxy.cutConfirmations = 1;
        await publish(bus, n);
        assert.equal(proxy.cutConfirmations, 0, 'a confirmation was cut off');
      }
      await publish(bus, 11);
      const expected = Array.from({ length: 12 }, (_, n) => n);
      const { seen, offsets } = await readAll(bus, 12);
      assert.deepEqual(seen, expected);
      // Behind the entry of the first of two: that the second is a repetition is found by looking back.
      for (const [n, offset] of offsets.slice(0, -1).entries())
        assert.deepEqual((await readAll(bus, 11 - n, offset + MAX_ENTRY_MESSAGES)).seen, expected.slice(n + 1));
      await bus.close();
      proxy.close();
    }));

  test('whichever of two comes first, the other is dropped', () =>
    withInstallation(async ({ prefix, open }) => {
      const bus = await open();
      const model = await connect(server.url);
      const channel = await model.createConfirmChannel();
      for (const [at, type] of [[1], [2, 'again'], [2], [3, 'again'], [4]] as const) {
        const body = Buffer.from(JSON.stringify([['K', { kind: 'clock', at }]]));
        channel.sendToQueue(`${prefix}.${TOPIC}.0`, body, { messageId: `producer ${at}`, ...(type && { type }) });
      }
      await channel.waitForConfirms();
      await model.close();
      assert.deepEqual((await readAll(bus, 4)).seen, [1, 2, 3, 4]);
      await bus.close();
    }));

  test('a server that is killed and started again has all that was confirmed, once, and readers read on', () =>
    withInstallation(async ({ open }) => {
      const bus = await open();
      const { seen, handler } = reader();
      const subscription = await bus.consume(TOPIC, 'g', handler);
      const heard: number[] = [];
      const tail = await bus.tail(TOPIC, ({ messages }) => heard.push(...messages.map(numberOf)));
      const total = 600;
      let confirmed = 0;
      const publishing = (async () => {
        for (let n = 0; n < total; n++) {
          await publish(bus, n);
          confirmed = n + 1;
        }
      })();
      for (const part of [0.3, 0.7]) {
        await until(() => confirmed >= total * part);
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
    }));

  test('a server that hangs is found out; what was published meanwhile waits for it', () =>
    withInstallation(async ({ open }) => {
      const clock = new SimulatedClock();
      const bus = await open({ clock });
      await publish(bus, 0);
      server.pause();
      const published = publish(bus, 1);
      await until(() => clock.waiting > 0);
      await clock.advance(5_000);
      assert.match(bus.health() ?? '', /cannot be reached/);
      server.resume();
      await atRealPace(clock, published);
      assert.deepEqual((await atRealPace(clock, readAll(bus, 2))).seen, [0, 1]);
      await bus.close();
      assert.equal(clock.waiting, 0);
    }));

  test('the partitions of a member that is paused go to another; its commits and batches are over', () =>
    withInstallation(async ({ open }) => {
      const stopped = new SimulatedClock();
      const paused = await open({ clock: stopped, leaseMs: 400 });
      const old = reader();
      const oldSubscription = await paused.consume(TOPIC, 'g', old.handler);
      await publish(paused, 1);
      await publish(paused, 2);
      await publish(paused, 3);
      await until(() => old.seen.length === 3);
      await paused.commit(TOPIC, 'g', 0, (old.offsets[0] ?? 0) + 1);

      const lively = await open();
      const heir = reader();
      const subscription = await lively.consume(TOPIC, 'g', heir.handler);
      await until(() => heir.seen.length === 2);
      assert.deepEqual(heir.seen, [2, 3]);
      await paused.commit(TOPIC, 'g', 0, (old.offsets[2] ?? 0) + 1);
      assert.equal(await lively.lag(TOPIC, 'g'), 2, 'the late commit changed nothing');
      await lively.commit(TOPIC, 'g', 0, (heir.offsets[0] ?? 0) + 1);
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
    }));

  test('a log that lost its end goes on after what a reader has seen; one that is gone begins anew', () =>
    withInstallation(async ({ prefix, open }) => {
      const said: string[] = [];
      const bus = await open({ log: { ...silentLog, error: (_, message) => said.push(message) } });
      await publish(bus, 1);
      const [first = 0] = (await readAll(bus, 1)).offsets;
      const lost = first + 20 * MAX_ENTRY_MESSAGES;
      const ahead = reader(lost);
      const subscription = await bus.consume(TOPIC, 'ahead', ahead.handler);
      await until(() => said.length > 0);
      assert.match(said[0] ?? '', /lost the end/);
      while (ahead.seen.length === 0) await publish(bus, 7);
      assert.ok((ahead.offsets[0] ?? 0) >= lost);
      await subscription.close();
      await bus.close();

      const model = await connect(server.url);
      const channel = await model.createChannel();
      await channel.deleteQueue(`${prefix}.${TOPIC}.0`);
      await model.close();
      const again = await open();
      await publish(again, 8);
      const anew = await readAll(again, 1, ahead.offsets.at(-1));
      assert.deepEqual(anew.seen, [8]);
      assert.ok((anew.offsets[0] ?? 0) > (ahead.offsets.at(-1) ?? 0));
      await again.close();
    }));

  test('a stream that is removed while the program runs is said, and what was published waits', () =>
    withInstallation(async ({ prefix, open }) => {
      const bus = await open();
      const model = await connect(server.url);
      const channel = await model.createChannel();
      await channel.deleteQueue(`${prefix}.${TOPIC}.0`);
      await model.close();
      const published = publish(bus, 1);
      await until(() => bus.health() !== null);
      assert.match(bus.health() ?? '', /is not there/);
      // Another that starts makes it again.
      const other = await open();
      await published;
      assert.deepEqual((await readAll(bus, 1)).seen, [1]);
      assert.equal(bus.health(), null);
      await other.close();
      await bus.close();
    }));

  test('another number of partitions, and a server that is not there, are refused', () =>
    withInstallation(async ({ open }) => {
      await (await open()).close();
      await assert.rejects(open({ partitions: { 'stock-prices': 2, alerts: 1 } }), /1 partitions/);
      await assert.rejects(open({ url: 'amqp://127.0.0.1:1' }), { code: 'bus-unavailable' });
    }));

  test('a closed bus refuses to publish, and has made durable what it took', () =>
    withInstallation(async ({ open }) => {
      const bus = await open();
      const published = publish(bus, 1);
      await bus.close();
      await published;
      await assert.rejects(publish(bus, 2), { code: 'not-ready' });
      const again = await open();
      assert.deepEqual((await readAll(again, 1)).seen, [1]);
      await again.close();
    }));
});
