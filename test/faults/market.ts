/**
 * The prices that go in and, worked out from them by plain comparison, the triggers that must come out.
 *
 * Every instrument goes up and down, each at another moment, so that triggers come evenly; alerts stand on levels that are
 * crossed both ways and fire each time. All others stand far away.
 */
export interface Price {
  readonly symbol: string;
  readonly price: number;
  /** ms UTC; rises with every price of its symbol. */
  readonly at: number;
  readonly sequence: number;
}

export interface Line {
  readonly symbol: string;
  readonly condition: string;
  readonly level: number;
  readonly isUp: boolean;
}

export const SYMBOLS: readonly string[] = Array.from({ length: 40 }, (_, i) => `COIN${String(i).padStart(2, '0')}`);
/** Prices of one instrument from one low to the next. */
const WAVE = 240;
const LOW = 100;
const HIGH = 104;

function priceAt(symbol: number, step: number): number {
  const place = ((step + Math.floor((symbol * WAVE) / SYMBOLS.length)) % WAVE) / WAVE;
  const height = place < 0.5 ? place * 2 : 2 - place * 2;
  // A little of its own at every step, so that no two look alike.
  return Number((LOW + (HIGH - LOW) * height + (step % 7) * 0.001).toFixed(4));
}

export const LINES: readonly Line[] = SYMBOLS.flatMap((symbol) =>
  [101, 103].flatMap((level) =>
    [true, false].map((isUp) => ({
      ...{ symbol, level, isUp },
      condition: `price crosses ${isUp ? 'above' : 'below'} ${level}`,
    })),
  ),
);
/** Never reached. */
export const FAR = 100_000;

export class Market {
  /** All that was made, in order. */
  readonly made: Price[] = [];
  readonly #lastAt = new Map<string, number>();
  #step = 0;

  /** One price of the next instrument in turn. */
  next(now: number): Price {
    const index = this.#step % SYMBOLS.length;
    const symbol = SYMBOLS[index] as string;
    const sequence = Math.floor(this.#step / SYMBOLS.length);
    const at = Math.max(now, (this.#lastAt.get(symbol) ?? 0) + 1);
    this.#lastAt.set(symbol, at);
    this.#step += 1;
    const price = { symbol, price: priceAt(index, sequence), at, sequence };
    this.made.push(price);
    return price;
  }

  /** When each line was crossed by so many prices, by its index; the first price of each symbol is where it starts. */
  crossings(prices: number): readonly (readonly number[])[] {
    const bySymbol = Map.groupBy(this.made.slice(0, prices), ({ symbol }) => symbol);
    return LINES.map(({ symbol, level, isUp }) => {
      const times: number[] = [];
      for (const [i, { price, at }] of (bySymbol.get(symbol) ?? []).entries()) {
        const before = bySymbol.get(symbol)?.[i - 1]?.price;
        if (before === undefined) continue;
        if (isUp ? before < level && price >= level : before > level && price <= level) times.push(at);
      }
      return times;
    });
  }
}
