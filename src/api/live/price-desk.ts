/**
 * Prices on their way to readers. Ticks of one window go out together, the newest of each symbol once; each price is
 * encoded once a transport and the bytes of a window once an audience. A reader that is behind gets the newest of what
 * it missed when it has room, never a queue; a new reader begins by being behind with everything, so its snapshot goes
 * the same way. A private series goes to its owner only.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Counter, Metrics } from '#contracts/metrics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { priceEvent } from '../views/price.ts';
import type { Audience, Topic } from './audience.ts';
import { Frame, type Transport } from './frame.ts';
import type { MarketBoard } from './market-board.ts';
import { PriceWindow } from './price-window.ts';
import type { Reader } from './reader.ts';
import { type Round, Slices } from './slices.ts';

/** Most bytes of prices in one write: a reader with room never has to take more than this at once. */
const PIECE_BYTES = 16 * 1024;
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
  private readonly slices = new Slices(() => {
    for (const window of this.windows.values()) if (window.isDue) this.flush(window);
  });
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
    this.slices.stop();
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
    window.isDue = this.slices.isBusy;
    // Those under way come first; until then newer prices take the place of older ones.
    if (window.isDue) return;
    const touched: Audience[] = [];
    for (const moved of window.moved) {
      const topic = moved as PriceTopic;
      const owner = this.board.ownerOf(topic.symbol);
      if (owner === undefined) continue;
      for (const audience of window.wantingOf(topic)) if (audience.add(topic)) touched.push(audience);
      if (owner === null) for (const audience of window.forAll) audience.add(topic) && touched.push(audience);
      else
        for (const reader of this.readersOf(owner))
          if (reader.audience !== null && window.forAll.includes(reader.audience)) {
            reader.fallBehind().add(topic.number);
            this.pump(reader);
          }
    }
    window.moved.clear();
    this.slices.add(this.roundOf(touched));
  }

  /**
   * The window's prices to all of these audiences, a reader a step; a long window goes out in pieces. From the last
   * reader to the first: one who leaves meanwhile gives its place to one who has been served, and one who comes has its
   * snapshot.
   */
  private roundOf(touched: readonly Audience[]): Round {
    let turn = 0;
    let [from, to, sent] = [0, 0, 0];
    let place = -1;
    let bytes: Buffer = NOTHING;
    return () => {
      while (place < 0) {
        const audience = touched[turn];
        if (audience === undefined) return false;
        if (to > 0) this.bytes.add(sent * bytes.length, { transport: audience.transport });
        from = to;
        if (from >= audience.window.length) {
          audience.endWindow();
          turn += 1;
          [to, sent] = [0, 0];
        } else {
          [bytes, to] = this.piece(audience, from);
          sent = 0;
          place = audience.readers.length - 1;
        }
      }
      const { readers, window } = touched[turn] as Audience;
      const reader = readers[place];
      place -= 1;
      if (reader === undefined) return true;
      if (reader.offer(bytes)) sent += 1;
      else this.mark(reader, window, from, to);
      return true;
    };
  }

  /** The window's next prices that fit into one write; one alone is its own bytes. */
  private piece({ window, transport }: Audience, from: number): [bytes: Buffer, to: number] {
    const first = this.encoded(window[from] as PriceTopic, transport);
    const parts = [first];
    let { length } = first;
    let to = from + 1;
    for (; to < window.length && length < PIECE_BYTES; to += 1) {
      const part = this.encoded(window[to] as PriceTopic, transport);
      parts.push(part);
      length += part.length;
    }
    return [parts.length === 1 ? first : Buffer.concat(parts, length), to];
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
