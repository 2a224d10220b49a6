import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createConnection, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '#adapters/host/clock.ts';
import { busConformance } from '#contracts/bus.conformance.ts';
import type { Bus, ConsumerHandler, StoredMessage } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import {
  type Door,
  GUEST,
  type KafkaServer,
  kafkaMissing,
  startKafka,
  USER,
  type Way,
} from '../../../../test/support/kafka.ts';
import { permitGroups } from '../../../../test/support/kafka-permission.ts';
import { createKafkaBus, type KafkaBusOptions } from './kafka-bus.ts';

const TOPIC = 'stock-prices';
const numberOf = ({ value }: StoredMessage<PriceEvent>): number => (value.kind === 'clock' ? value.at : -1);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function until(enough: () => boolean): Promise<void> {
  while (!enough()) await new Promise((resolve) => setTimeout(resolve, 1));
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
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
  const read = reader(startAt);
  const subscription = await bus.consume(TOPIC, randomUUID(), read.handler);
  await until(() => read.seen.length >= enough);
  await subscription.close();
  return read;
}

/** Passes everything on; it can cut connections before the server's answer comes, and hold everything back. */
async function startProxy({ ways }: KafkaServer) {
  const [{ port, behindProxy }] = (ways[0] as Way).doors as [Door];
  const sockets = new Set<Socket>();
  let cuts = 0;
  let isHeld = false;
  const server = createServer((near) => {
    const far = createConnection(behindProxy, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      if (isHeld) from.pause();
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (data) => {
        if (from === far && cuts > 0) {
          cuts -= 1;
          from.destroy();
        } else to.write(data);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `kafka://127.0.0.1:${port}`,
    cut(count: number): void {
      cuts = count;
    },
    hold(): void {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    letGo(): void {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    close(): void {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('on Kafka', { skip: kafkaMissing() ?? false }, () => {
  let server: KafkaServer;
  before(async () => {
    server = await startKafka({ secure: true });
  });
  after(() => server.remove());

  const openAt = (url: string, more: Partial<KafkaBusOptions> = {}): Promise<Bus> =>
    createKafkaBus({
      ...{ url, partitions: { 'stock-prices': 1, alerts: 1 }, clock: systemClock, log: silentLog, metrics: noMetrics },
      crash: (_, error) => {
        throw error;
      },
      ...more,
    });
  const open = (prefix: string, more: Partial<KafkaBusOptions> = {}): Promise<Bus> =>
    openAt(`${server.url}?prefix=${prefix}`, more);

  busConformance(async () => {
    const crashes: unknown[] = [];
    const prefix = randomUUID();
    const partitions = { 'stock-prices': 3, alerts: 2 };
    return {
      crashes,
      open: () => open(prefix, { partitions, crash: (_, error) => crashes.push(error) }),
      close: async () => {},
    };
  });

  test('messages whose acknowledgement was lost are sent again and are in the log once', async () => {
    const proxy = await startProxy(server);
    const bus = await openAt(`${proxy.url}?prefix=${randomUUID()}`);
    await publish(bus, 0);
    for (let n = 1; n <= 10; n++) {
      proxy.cut(1);
      await publish(bus, n);
    }
    proxy.cut(0);
    await publish(bus, 11);
    assert.deepEqual((await readAll(bus, 12)).seen, upTo(12));
    await bus.close();
    proxy.close();
  });

  test('a member that was cut off loses its partitions; its commits are over, and it reads no more', async () => {
    const proxy = await startProxy(server);
    const prefix = randomUUID();
    const cutOff = await openAt(`${proxy.url}?prefix=${prefix}`);
    const lively = await open(prefix);
    const old = reader();
    const oldSubscription = await cutOff.consume(TOPIC, 'g', old.handler);
    await publish(lively, 1, 2, 3);
    await until(() => old.seen.length === 3);
    const [first = 0] = old.offsets;
    await cutOff.commit(TOPIC, 'g', 0, first + 1);

    const heir = reader();
    const subscription = await lively.consume(TOPIC, 'g', heir.handler);
    proxy.hold();
    const late = cutOff.commit(TOPIC, 'g', 0, first + 3);
    await until(() => heir.seen.length >= 2);
    assert.deepEqual(heir.seen, [2, 3]);
    proxy.letGo();
    await late;
    assert.equal(await lively.lag(TOPIC, 'g'), 2, 'the late commit changed nothing');
    await lively.commit(TOPIC, 'g', 0, first + 2);
    assert.equal(await lively.lag(TOPIC, 'g'), 1);
    await until(() => old.trail.includes('revoked'));
    await publish(lively, 4);
    await until(() => heir.seen.includes(4));
    assert.deepEqual(old.seen, [1, 2, 3]);
    await subscription.close();
    await oldSubscription.close();
    await lively.close();
    await cutOff.close();
    proxy.close();
  });

  test('a broker that is killed or hangs is waited for: all that was acknowledged is there once, readers read on', async () => {
    const bus = await open(randomUUID());
    const read = reader();
    const subscription = await bus.consume(TOPIC, 'g', read.handler);
    const heard: number[] = [];
    const tail = await bus.tail(TOPIC, ({ messages }) => heard.push(...messages.map(numberOf)));
    const [broker] = server.nodes;
    const total = 400;
    let acknowledged = 0;
    const publishing = (async () => {
      for (let n = 0; n < total; n++) {
        await publish(bus, n);
        acknowledged = n + 1;
      }
    })();
    await until(() => acknowledged > 100);
    await broker?.kill();
    await until(() => bus.health() !== null);
    assert.match(bus.health() ?? '', /Kafka cannot be reached/);
    await broker?.start();
    await until(() => acknowledged > 250);
    broker?.pause();
    await until(() => bus.health() !== null);
    broker?.resume();
    await publishing;
    await until(() => new Set(read.seen).size >= total && heard.length >= total);
    // A broker that was away for longer than a member may be silent gives it its place anew, at its last commit.
    assert.deepEqual([...new Set(read.seen)], upTo(total));
    assert.deepEqual(heard, upTo(total));
    await until(() => bus.health() === null);
    await tail.close();
    await subscription.close();
    await bus.close();
  });

  test('a slow reader holds back what is fetched for it, and gets all of it', async () => {
    const bus = await open(randomUUID());
    const total = 45_000;
    for (let from = 0; from < total; from += 5_000) await publish(bus, ...upTo(5_000).map((n) => from + n));
    const read = reader();
    let batches = 0;
    const subscription = await bus.consume(TOPIC, 'g', {
      ...read.handler,
      async batch(batch) {
        batches += 1;
        assert.ok(batch.messages.length <= 10_000);
        // Long enough for everything to be here, if nothing held it back.
        if (batches === 1) for (let i = 0; i < 2_000; i++) await turn();
        await read.handler.batch(batch);
      },
    });
    await until(() => read.seen.length >= total);
    assert.deepEqual(read.seen, upTo(total));
    await subscription.close();
    await bus.close();
  });

  test('large messages come in batches that are small by their bytes, and one that is larger still by itself', async () => {
    const bus = await open(randomUUID());
    const lengths = [...Array.from({ length: 60 }, () => 200_000), 3_000_000, 10];
    for (const [from, length] of lengths.entries()) {
      const value = {
        kind: 'gap',
        symbol: 'K' as InstrumentSymbol,
        from,
        to: from + 1,
        reason: 'x'.repeat(length),
      } as const;
      await bus.publish(TOPIC, [{ key: 'K', value }]);
    }
    const seen: number[] = [];
    const subscription = await bus.consume(TOPIC, 'g', {
      ...reader().handler,
      async batch({ messages }) {
        // Long enough for more to come than one batch may be.
        for (let i = 0; i < 200; i++) await turn();
        const values = messages.flatMap(({ value }) => (value.kind === 'gap' ? value : []));
        const bytes = values.reduce((sum, { reason }) => sum + reason.length, 0);
        assert.ok(values.length === 1 || bytes <= 2 * 1024 * 1024, `${values.length} messages of ${bytes} bytes`);
        seen.push(...values.map(({ from }) => from));
      },
    });
    await until(() => seen.length >= lengths.length);
    assert.deepEqual(seen, upTo(lengths.length));
    await subscription.close();
    await bus.close();
  });

  test('over TLS with a password; a wrong one is refused and not repeated', async () => {
    const { port, certificate } = server.secure as NonNullable<KafkaServer['secure']>;
    const at = (password: string, prefix: string): string =>
      `kafkas://${USER.name}:${encodeURIComponent(password)}@127.0.0.1:${port}?sasl=plain&ca=${certificate}&prefix=${prefix}`;
    const bus = await openAt(at(USER.password, randomUUID()));
    await publish(bus, 0);
    assert.deepEqual((await readAll(bus, 1)).seen, [0]);
    await bus.close();
    await assert.rejects(openAt(at('not the password', randomUUID())), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'bus-unavailable');
      assert.doesNotMatch(error.message, /not the password/);
      assert.match(error.message, /Authentication failed/, 'why, not just that it cannot be reached');
      return true;
    });
  });

  test('who may not be in a group says so instead of reading nothing, and reads as soon as it may', async () => {
    const { port, certificate } = server.secure as NonNullable<KafkaServer['secure']>;
    const prefix = randomUUID();
    const anonymous = Number(new URL(server.url).port);
    await permitGroups(anonymous, prefix, USER.name);
    const bus = await openAt(
      `kafkas://${GUEST.name}:${GUEST.password}@127.0.0.1:${port}?sasl=plain&ca=${certificate}&prefix=${prefix}`,
    );
    await publish(bus, 1);
    const read = reader();
    await bus.consume(TOPIC, 'g', read.handler);
    await until(() => bus.health() !== null);
    assert.match(bus.health() ?? '', /not read: the group .*g: .*authorization/);
    await permitGroups(anonymous, prefix, GUEST.name);
    await until(() => read.seen.length > 0 && bus.health() === null);
    assert.deepEqual(read.seen, [1]);
    await bus.close();
  });

  test('offsets go on after those of the bus before, and of a log that was made earlier', async () => {
    const [one, two] = [await open(randomUUID()), await open(randomUUID())];
    await publish(one, 1);
    await publish(two, 1, 2);
    const [earlier, later] = [await readAll(one, 1), await readAll(two, 2, 123_456)];
    assert.deepEqual(later.seen, [1, 2], 'what the store knows of another bus is before the beginning');
    assert.ok((later.offsets[0] ?? 0) > (earlier.offsets.at(-1) ?? 0));
    await one.close();
    await two.close();
  });

  test('a log that ends before what was read is refused', async () => {
    const prefix = randomUUID();
    const crashes: unknown[] = [];
    const bus = await open(prefix, { crash: (_, error) => crashes.push(error) });
    await publish(bus, 1);
    const { offsets } = await readAll(bus, 1);
    await bus.consume(TOPIC, 'g', reader((offsets[0] ?? 0) + 1_000).handler);
    await until(() => crashes.length > 0);
    assert.match(String(crashes[0]), /lost acknowledged messages/);
    await bus.close();
  });

  test('another number of partitions, and a server that is not there, are refused', async () => {
    const prefix = randomUUID();
    await (await open(prefix)).close();
    await assert.rejects(open(prefix, { partitions: { 'stock-prices': 2, alerts: 1 } }), /has 1 partitions/);
    await assert.rejects(openAt('kafka://127.0.0.1:1'), { code: 'bus-unavailable' });
  });

  test('a closed bus refuses to publish, and has made durable what it took', async () => {
    const prefix = randomUUID();
    const bus = await open(prefix);
    const published = publish(bus, 1);
    await bus.close();
    await published;
    await assert.rejects(publish(bus, 2), { code: 'not-ready' });
    const again = await open(prefix);
    assert.deepEqual((await readAll(again, 1)).seen, [1]);
    await again.close();
  });
});
