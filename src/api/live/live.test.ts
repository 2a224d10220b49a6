/**
 * Readers of every speed: prices are conflated and skipped for the slow, triggers never lost, memory bounded.
 */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { StoredTrigger } from '#contracts/store/triggers.ts';
import type { UserId } from '#domain/alert/alert.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { SimulatedClock, settle } from '../../../test/support/simulated-clock.ts';
import { Hub } from './hub.ts';
import { MarketBoard } from './market-board.ts';
import { Reader } from './reader.ts';

const USER = 'user' as UserId;
const WINDOW_MS = 50;
const ROOM_BYTES = 64 * 1024;

/** A socket whose far end reads only when told to. */
class FarEnd extends Writable {
  readonly heard: string[] = [];
  private held: (() => void)[] = [];
  isReading: boolean;

  constructor(isReading: boolean) {
    super({ highWaterMark: 16 * 1024 });
    this.isReading = isReading;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.heard.push(chunk.toString());
    if (this.isReading) done();
    else this.held.push(done);
  }

  readOn(): void {
    this.isReading = true;
    for (const done of this.held.splice(0)) done();
  }

  events(name: string): { symbol: string; price: number; seq: number }[] {
    return [...this.heard.join('').matchAll(/event: (\w+)\ndata: (.*)\n\n/g)]
      .filter(([, event]) => event === name)
      .map(([, , data]) => JSON.parse(data as string));
  }
}

async function market(symbols: readonly string[], triggers: StoredTrigger[] = [], deliveries: Delivery[] = []) {
  const clock = new SimulatedClock();
  const instruments = symbols.map(
    (symbol) => ({ symbol, ownerId: null, aliases: [], calendar: '24/7' }) as unknown as Instrument,
  );
  const board = new MarketBoard(
    { instruments: { all: async () => instruments }, prices: { latest: async () => [] } } as never,
    () => clock.now(),
    silentLog,
  );
  await board.load();
  const hub = new Hub({
    ...{ board, clock, log: silentLog, metrics: noMetrics, random: () => 0.5 },
    ...{ maxConnections: 6, maxConnectionsPerUser: 3, maxConnectionsPerAddress: 4 },
    deliveries: {
      changedAfter: async (_user, { at, id }, limit) =>
        deliveries
          .filter((one) => one.updatedAt > at || (one.updatedAt === at && one.id > id))
          .sort((a, b) => a.updatedAt - b.updatedAt || (a.id < b.id ? -1 : 1))
          .slice(0, limit),
    },
    triggers: {
      after: async (_user, seq, limit) => triggers.filter((trigger) => trigger.seq > seq).slice(0, limit),
    },
  });
  const closed: string[] = [];
  return {
    clock,
    hub,
    closed,
    join(
      isReading: boolean,
      wanted: readonly string[] | null = null,
      cursor = 0,
      windowMs = WINDOW_MS,
      since: number | null = null,
    ) {
      const socket = new FarEnd(isReading);
      const place = { cursor, toldUntil: since ?? clock.now(), missesTriggers: true, missesDeliveries: since !== null };
      const reader = new Reader({
        ...{ userId: USER, transport: 'sse', socket, place, roomBytes: ROOM_BYTES, now: clock.now() },
        close: (reason) => {
          closed.push(reason);
          hub.leave(reader);
        },
      });
      hub.join(reader, { symbols: wanted === null ? null : new Set(wanted as InstrumentSymbol[]), windowMs }, place);
      return { socket, reader };
    },
    tick(symbol: string, price: number, more = '') {
      const tick: Tick = {
        symbol: symbol as InstrumentSymbol,
        price,
        at: clock.now(),
        receivedAt: clock.now(),
        source: `s${more}`,
      };
      if (board.take(tick)) hub.priceMoved(tick.symbol);
    },
  };
}

const trigger = (seq: number, text = ''): StoredTrigger =>
  ({ id: `a.${seq}`, seq, userId: USER, message: text, leaves: [] }) as unknown as StoredTrigger;

test('whatever ticks come, each reader ends with the newest price of what it watches, once a window', async () => {
  const symbol = fc.constantFrom('A', 'B', 'C');
  const move = fc.record({
    symbol,
    price: fc.integer({ min: 1, max: 1000 }),
    pauseMs: fc.constantFrom(0, 0, 0, 20, 80),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 60 }), async (moves) => {
      const { clock, hub, join, tick } = await market(['A', 'B', 'C']);
      const all = join(true);
      const some = join(true, ['B', 'C']);
      const newest = new Map<string, number>();
      let windows = 1;
      for (const { symbol, price, pauseMs } of moves) {
        tick(symbol, price);
        newest.set(symbol, price);
        await clock.advance(pauseMs);
        windows += pauseMs / WINDOW_MS + 1;
      }
      await clock.advance(WINDOW_MS);
      const late = join(true, ['A']);
      for (const [{ socket }, wanted] of [
        [all, 'ABC'],
        [some, 'BC'],
        [late, 'A'],
      ] as const) {
        const last = new Map(socket.events('price').map(({ symbol, price }) => [symbol, price]));
        assert.deepEqual([...last].sort(), [...newest].filter(([symbol]) => wanted.includes(symbol)).sort());
        assert.ok(socket.heard.length <= windows);
      }
      hub.stop();
    }),
    { numRuns: 60 },
  );
});

test('a slow reader gets the newest when it has caught up, and never more than its room', async () => {
  const { clock, hub, join, tick } = await market(['A', 'B']);
  const slow = join(false);
  const quick = join(true);
  const filler = 'x'.repeat(20_000);
  for (let n = 1; n <= 200; n += 1) {
    tick('A', n, filler);
    await clock.advance(WINDOW_MS);
  }
  assert.equal(quick.socket.events('price').length, 200);
  assert.ok(slow.socket.writableLength <= ROOM_BYTES, String(slow.socket.writableLength));
  slow.socket.readOn();
  await settle();
  tick('B', 7);
  await clock.advance(2 * WINDOW_MS);
  const prices = slow.socket.events('price');
  assert.ok(prices.length < 30);
  assert.deepEqual(
    prices
      .slice(-2)
      .map(({ price }) => price)
      .sort(),
    [200, 7].sort(),
  );
  hub.stop();
});

test('a reader that never reads is closed, and its place is free', async () => {
  const { clock, hub, join, tick, closed } = await market(['A']);
  join(false);
  const filler = 'x'.repeat(50_000);
  for (let n = 1; n <= 20; n += 1) {
    tick('A', n, filler);
    await clock.advance(WINDOW_MS);
  }
  await clock.advance(90_000);
  assert.deepEqual(closed, ['too slow']);
  hub.stop();
});

test('what must not be lost is queued up to a limit, then the reader is closed to come back', async () => {
  const { hub, join, closed } = await market([]);
  const { socket } = join(false);
  const alert = { id: 'a', condition: 'price > 1', message: 'x'.repeat(10_000), channelIds: [], cooldownMs: 1 };
  for (let n = 0; n < 200; n += 1) hub.heard({ kind: 'alert', userId: USER, alert: alert as never });
  assert.deepEqual(closed, ['too slow']);
  assert.ok(socket.writableLength <= ROOM_BYTES);
  socket.readOn();
  assert.match(socket.heard.join(''), /\n\nretry: \d+\nevent: closing\ndata: {"reason":"too slow",.*}\n\n$/);
  hub.stop();
});

test('a long past is sent at the reader’s pace, whole and in order, to each from where it was', async () => {
  const past = Array.from({ length: 3000 }, (_, n) => trigger(n + 1, 'x'.repeat(1000)));
  const { clock, hub, join, closed } = await market([], past);
  const slow = join(false);
  const from = join(true, null, 2500);
  await clock.advance(1000);
  assert.ok(slow.socket.writableLength <= ROOM_BYTES);
  slow.socket.readOn();
  await clock.advance(1000);
  assert.deepEqual(
    slow.socket.events('trigger').map(({ seq }) => seq),
    past.map(({ seq }) => seq),
  );
  assert.deepEqual(
    from.socket.events('trigger').map(({ seq }) => seq),
    past.slice(2500).map(({ seq }) => seq),
  );
  assert.deepEqual(closed, []);
  hub.stop();
});

test('deliveries that changed while a client was away come as they are, then what is heard', async () => {
  const delivery = (id: number, updatedAt: number, text = ''): Delivery =>
    ({ id: `d${id}`, userId: USER, updatedAt, attempts: [{ detail: text }] }) as unknown as Delivery;
  const stored = Array.from({ length: 500 }, (_, n) => delivery(n, 100_000 + n, 'x'.repeat(1000)));
  const { clock, hub, join, closed } = await market([], [], stored);
  const slow = join(false, [], 0, WINDOW_MS, 100_250);
  const news = delivery(7, 200_000);
  await settle();
  hub.heard({ kind: 'delivery', userId: USER, delivery: news });
  await clock.advance(1000);
  assert.ok(slow.socket.writableLength <= ROOM_BYTES);
  slow.socket.readOn();
  await clock.advance(2000);
  const told = [...slow.socket.heard.join('').matchAll(/id: (\S+)\nevent: delivery\ndata: {"id":"(\w+)"/g)];
  assert.deepEqual(
    told.map(([, , id]) => id),
    [...stored, news].map(({ id }) => id),
  );
  assert.equal(told.at(-1)?.[1], '0.200000');
  assert.deepEqual(closed, []);
  const fresh = join(true);
  await settle();
  assert.ok(!fresh.socket.heard.join('').includes('event: delivery'));
  hub.stop();
});

test('what changes while a client is on its way in is told to it', async () => {
  const stored: Delivery[] = [];
  const { clock, hub, join } = await market([], [], stored);
  const release = hub.reserve(USER, 'a');
  await clock.advance(1);
  const delivery = { id: 'd1', userId: USER, updatedAt: clock.now(), attempts: [] } as unknown as Delivery;
  stored.push(delivery);
  hub.heard({ kind: 'delivery', userId: USER, delivery });
  const { socket } = join(true);
  await settle();
  assert.match(socket.heard.join(''), /event: delivery\ndata: {"id":"d1"/);
  release();
  hub.stop();
});

test('a hint that was lost costs a moment, not a trigger', async () => {
  const stored: StoredTrigger[] = [];
  const { clock, hub, join } = await market([], stored);
  const { socket } = join(true);
  await clock.advance(1000);
  stored.push(trigger(1));
  await clock.advance(15_000);
  assert.deepEqual(
    socket.events('trigger').map(({ seq }) => seq),
    [1],
  );
  hub.stop();
});

test('there are so many places in all, of a user and from an address, and no more', async () => {
  const { hub } = await market([]);
  const releases = ['a', 'a', 'b'].map((address) => hub.reserve(USER, address));
  assert.throws(() => hub.reserve(USER, 'c'), { code: 'rate-limited', message: /MAX_CONNECTIONS_PER_USER/ });
  hub.reserve('second' as UserId, 'a');
  hub.reserve('second' as UserId, 'a');
  assert.throws(() => hub.reserve('third' as UserId, 'a'), { message: /MAX_CONNECTIONS_PER_ADDRESS/ });
  releases[0]?.();
  hub.reserve('third' as UserId, 'a');
  hub.reserve('third' as UserId, 'd');
  assert.throws(() => hub.reserve('fourth' as UserId, 'e'), { code: 'overloaded', message: /MAX_CONNECTIONS\)/ });
  hub.stop();
  assert.throws(() => hub.reserve(USER, 'f'), { code: 'not-ready' });
});

test('a client chooses how long its ticks are gathered; 0 sends each', async () => {
  const { clock, hub, join, tick } = await market(['A']);
  const each = join(true, null, 0, 0);
  const calm = join(true, null, 0, 1000);
  for (let price = 1; price <= 100; price += 1) {
    tick('A', price);
    await clock.advance(20);
  }
  await clock.advance(1000);
  const prices = ({ socket }: { socket: FarEnd }): number[] => socket.events('price').map(({ price }) => price);
  assert.deepEqual(
    prices(each),
    Array.from({ length: 100 }, (_, n) => n + 1),
  );
  assert.equal(prices(calm).length, 2);
  assert.equal(prices(calm).at(-1), 100);
  hub.stop();
});

test('a market that does not fit into one write goes out whole, to each in the order it came to stand', async () => {
  const symbols = Array.from({ length: 700 }, (_, n) => `S${n}`);
  const { clock, hub, join, tick } = await market(symbols);
  const early = join(true);
  for (const symbol of symbols) tick(symbol, 1, 'x'.repeat(100));
  const middle = join(true);
  await clock.advance(WINDOW_MS);
  const late = join(true);
  for (const [{ socket }, times] of [
    [early, 1],
    [middle, 2],
    [late, 1],
  ] as const) {
    const heard = socket.events('price').map(({ symbol }) => symbol);
    assert.equal(heard.length, times * symbols.length);
    assert.deepEqual(new Set(heard), new Set(symbols));
    assert.ok(socket.heard.every((bytes) => bytes.length < 20_000));
  }
  hub.stop();
});

test('the first words, held back, go out with the first prices, and a long snapshot does not wait', async () => {
  const symbols = Array.from({ length: 700 }, (_, n) => `S${n}`);
  const { clock, hub, tick } = await market(symbols);
  for (const symbol of symbols) tick(symbol, 1, 'x'.repeat(100));
  const socket = new FarEnd(true);
  const place = { cursor: 0, toldUntil: clock.now(), missesTriggers: false, missesDeliveries: false };
  const reader = new Reader({
    ...{ userId: USER, transport: 'sse', socket, place, roomBytes: ROOM_BYTES, now: clock.now() },
    close: () => {},
  });
  socket.cork();
  socket.write('welcome ');
  hub.join(reader, { symbols: null, windowMs: WINDOW_MS }, place, Buffer.from('to all\n\n'));
  assert.match(socket.heard.slice(0, 2).join(''), /^welcome to all\n\nevent: price/);
  assert.equal(socket.events('price').length, symbols.length);
  hub.stop();
});

test('a round to very many is broken off for others, and nobody is left out, whoever comes and goes meanwhile', async () => {
  const { clock, hub, join, tick } = await market(['A', 'B']);
  const readers = Array.from({ length: 20_000 }, () => join(true, ['A', 'B']));
  tick('A', 1);
  await clock.advance(WINDOW_MS);
  // While the round is under way: a newer price, one who leaves, one who comes.
  tick('B', 2);
  hub.leave(readers[100]?.reader as Reader);
  readers.splice(100, 1);
  readers.push(join(true, ['A', 'B']));
  await clock.advance(WINDOW_MS);
  const newest = (): number => readers.filter(({ socket }) => socket.heard.join('').includes('"price":2')).length;
  while (newest() < readers.length) await settle();
  assert.ok(readers.every(({ socket }) => socket.heard.join('').includes('"price":1')));
  hub.stop();
});

test('a price never goes back, also for one who comes while a round is under way and takes a seat in it', async () => {
  const { clock, hub, join, tick } = await market(['A']);
  const readers = Array.from({ length: 20_000 }, () => join(true, ['A']));
  tick('A', 1);
  await clock.advance(WINDOW_MS);
  tick('A', 2);
  const late = join(true, ['A']);
  // The last takes the seat of the one who goes, where the round has not been.
  hub.leave(readers[0]?.reader as Reader);
  tick('A', 3);
  await clock.advance(2 * WINDOW_MS);
  const prices = (): number[] => late.socket.events('price').map(({ price }) => price);
  while (!prices().includes(3)) await clock.advance(WINDOW_MS);
  assert.deepEqual([...prices()].sort(), prices());
  hub.stop();
});

test('when the program stops, each reader is told another time to come back', async () => {
  const { hub, join, closed } = await market([]);
  const { socket } = join(true);
  hub.stop();
  assert.deepEqual(closed, ['stopping']);
  const [, retry] =
    /retry: (\d+)\nevent: closing\ndata: {"reason":"stopping","retryMs":\1}/.exec(socket.heard.join('')) ?? [];
  assert.ok(Number(retry) >= 1000);
});
