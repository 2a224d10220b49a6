/**
 * Prices on their way to readers. Ticks of one window go out together, the newest of each symbol once; each price is
 * encoded once a transport and the bytes of a window once an audience (`price-queue`). A reader that is behind gets the
 * newest of what it missed when it has room, never a queue; a new reader begins by being behind with everything, so its
 * snapshot goes the same way. A private series goes to its owner only.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Counter, Metrics } from '#contracts/metrics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { priceEvent } from '../views/price.ts';
import type { Topic } from './audience.ts';
import { Frame, type Transport } from './frame.ts';
import type { MarketBoard } from './market-board.ts';
import { PIECE_BYTES, PriceQueue } from './price-queue.ts';
import { PriceWindow } from './price-window.ts';
import type { Reader } from './reader.ts';

/** How soon a reader that was behind is looked at again. */
const CATCH_UP_MS = 50;
/** Longer windows are rounded up to whole steps of this, so that there are never more than 150 timers. */
const WINDOW_STEP_MS = 50;

/** What a reader wants: these symbols (null for all), gathered for so long. */
export interface Wish {
  readonly symbols: ReadonlySet<InstrumentSymbol> | null;
  readonly windowMs: number;
}

export interface PriceDeskOptions {
  readonly board: MarketBoard;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly readersOf: (userId: string) => Iterable<Reader>;
}

interface PriceTopic extends Topic {
  readonly symbol: InstrumentSymbol;
}

export class PriceDesk {
  private readonly board: MarketBoard;
  private readonly clock: Clock;
  private readonly readersOf: PriceDeskOptions['readersOf'];
  private readonly topics = new Map<InstrumentSymbol, PriceTopic>();
  private readonly byNumber: PriceTopic[] = [];
  private readonly windows = new Map<number, PriceWindow>();
  private readonly behind = new Set<Reader>();
  private readonly conflated: Counter;
  private readonly bytes: Counter;
  private readonly queue: PriceQueue;
  private cancelCatchUp: (() => void) | null = null;

  constructor({ board, clock, metrics, readersOf }: PriceDeskOptions) {
    this.board = board;
    this.clock = clock;
    this.readersOf = readersOf;
    this.conflated = metrics.counter({
      name: 'tocsin_stream_conflated_total',
      help: 'Prices that a slow reader did not get because a newer one took their place.',
    });
    this.bytes = metrics.counter({
      name: 'tocsin_stream_price_bytes_total',
      help: 'Bytes of prices written to live streams.',
      labels: ['transport'],
    });
    this.queue = new PriceQueue({
      encoded: (topic, transport) => this.encoded(topic as PriceTopic, transport),
      postpone: (reader, topics, from, to) => this.mark(reader, topics, from, to),
      count: (bytes, transport) => this.bytes.add(bytes, { transport }),
    });
  }

  /** The board has a newer price of this symbol. */
  moved(symbol: InstrumentSymbol): void {
    const topic = this.topics.get(symbol);
    if (topic !== undefined) topic.frame = null;
    if (this.windows.size === 0) return;
    const moved = topic ?? this.topicOf(symbol);
    for (const window of this.windows.values()) window.add(moved);
  }

  /** Sends the newest prices and from now on every window; `opening` is said before, in the same write. */
  join(reader: Reader, { symbols, windowMs }: Wish, opening: Buffer = NOTHING): void {
    this.leave(reader);
    const topics =
      symbols === null
        ? null
        : [...symbols].map((symbol) => this.topicOf(symbol)).sort((one, other) => one.number - other.number);
    this.window(windowMs).join(reader, topics);
    const marks = reader.fallBehind();
    for (const symbol of symbols ?? this.board.sharedSymbols()) marks.add(this.topicOf(symbol).number);
    if (symbols === null)
      for (const symbol of this.board.privateOf(reader.userId)) marks.add(this.topicOf(symbol).number);
    this.pump(reader, opening);
  }

  leave(reader: Reader): void {
    this.behind.delete(reader);
    reader.marks = null;
    const { audience } = reader;
    if (audience === null) return;
    const window = this.window(audience.windowMs);
    window.leave(reader, audience);
    if (window.isEmpty) this.windows.delete(window.ms);
  }

  stop(): void {
    for (const window of this.windows.values()) window.stop();
    this.queue.stop();
    this.cancelCatchUp?.();
    this.cancelCatchUp = null;
  }

  private window(wantedMs: number): PriceWindow {
    const step = wantedMs > WINDOW_STEP_MS ? WINDOW_STEP_MS : 1;
    const ms = Math.ceil(wantedMs / step) * step;
    let window = this.windows.get(ms);
    if (window === undefined) {
      window = new PriceWindow(ms, this.clock, (due) => this.flush(due));
      this.windows.set(ms, window);
    }
    return window;
  }

  private topicOf(symbol: InstrumentSymbol): PriceTopic {
    let topic = this.topics.get(symbol);
    if (topic === undefined) {
      topic = { symbol, number: this.byNumber.length, frame: null };
      this.topics.set(symbol, topic);
      this.byNumber.push(topic);
    }
    return topic;
  }

  private flush(window: PriceWindow): void {
    for (const moved of window.moved) {
      const topic = moved as PriceTopic;
      const owner = this.board.ownerOf(topic.symbol);
      if (owner === undefined) continue;
      for (const audience of window.wantingOf(topic)) this.queue.add(audience, topic);
      if (owner === null) for (const audience of window.forAll) this.queue.add(audience, topic);
      else
        for (const reader of this.readersOf(owner))
          if (reader.audience !== null && window.forAll.includes(reader.audience)) {
            reader.fallBehind().add(topic.number);
            this.pump(reader);
          }
    }
    window.moved.clear();
    this.queue.begin();
  }

  private mark(reader: Reader, topics: readonly Topic[], from: number, to: number): void {
    const marks = reader.fallBehind();
    let replaced = 0;
    for (let index = from; index < to; index += 1) if (!marks.add((topics[index] as Topic).number)) replaced += 1;
    if (replaced > 0) this.conflated.add(replaced);
    this.wait(reader);
  }

  /** Sends what is marked as far as there is room, after `opening`. */
  private pump(reader: Reader, opening: Buffer = NOTHING): void {
    const { marks, transport } = reader;
    if (marks === null) return;
    let before = opening;
    while ((!marks.isEmpty || before.length > 0) && reader.hasRoom && !reader.isClosed) {
      const parts: Buffer[] = [before];
      let { length } = before;
      while (!marks.isEmpty && length < PIECE_BYTES) {
        const bytes = this.encoded(this.byNumber[marks.take()] as PriceTopic, transport);
        parts.push(bytes);
        length += bytes.length;
      }
      if (length === 0) continue;
      reader.write(Buffer.concat(parts, length));
      this.bytes.add(length - before.length, { transport });
      before = NOTHING;
      reader.newestSince = this.queue.piece;
    }
    if (marks.isEmpty) {
      reader.marks = null;
      this.behind.delete(reader);
    } else this.wait(reader);
  }

  private wait(reader: Reader): void {
    this.behind.add(reader);
    this.cancelCatchUp ??= this.clock.after(CATCH_UP_MS, () => {
      this.cancelCatchUp = null;
      for (const waiting of [...this.behind])
        if (waiting.hasRoom) this.pump(waiting);
        else this.wait(waiting);
    });
  }

  /** Empty where the symbol has no price yet. */
  private encoded(topic: PriceTopic, transport: Transport): Buffer {
    if (topic.frame === null) {
      const tick = this.board.tick(topic.symbol);
      if (tick === undefined) return NOTHING;
      topic.frame = new Frame('price', () => priceEvent(tick));
    }
    return topic.frame.as(transport);
  }
}

const NOTHING = Buffer.alloc(0);
