/**
 * Prices on their way to readers. Ticks of one window go out together, the newest of each symbol once; each price is
 * encoded once a transport and the bytes of a window once an audience. A reader that is behind gets the newest of all
 * when it has caught up, never a queue. A private series goes to its owner only.
 */
import type { Clock } from '#contracts/clock.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { priceEvent } from '../views/price.ts';
import { Audience, audienceKey } from './audience.ts';
import { Frame } from './frame.ts';
import type { MarketBoard } from './market-board.ts';
import type { Reader } from './reader.ts';

export class PriceDesk {
  private readonly board: MarketBoard;
  private readonly clock: Clock;
  private readonly windowMs: number;
  private readonly audiences = new Map<string, Audience>();
  private readonly audienceOf = new Map<Reader, Audience>();
  /** Who wants a symbol, apart from those who want all. */
  private readonly bySymbol = new Map<InstrumentSymbol, Set<Audience>>();
  private readonly latest = new Map<InstrumentSymbol, Frame>();
  private readonly changed = new Set<InstrumentSymbol>();
  private readonly behind = new Set<Reader>();
  private cancelWindow: (() => void) | null = null;

  constructor(board: MarketBoard, clock: Clock, windowMs: number) {
    this.board = board;
    this.clock = clock;
    this.windowMs = windowMs;
  }

  /** The board has a newer price of this symbol. */
  moved(symbol: InstrumentSymbol): void {
    this.latest.delete(symbol);
    if (this.audienceOf.size === 0) return;
    this.changed.add(symbol);
    this.cancelWindow ??= this.clock.after(this.windowMs, () => this.flush());
  }

  /** Sends the newest prices and from now on every window. */
  join(reader: Reader, symbols: ReadonlySet<InstrumentSymbol> | null): void {
    this.leave(reader);
    const key = audienceKey(reader.transport, symbols);
    let audience = this.audiences.get(key);
    if (audience === undefined) {
      audience = new Audience(reader.transport, symbols);
      this.audiences.set(key, audience);
      for (const symbol of symbols ?? []) {
        const wanting = this.bySymbol.get(symbol) ?? new Set();
        this.bySymbol.set(symbol, wanting.add(audience));
      }
    }
    audience.readers.add(reader);
    this.audienceOf.set(reader, audience);
    this.sendSnapshot(reader, audience);
  }

  leave(reader: Reader): void {
    const audience = this.audienceOf.get(reader);
    if (audience === undefined) return;
    this.audienceOf.delete(reader);
    this.behind.delete(reader);
    audience.readers.delete(reader);
    if (audience.readers.size > 0) return;
    this.audiences.delete(audienceKey(audience.transport, audience.symbols));
    for (const symbol of audience.symbols ?? []) {
      const wanting = this.bySymbol.get(symbol);
      wanting?.delete(audience);
      if (wanting?.size === 0) this.bySymbol.delete(symbol);
    }
  }

  /** Readers that were behind and have caught up get what they missed. */
  catchUp(): void {
    for (const reader of this.behind) {
      const audience = this.audienceOf.get(reader);
      if (audience === undefined) this.behind.delete(reader);
      else if (reader.isIdle) {
        this.behind.delete(reader);
        reader.behindSince = null;
        this.sendSnapshot(reader, audience);
      }
    }
  }

  stop(): void {
    this.cancelWindow?.();
    this.cancelWindow = null;
  }

  private flush(): void {
    this.cancelWindow = null;
    const touched = new Set<Audience>();
    const forAll = [...this.audiences.values()].filter(({ symbols }) => symbols === null);
    for (const symbol of this.changed) {
      const frame = this.frame(symbol);
      const owner = this.board.ownerOf(symbol);
      if (frame === undefined || owner === undefined) continue;
      for (const audience of this.bySymbol.get(symbol) ?? []) touched.add(audience).size && audience.add(frame);
      if (owner === null) for (const audience of forAll) touched.add(audience).size && audience.add(frame);
      else this.sendToOwner(owner, forAll, frame);
    }
    this.changed.clear();
    for (const audience of touched) {
      const bytes = audience.takeWindow();
      for (const reader of audience.readers) this.sendPrices(reader, bytes);
    }
    this.catchUp();
  }

  private sendToOwner(owner: string, forAll: readonly Audience[], frame: Frame): void {
    for (const { readers, transport } of forAll)
      for (const reader of readers) if (reader.userId === owner) this.sendPrices(reader, frame.as(transport));
  }

  private sendSnapshot(reader: Reader, audience: Audience): void {
    this.sendPrices(
      reader,
      audience.snapshot(() => this.frames(audience.symbols ?? this.board.sharedSymbols())),
    );
    if (audience.symbols !== null) return;
    for (const frame of this.frames(this.board.privateOf(reader.userId)))
      this.sendPrices(reader, frame.as(reader.transport));
  }

  private sendPrices(reader: Reader, bytes: Buffer): void {
    if (bytes.length > 0 && !reader.sendPrices(bytes, this.clock.now())) this.behind.add(reader);
  }

  private *frames(symbols: Iterable<InstrumentSymbol>): Generator<Frame> {
    for (const symbol of symbols) {
      const frame = this.frame(symbol);
      if (frame !== undefined) yield frame;
    }
  }

  private frame(symbol: InstrumentSymbol): Frame | undefined {
    const known = this.latest.get(symbol);
    if (known !== undefined) return known;
    const tick = this.board.tick(symbol);
    if (tick === undefined) return undefined;
    const frame = new Frame('price', () => priceEvent(tick));
    this.latest.set(symbol, frame);
    return frame;
  }
}
