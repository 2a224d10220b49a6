/**
 * What the source has to say, in order, one thing at a time: the next is said when the one before was answered. Ticks
 * that wait for their turn go out together.
 */
import type { SourceEvents } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';

/** Ticks handed on at once. */
const BATCH_TICKS = 1000;

type Item =
  | { readonly kind: 'tick'; readonly tick: Tick }
  | { readonly kind: 'history'; readonly ticks: readonly Tick[] }
  | {
      readonly kind: 'gap';
      readonly symbol: InstrumentSymbol;
      readonly from: number;
      readonly to: number;
      readonly reason: string;
    };

export class Outbox {
  private readonly events: SourceEvents;
  private readonly onRoom: () => void;
  private readonly onFailure: (error: unknown) => void;
  private items: Item[] = [];
  private closed = false;
  private busy = false;
  private working: Promise<void> = Promise.resolve();

  constructor(events: SourceEvents, onRoom: () => void, onFailure: (error: unknown) => void) {
    this.events = events;
    this.onRoom = onRoom;
    this.onFailure = onFailure;
  }

  /** Things that wait. */
  get size(): number {
    return this.items.length;
  }

  put(...items: readonly Item[]): void {
    if (this.closed) return;
    this.items.push(...items);
    if (this.busy) return;
    this.busy = true;
    this.working = this.work();
  }

  /** Says nothing more; resolves when what is being said was answered. */
  async close(): Promise<void> {
    this.closed = true;
    this.items = [];
    await this.working;
  }

  private async work(): Promise<void> {
    // The turn of the loop lets the frames of one read of the socket gather.
    await new Promise<void>((resume) => setImmediate(resume));
    try {
      while (this.items.length > 0 && !this.closed) {
        await this.say(this.items[0] as Item);
        if (!this.closed) this.onRoom();
      }
    } catch (error) {
      this.closed = true;
      this.onFailure(error);
    }
    this.busy = false;
  }

  private async say(first: Item): Promise<void> {
    if (first.kind !== 'tick') {
      this.items.shift();
      if (first.kind === 'gap') await this.events.gap(first.symbol, first.from, first.to, first.reason);
      else await this.events.history(first.ticks);
      return;
    }
    const ticks: Tick[] = [];
    for (const item of this.items) {
      if (item.kind !== 'tick' || ticks.length === BATCH_TICKS) break;
      ticks.push(item.tick);
    }
    this.items.splice(0, ticks.length);
    await this.events.emit(ticks);
  }
}
