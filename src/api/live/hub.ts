/**
 * Every open stream of this process: who reads, what they want, and what goes out to them. Prices go by `price-desk`,
 * triggers by each user's `trigger-feed`; changes of alerts and deliveries go out as they are heard.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Gauge, Metrics } from '#contracts/metrics.ts';
import type { TriggerStore } from '#contracts/store/triggers.ts';
import type { AlertEvent } from '#contracts/topics.ts';
import type { UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { alertEvent } from '../views/alert.ts';
import { deliveryView } from '../views/delivery.ts';
import { watchlistEvent } from '../views/watchlist.ts';
import { Frame, HEARTBEAT } from './frame.ts';
import type { MarketBoard } from './market-board.ts';
import { PriceDesk } from './price-desk.ts';
import type { Reader } from './reader.ts';
import { TriggerFeed } from './trigger-feed.ts';

/** Below the 30 s after which common proxies cut a silent connection. */
const HEARTBEAT_MS = 15_000;
/** Pings a WebSocket may leave unanswered. */
const MAX_UNANSWERED = 2;
/** Users looked after on each heartbeat though nothing was heard for them: the bus may lose a hint. */
const SWEPT_PER_HEARTBEAT = 200;

export interface HubOptions {
  readonly board: MarketBoard;
  readonly triggers: Pick<TriggerStore, 'after'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly windowMs: number;
  readonly maxConnectionsPerUser: number;
}

export class Hub {
  private readonly options: HubOptions;
  private readonly desk: PriceDesk;
  private readonly readers = new Set<Reader>();
  private readonly feeds = new Map<UserId, TriggerFeed>();
  private readonly connections = new Map<UserId, number>();
  private readonly openStreams: Gauge;
  private cancelHeartbeat: (() => void) | null = null;
  private sweepFrom = 0;
  private isStopped = false;

  constructor(options: HubOptions) {
    this.options = options;
    this.desk = new PriceDesk(options.board, options.clock, options.windowMs);
    this.openStreams = options.metrics.gauge({
      name: 'tocsin_streams_open',
      help: 'Live streams (SSE and WebSocket) that are open.',
    });
    this.heartbeat();
  }

  /** One of the user's connections is taken; the answer gives it back. */
  reserve(userId: UserId): () => void {
    if (this.isStopped) throw new Failure('not-ready', 'The program is stopping.');
    const open = this.connections.get(userId) ?? 0;
    const { maxConnectionsPerUser } = this.options;
    if (open >= maxConnectionsPerUser)
      throw new Failure(
        'rate-limited',
        `A user may hold ${maxConnectionsPerUser} streams (MAX_CONNECTIONS_PER_USER).`,
        {
          retryAfterMs: HEARTBEAT_MS,
        },
      );
    this.connections.set(userId, open + 1);
    return () => {
      const left = (this.connections.get(userId) ?? 1) - 1;
      if (left === 0) this.connections.delete(userId);
      else this.connections.set(userId, left);
    };
  }

  /** The newest prices at once, then triggers after the reader's cursor, then what happens. */
  join(reader: Reader, symbols: ReadonlySet<InstrumentSymbol> | null): void {
    this.readers.add(reader);
    this.openStreams.set(this.readers.size);
    this.desk.join(reader, symbols);
    let feed = this.feeds.get(reader.userId);
    if (feed === undefined) {
      feed = new TriggerFeed(reader.userId, this.options.triggers, this.options.clock, this.options.log);
      this.feeds.set(reader.userId, feed);
    }
    feed.readers.add(reader);
    void feed.run();
  }

  /** The reader wants other prices from now on. */
  watch(reader: Reader, symbols: ReadonlySet<InstrumentSymbol> | null): void {
    if (this.readers.has(reader)) this.desk.join(reader, symbols);
  }

  leave(reader: Reader): void {
    if (!this.readers.delete(reader)) return;
    this.openStreams.set(this.readers.size);
    this.desk.leave(reader);
    const feed = this.feeds.get(reader.userId);
    feed?.readers.delete(reader);
    if (feed?.readers.size === 0) this.feeds.delete(reader.userId);
  }

  /** A newer price is on the board. */
  priceMoved(symbol: InstrumentSymbol): void {
    this.desk.moved(symbol);
  }

  heard(event: AlertEvent): void {
    const feed = this.feeds.get(event.userId as UserId);
    if (feed === undefined) return;
    if (event.kind === 'trigger') {
      void feed.run();
      return;
    }
    const frame = frameOf(event, this.options.board);
    for (const reader of feed.readers) reader.send(frame.as(reader.transport));
  }

  /** Closes every stream; clients come back to the next process. */
  stop(): void {
    this.isStopped = true;
    this.cancelHeartbeat?.();
    this.desk.stop();
    for (const reader of [...this.readers]) reader.close('the program is stopping');
  }

  private heartbeat(): void {
    this.cancelHeartbeat = this.options.clock.after(HEARTBEAT_MS, () => {
      this.desk.catchUp();
      for (const reader of [...this.readers]) {
        if (reader.isGone(this.options.clock.now())) reader.close('too slow');
        else if (reader.transport === 'ws' && ++reader.unanswered > MAX_UNANSWERED) reader.close('no answer');
        else reader.send(HEARTBEAT[reader.transport]);
      }
      void this.sweep();
      this.heartbeat();
    });
  }

  private async sweep(): Promise<void> {
    const feeds = [...this.feeds.values()];
    const from = this.sweepFrom < feeds.length ? this.sweepFrom : 0;
    this.sweepFrom = from + SWEPT_PER_HEARTBEAT;
    for (const feed of feeds.slice(from, this.sweepFrom)) await feed.run();
  }
}

function frameOf(event: Exclude<AlertEvent, { kind: 'trigger' }>, board: MarketBoard): Frame {
  switch (event.kind) {
    case 'alert':
      return new Frame('alert', () => alertEvent(event.alert, event.deleted === true, board));
    case 'delivery':
      return new Frame('delivery', () => deliveryView(event.delivery));
    case 'watchlist':
      return new Frame('watchlist', () => watchlistEvent(event.list, event.deleted === true));
  }
}
