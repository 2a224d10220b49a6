/**
 * The tree of a condition: what the parser makes, the printer writes, the checker judges and the engine runs.
 * Plain JSON: it can be stored and sent. Printing a tree gives its canonical text; parsing that gives the same tree.
 *
 * A leaf is a *state* (true or false at every tick) or an *event* (true only at the tick at which it happens).
 */

/** A number that follows an instrument. Later kinds (`sma`, `rsi`, arithmetic, `price(BTC-USD)`) join this union. */
export type Signal =
  | { readonly kind: 'price' }
  | { readonly kind: 'volume' }
  /** 100 * (now / then - 1), then = the last price at or before now - windowMs; unknown until one is that old. */
  | { readonly kind: 'change'; readonly windowMs: number }
  | { readonly kind: 'abs'; readonly of: Signal };

/** What a number counts: an amount in the signal's own unit, or percent. */
export type Unit = 'amount' | 'percent';

/** A number as written. */
export interface Level {
  readonly kind: 'number';
  readonly value: number;
  readonly unit: Unit;
}

/** The right side of a comparison or crossing: a level, or (later) a signal. */
export type Operand = Level;

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
    };

export type Condition =
  | Leaf
  | { readonly kind: 'and'; readonly of: readonly Condition[] }
  | { readonly kind: 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

/** A mistake in a condition's text: where (0-based offset, length) and what would have been right there. */
export interface ConditionProblem {
  readonly at: number;
  readonly length: number;
  readonly message: string;
  /** What was expected at `at`, in words a person can type: `['a number', 'a range such as 90..110']`. */
  readonly expected: readonly string[];
}
