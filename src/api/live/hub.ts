/**
 * Every open stream of this process: who reads, what they want, and what goes out to them. Prices go by `price-desk`,
 * triggers by each user's `trigger-feed`; changes of alerts and deliveries go out as they are heard.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Counter, Gauge, Metrics } from '#contracts/metrics.ts';
import type { DeliveryStore } from '#contracts/store/deliveries.ts';
import type { TriggerStore } from '#contracts/store/triggers.ts';
import type { News } from '#contracts/topics.ts';
import type { UserId } from '#domain/alert/alert.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { alertEvent } from '../views/alert.ts';
import { deliveryView } from '../views/delivery.ts';
import { watchlistEvent } from '../views/watchlist.ts';
import { DeliveryReplay } from './delivery-replay.ts';
import { encode, Frame, farewell, type Transport } from './frame.ts';
import { Heartbeat } from './heartbeat.ts';
import type { MarketBoard } from './market-board.ts';
import { type PlaceLimits, Places } from './places.ts';
import { PriceDesk, type Wish } from './price-desk.ts';
import type { Reader } from './reader.ts';
import type { StartPlace } from './subscription.ts';
import { TriggerFeed } from './trigger-feed.ts';

/** Users looked after on each beat though nothing was heard for them: the bus may lose a hint. */
const SWEPT_PER_BEAT = 4;

/** When the program stops: the first come back after this, and so many a second until all are there again. */
const FIRST_BACK_MS = 1000;
const MIN_SPREAD_MS = 1000;
const COME_BACK_PER_SECOND = 2500;

export interface HubOptions extends PlaceLimits {
  readonly board: MarketBoard;
  readonly triggers: Pick<TriggerStore, 'after'>;
  readonly deliveries: Pick<DeliveryStore, 'changedAfter'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class Hub {
  private readonly options: HubOptions;
  private readonly desk: PriceDesk;
  private readonly places: Places;
  private readonly heartbeat: Heartbeat;
  private readonly feeds = new Map<UserId, TriggerFeed>();
  private readonly open: Record<Transport, number> = { sse: 0, ws: 0 };
  private readonly openStreams: Gauge;
  private readonly closedStreams: Counter;
  private sweeping: Iterator<TriggerFeed> | null = null;
  private isStopped = false;

  constructor(options: HubOptions) {
    const { board, clock, metrics } = options;
    this.options = options;
    this.places = new Places(options, metrics);
    this.desk = new PriceDesk({
      ...{ board, clock, metrics },
      readersOf: (userId) => this.feeds.get(userId as UserId)?.readers ?? [],
    });
    this.heartbeat = new Heartbeat(clock, () => this.sweep());
    this.openStreams = metrics.gauge({
      name: 'tocsin_streams_open',
      help: 'Live streams that are open.',
      labels: ['transport'],
    });
    this.closedStreams = metrics.counter({
      name: 'tocsin_streams_closed_total',
      help: 'Live streams that ended, and why.',
      labels: ['reason'],
    });
    for (const transport of ['sse', 'ws'] as const) this.openStreams.set(0, { transport });
  }

  /** Streams that are open. */
  get streams(): number {
    return this.open.sse + this.open.ws;
  }

  /** One of the places is taken; the answer gives it back. */
  reserve(userId: UserId, address: string): () => void {
    if (this.isStopped) throw new Failure('not-ready', 'The program is stopping.');
    const giveBack = this.places.take(userId, address);
    const feed = this.feedOf(userId);
    feed.expected += 1;
    return () => {
      giveBack();
      feed.expected -= 1;
      this.dropIfUnused(feed);
    };
  }

  /** `opening` and the newest prices at once, then triggers and deliveries that were missed, then what happens. */
  join(reader: Reader, wish: Wish, { missesTriggers, missesDeliveries }: StartPlace, opening?: Buffer): void {
    this.heartbeat.add(reader);
    this.count(reader.transport, 1);
    this.desk.join(reader, wish, opening);
    const feed = this.feedOf(reader.userId);
    feed.readers.add(reader);
    if (missesTriggers || feed.heardSeq > reader.cursor) void feed.run();
    if (missesDeliveries || feed.heardChangeAt >= reader.toldUntil) {
      const { deliveries, clock, log } = this.options;
      reader.replay = new DeliveryReplay({ reader, deliveries, clock, log, tell: tellDelivery }, reader.toldUntil);
      void reader.replay.run();
    }
    // It was let in just before.
    if (this.isStopped) reader.close('stopping');
  }

  /** The reader wants other prices from now on. */
  watch(reader: Reader, wish: Wish): void {
    if (!reader.isClosed) this.desk.join(reader, wish);
  }

  leave(reader: Reader): void {
    this.heartbeat.remove(reader);
    this.count(reader.transport, -1);
    this.closedStreams.add(1, { reason: reader.closedFor ?? 'gone' });
    this.desk.leave(reader);
    const feed = this.feeds.get(reader.userId);
    if (feed === undefined) return;
    feed.readers.delete(reader);
    this.dropIfUnused(feed);
  }

  /** A newer price is on the board. */
  priceMoved(symbol: InstrumentSymbol): void {
    this.desk.moved(symbol);
  }

  heard(event: News): void {
    const feed = this.feeds.get(event.userId as UserId);
    if (feed === undefined) return;
    if (event.kind === 'trigger') {
      feed.heardSeq = Math.max(feed.heardSeq, event.seq);
      void feed.run();
      return;
    }
    if (event.kind === 'delivery') {
      feed.heardChangeAt = this.options.clock.now();
      for (const reader of feed.readers)
        if (reader.replay === null) tellDelivery(reader, event.delivery);
        else reader.replay.hold(event.delivery);
      return;
    }
    const frame = frameOf(event, this.options.board);
    for (const reader of feed.readers) reader.send(frame.as(reader.transport));
  }

  /** Ends every stream; each client is told its own time to come back, so that not all come at once. */
  stop(): void {
    this.isStopped = true;
    this.heartbeat.stop();
    this.desk.stop();
    const readers = this.heartbeat.all();
    const spreadMs = MIN_SPREAD_MS + (readers.length * 1000) / COME_BACK_PER_SECOND;
    for (const reader of readers) {
      const retryMs = Math.round(FIRST_BACK_MS + this.options.random() * spreadMs);
      reader.send(farewell(reader.transport, 'stopping', retryMs));
      reader.close('stopping');
    }
  }

  /** Those that have not ended by themselves. */
  cut(): void {
    for (const reader of this.heartbeat.all()) reader.cut();
  }

  private feedOf(userId: UserId): TriggerFeed {
    let feed = this.feeds.get(userId);
    if (feed === undefined) {
      feed = new TriggerFeed(userId, this.options.triggers, this.options.clock, this.options.log);
      this.feeds.set(userId, feed);
    }
    return feed;
  }

  private dropIfUnused(feed: TriggerFeed): void {
    if (feed.readers.size === 0 && feed.expected === 0) this.feeds.delete(feed.userId);
  }

  private count(transport: Transport, by: number): void {
    this.open[transport] += by;
    this.openStreams.set(this.open[transport], { transport });
  }

  private sweep(): void {
    for (let n = 0; n < SWEPT_PER_BEAT; n += 1) {
      this.sweeping ??= this.feeds.values();
      const { value, done } = this.sweeping.next();
      if (done === true) {
        this.sweeping = null;
        return;
      }
      void value.run();
    }
  }
}

function tellDelivery(reader: Reader, delivery: Delivery): void {
  reader.toldUntil = Math.max(reader.toldUntil, delivery.updatedAt);
  reader.send(encode(reader.transport, 'delivery', JSON.stringify(deliveryView(delivery)), reader.eventId));
}

function frameOf(event: Exclude<News, { kind: 'trigger' | 'delivery' }>, board: MarketBoard): Frame {
  switch (event.kind) {
    case 'alert':
      return new Frame('alert', () => alertEvent(event.alert, event.deleted === true, board));
    case 'watchlist':
      return new Frame('watchlist', () => watchlistEvent(event.list, event.deleted === true));
  }
}
