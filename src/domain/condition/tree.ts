/**
 * The tree of a condition: what the parser makes, the printer writes, the checker judges and the engine runs.
 * Plain JSON: it can be stored and sent. Printing a tree gives its canonical text; parsing that gives the same tree.
 *
 * A leaf is a *state* (true or false at every tick) or an *event* (true only at the tick at which it happens).
 */

/** A number that follows an instrument. */
export type Signal =
  | { readonly kind: 'price' }
  /** The size of the last trade. */
  | { readonly kind: 'volume' }
  /** 100 * (now / then - 1), then = the last price at or before now - windowMs; unknown until one is that old. */
  | { readonly kind: 'change'; readonly windowMs: number }
  | { readonly kind: 'abs'; readonly of: Signal }
  /** Traded in the bar that is being made: `volume(5m)`. */
  | { readonly kind: 'bar-volume'; readonly barMs: number }
  /** The highest or lowest price of the last `windowMs`, or of all that is known where it is null: `high(52w)`. */
  | { readonly kind: 'extreme'; readonly of: 'high' | 'low'; readonly windowMs: number | null }
  /** Of the trading day: its first price, the last one of the day before, and from that to this in percent. */
  | { readonly kind: 'day'; readonly of: 'open' | 'previous close' | 'gap' }
  /** The price against one of those of the trading day, in percent: `change(open)`. */
  | { readonly kind: 'since'; readonly of: 'open' | 'previous close' }
  /** One of the catalogue of indicators: `macd(12, 26, 9, 1h).signal`. The first output has no name here. */
  | {
      readonly kind: 'indicator';
      readonly name: string;
      readonly parameters: readonly number[];
      readonly barMs: number;
      readonly output: string | null;
    }
  /** The mean of the last `count` bars' values of `of`, which has bars: `average(volume(5m), 20)`. */
  | { readonly kind: 'average'; readonly of: Signal; readonly count: number }
  /** The same of another instrument; `of` stands by itself, without parts: `price(BTC-USD)`. */
  | { readonly kind: 'other'; readonly symbol: string; readonly of: Signal }
  /** Never of two numbers. */
  | {
      readonly kind: 'arithmetic';
      readonly op: '+' | '-' | '*' | '/';
      readonly left: Operand;
      readonly right: Operand;
    };

/** What a number counts: an amount in the signal's own unit, or percent. */
export type Unit = 'amount' | 'percent';

/** A number as written. */
export interface Level {
  readonly kind: 'number';
  readonly value: number;
  readonly unit: Unit;
}

/** The right side of a comparison or crossing, or a part of a calculation. */
export type Operand = Level | Signal;

export type Comparison = '>' | '>=' | '<' | '<=';

export type Leaf =
  | { readonly kind: 'compare'; readonly signal: Signal; readonly op: Comparison; readonly to: Operand }
  /** `inside`: low <= value <= high. `outside`: the opposite. States. */
  | {
      readonly kind: 'range';
      readonly signal: Signal;
      readonly op: 'inside' | 'outside';
      readonly low: Level;
      readonly high: Level;
    }
  /** Event. above: before < level <= now. below: before > level >= now. either: one of them. */
  | {
      readonly kind: 'cross';
      readonly signal: Signal;
      readonly direction: 'above' | 'below' | 'either';
      readonly to: Operand;
    }
  /** Event: the value goes from outside to inside (`enters`) or from inside to outside (`leaves`). */
  | {
      readonly kind: 'channel';
      readonly signal: Signal;
      readonly op: 'enters' | 'leaves';
      readonly low: Level;
      readonly high: Level;
    }
  /**
   * State: the signal moved by `by` (percent or its own unit) against its last value at or before now - windowMs.
   * After the alert fired, the window starts anew at the firing value: values before the firing are forgotten, and
   * until the window has filled again the firing value is what a move is measured from.
   */
  | {
      readonly kind: 'move';
      readonly signal: Signal;
      readonly direction: 'any' | 'rise' | 'fall';
      readonly by: Level;
      readonly windowMs: number;
    }
  /** State: the signal is `by` below its highest (`fall`) or above its lowest (`rise`) value since the arming. */
  | { readonly kind: 'trail'; readonly signal: Signal; readonly direction: 'rise' | 'fall'; readonly by: Level }
  /** State: no fresh tick in open hours for that long. */
  | { readonly kind: 'no-data'; readonly forMs: number };

/** How long a condition has to hold before it counts; a crossing must not be undone in that time. */
export type Confirmation =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'ticks'; readonly count: number }
  /** It is judged at the closes of these bars only. */
  | { readonly kind: 'close'; readonly barMs: number };

export type Condition =
  | Leaf
  | { readonly kind: 'and'; readonly of: readonly Condition[] }
  | { readonly kind: 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  /** Event: `second` holds or happens after `first` did, at most `withinMs` later. */
  | { readonly kind: 'then'; readonly first: Condition; readonly second: Condition; readonly withinMs: number }
  /** Only as the root: the whole condition, confirmed. */
  | { readonly kind: 'confirmed'; readonly of: Condition; readonly by: Confirmation };

/** A mistake in a condition's text: where (0-based offset, length) and what would have been right there. */
export interface ConditionProblem {
  readonly at: number;
  readonly length: number;
  readonly message: string;
  /** What was expected at `at`, in words a person can type: `['a number', 'a range such as 90..110']`. */
  readonly expected: readonly string[];
}
