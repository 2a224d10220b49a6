/**
 * Random conditions for property tests: every form of the language, in the tree's normal shape (flat `and` and `or`,
 * no double `not`, changes in percent), so that printing and parsing give the same tree.
 */
import fc from 'fast-check';
import { hasEvent } from '#domain/condition/leaves.ts';
import { isNeverNegative } from '#domain/condition/nature.ts';
import type { Condition, Confirmation, Leaf, Level, Operand, Signal, Unit } from '#domain/condition/tree.ts';
import { unitOfSignal } from '#domain/condition/units.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { anySignal, sameKindAs } from './signals.ts';

export interface ConditionShape {
  /** Numbers that levels are drawn from; any the language can write where it is absent. */
  readonly levels?: fc.Arbitrary<number>;
  readonly windows?: fc.Arbitrary<number>;
  /** What leaves look at; any of the language where it is absent. */
  readonly signals?: fc.Arbitrary<Signal>;
  /** Only what the checker lets pass: ranges with room, moves of prices above zero, no `not` over an event. */
  readonly sensible?: boolean;
  /** Ticks that confirm. */
  readonly ticks?: fc.Arbitrary<number>;
  /** Leaves at most; 6 where it is absent. */
  readonly maxLeaves?: number;
}

export const anyNumber: fc.Arbitrary<number> = fc
  .oneof(
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
    fc.integer({ min: -10_000_000_000, max: 10_000_000_000 }).map((cents) => cents / 100),
    fc
      .tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 15 }))
      .map(([d, e]) => Number(`${d}e-${e}`)),
    fc.double({ min: -1e15, max: 1e15, noNaN: true }).filter((value) => value === 0 || Math.abs(value) >= 1e-15),
  )
  .map((value) => (value === 0 ? 0 : value));

export const anyWindow: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1000, 60_000, 300_000, 900_000, 3_600_000, 86_400_000, 604_800_000),
  fc.integer({ min: 1000, max: 604_800_000 }),
);

export function anyLeaf(shape: ConditionShape = {}): fc.Arbitrary<Leaf> {
  const number = shape.levels ?? anyNumber;
  const windowMs = shape.windows ?? anyWindow;
  const any = !shape.sensible;
  const signal = shape.signals ?? anySignal({ windows: windowMs });
  const unitFor = (of: Signal): Unit => unitOfSignal(of);
  const unitsFor = (of: Signal): fc.Arbitrary<Unit> =>
    unitFor(of) === 'percent' ? fc.constant('percent') : fc.constantFrom<Unit>('amount', 'percent');
  const level = (value: number, unit: Unit): Level => ({ kind: 'number', value, unit });
  const size = number.filter((value) => any || value !== 0).map((value) => (any ? value : Math.abs(value)));
  const leafOf = (of: Signal): fc.Arbitrary<Leaf> =>
    (any ? unitsFor(of) : fc.constant(unitFor(of))).chain((unit) => {
      const levels: fc.Arbitrary<Operand> = number.map((value) => level(value, unit));
      const to = fc.oneof({ weight: 4, arbitrary: levels }, sameKindAs(of, signal));
      const ends = fc
        .tuple(number, number)
        .filter(([low, high]) => any || low !== high)
        .map(([a, b]) => (any ? [a, b] : [Math.min(a, b), Math.max(a, b)]))
        .map(([low, high]) => ({ low: level(low as number, unit), high: level(high as number, unit) }));
      const compare = fc
        .tuple(fc.constantFrom('>', '>=', '<', '<='), to)
        .map(([op, side]): Leaf => ({ kind: 'compare', signal: of, op, to: side }));
      const cross = fc
        .tuple(fc.constantFrom('above', 'below', 'either'), to)
        .map(([direction, side]): Leaf => ({ kind: 'cross', signal: of, direction, to: side }));
      const range = fc
        .tuple(fc.constantFrom('inside', 'outside'), ends)
        .map(([op, both]): Leaf => ({ kind: 'range', signal: of, op, ...both }));
      const channel = fc
        .tuple(fc.constantFrom('enters', 'leaves'), ends)
        .map(([op, both]): Leaf => ({ kind: 'channel', signal: of, op, ...both }));
      const forms = [
        { weight: 2, arbitrary: compare },
        { weight: 2, arbitrary: cross },
        { weight: 1, arbitrary: range },
        { weight: 1, arbitrary: channel },
      ];
      if (any || unitFor(of) === 'amount') {
        const by = fc.tuple(size, unitsFor(of)).map(([value, byUnit]) => level(value, byUnit));
        const hasShares = any || of.kind === 'arithmetic' || isNeverNegative(of);
        const moveBy = hasShares ? by : size.map((value) => level(value, 'amount'));
        const move = fc
          .tuple(fc.constantFrom('any', 'rise', 'fall'), moveBy, windowMs)
          .map(([direction, amount, ms]): Leaf => ({ kind: 'move', signal: of, direction, by: amount, windowMs: ms }));
        forms.push({ weight: 1, arbitrary: move });
        const trail = fc
          .tuple(fc.constantFrom('rise', 'fall'), by)
          .map(([direction, amount]): Leaf => ({ kind: 'trail', signal: of, direction, by: amount }));
        forms.push({ weight: 1, arbitrary: trail });
      }
      return fc.oneof(...forms);
    });
  const watching = signal.chain(leafOf);
  const silence = windowMs.map((forMs): Leaf => ({ kind: 'no-data', forMs }));
  return fc.oneof({ weight: 12, arbitrary: watching }, silence);
}

/** A list of leaves, grouped at random into one condition. */
export function anyCondition(shape: ConditionShape = {}): fc.Arbitrary<Condition> {
  const leaf = anyLeaf(shape);
  const not = (condition: Condition): Condition =>
    condition.kind === 'not'
      ? condition.of
      : shape.sensible && hasEvent(condition)
        ? condition
        : { kind: 'not', of: condition };
  const windowMs = shape.windows ?? anyWindow;
  const grow = (leaves: number): fc.Arbitrary<Condition> => {
    if (leaves <= 1) return fc.tuple(leaf, fc.nat(3)).map(([one, dice]) => (dice === 0 ? not(one) : one));
    return fc
      .tuple(
        fc.constantFrom('and', 'or', 'and', 'or', 'then'),
        fc.integer({ min: 1, max: leaves - 1 }),
        fc.nat(4),
        windowMs,
      )
      .chain(([kind, left, dice, withinMs]) =>
        fc.tuple(grow(left), grow(leaves - left)).map(([first, second]): Condition => {
          if (kind === 'then') return { kind, first, second, withinMs };
          const of = [first, second].flatMap((part) => (part.kind === kind ? part.of : [part]));
          return dice === 0 ? not({ kind, of }) : { kind, of };
        }),
      );
  };
  const bare = fc.integer({ min: 1, max: shape.maxLeaves ?? 6 }).chain(grow);
  const confirmation: fc.Arbitrary<Confirmation> = fc.oneof(
    windowMs.map((ms): Confirmation => ({ kind: 'time', ms })),
    (shape.ticks ?? fc.integer({ min: 2, max: 1000 })).map((count): Confirmation => ({ kind: 'ticks', count })),
    fc.constantFrom(...Object.values(BAR_MS)).map((barMs): Confirmation => ({ kind: 'close', barMs })),
  );
  const confirmed = fc.tuple(bare, confirmation).map(([of, by]): Condition => ({ kind: 'confirmed', of, by }));
  return fc.oneof({ weight: 4, arbitrary: bare }, confirmed);
}
