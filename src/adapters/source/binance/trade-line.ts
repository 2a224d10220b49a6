/**
 * The trades of one pair in the order of their ids, which rise by one: what comes twice is dropped, what comes too early
 * is held until the hole before it is filled or given up. Pure.
 */
import type { Trade } from './trade-frame.ts';

export interface TradeMark {
  readonly id: number;
  readonly at: number;
}

/** Trades that were not seen, between two that were. */
export interface Hole {
  readonly after: TradeMark;
  readonly fromId: number;
  readonly toId: number;
  readonly until: Trade;
}

/** Sizes remembered of the last trades, to take them out of an aggregate that overlaps them. */
const SIZES_REMEMBERED = 200;

export class TradeLine {
  private last: TradeMark | null;
  private held: Trade[] = [];
  private readonly sizes = new Map<number, number>();

  constructor(last: TradeMark | null) {
    this.last = last;
  }

  /** The trades that are next now, in order: none where this one is a repeat or comes too early. */
  offer(trade: Trade): readonly Trade[] {
    if (this.last === null || trade.id === this.last.id + 1) return this.take([trade]);
    if (trade.id <= this.last.id) return [];
    let place = this.held.length;
    while (place > 0 && (this.held[place - 1] as Trade).id > trade.id) place -= 1;
    if (this.held[place - 1]?.id !== trade.id) this.held.splice(place, 0, trade);
    return [];
  }

  get holding(): number {
    return this.held.length;
  }

  get hole(): Hole | null {
    const until = this.held[0];
    if (until === undefined || this.last === null) return null;
    return { after: this.last, fromId: this.last.id + 1, toId: until.id - 1, until };
  }

  /** The hole is filled or given up: the answer is what was held behind it. */
  pass(): readonly Trade[] {
    const until = this.held[0];
    if (until === undefined) return [];
    this.last = { id: until.id - 1, at: until.at };
    return this.take([]);
  }

  /** The size of the seen trades with these ids; undefined where one is not remembered. */
  sizeOf(fromId: number, toId: number): number | undefined {
    let sum = 0;
    for (let id = fromId; id <= toId; id += 1) {
      const size = this.sizes.get(id) ?? this.held.find((trade) => trade.id === id)?.volume;
      if (size === undefined) return undefined;
      sum += size;
    }
    return sum;
  }

  private take(next: Trade[]): readonly Trade[] {
    let id = next.at(-1)?.id ?? this.last?.id ?? 0;
    let count = 0;
    while (this.held[count] !== undefined && (this.held[count] as Trade).id <= id + 1) {
      const trade = this.held[count] as Trade;
      if (trade.id === id + 1) {
        next.push(trade);
        id = trade.id;
      }
      count += 1;
    }
    this.held.splice(0, count);
    for (const trade of next) this.sizes.set(trade.id, trade.volume);
    for (const old of this.sizes.keys()) {
      if (this.sizes.size <= SIZES_REMEMBERED) break;
      this.sizes.delete(old);
    }
    const newest = next.at(-1);
    if (newest !== undefined) this.last = { id: newest.id, at: newest.at };
    return next;
  }
}
