/**
 * Random conditions for property tests: every form of the language, in the tree's normal shape (flat `and` and `or`,
 * no double `not`, changes in percent), so that printing and parsing give the same tree.
 */
import fc from 'fast-check';
import type { Condition, Leaf, Level, Signal, Unit } from '#domain/condition/tree.ts';

export interface ConditionShape {
  /** Numbers that levels are drawn from; any the language can write where it is absent. */
  readonly levels?: fc.Arbitrary<number>;
  readonly windows?: fc.Arbitrary<number>;
  /** Only what the checker lets pass: ranges with room, moves of prices above zero, no `not` over an event. */
  readonly sensible?: boolean;
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
  const plain: fc.Arbitrary<Signal> = fc.constantFrom<Signal>({ kind: 'price' }, { kind: 'price' }, { kind: 'volume' });
  const change: fc.Arbitrary<Signal> = windowMs.map((ms) => ({ kind: 'change', windowMs: ms }));
  const absolute: fc.Arbitrary<Signal> = (shape.sensible ? change : fc.oneof(plain, change)).map((of) => ({
    kind: 'abs',
    of,
  }));
  const signal = fc.oneof({ weight: 3, arbitrary: plain }, change, absolute);
  const unitFor = (of: Signal, either: boolean): fc.Arbitrary<Unit> => {
    const inner = of.kind === 'abs' ? of.of : of;
    if (inner.kind === 'change') return fc.constant('percent');
    return either ? fc.constantFrom<Unit>('amount', 'percent') : fc.constant('amount');
  };
  const level = (value: number, unit: Unit): Level => ({ kind: 'number', value, unit });
  const any = !shape.sensible;
  return signal.chain(
    (of): fc.Arbitrary<Leaf> =>
      unitFor(of, any).chain((unit) => {
        const to = number.map((value) => level(value, unit));
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
        const isPlain = of.kind === 'price' || of.kind === 'volume';
        if (!any && !isPlain) return fc.oneof(compare, cross, range, channel);
        const move = fc
          .tuple(
            fc.constantFrom('any', 'rise', 'fall'),
            number,
            isPlain ? unitFor(of, true) : fc.constant(unit),
            windowMs,
          )
          .filter(([, value]) => any || value !== 0)
          .map(
            ([direction, value, moveUnit, ms]): Leaf => ({
              kind: 'move',
              signal: of,
              direction,
              by: level(any ? value : Math.abs(value), moveUnit),
              windowMs: ms,
            }),
          );
        return fc.oneof({ weight: 2, arbitrary: compare }, { weight: 2, arbitrary: cross }, range, channel, move);
      }),
  );
}

const isState = (condition: Condition): boolean =>
  condition.kind === 'and' || condition.kind === 'or'
    ? condition.of.every(isState)
    : condition.kind === 'not'
      ? isState(condition.of)
      : condition.kind !== 'cross' && condition.kind !== 'channel';

/** A list of leaves, grouped at random into one condition. */
export function anyCondition(shape: ConditionShape = {}): fc.Arbitrary<Condition> {
  const leaf = anyLeaf(shape);
  const not = (condition: Condition): Condition =>
    condition.kind === 'not'
      ? condition.of
      : shape.sensible && !isState(condition)
        ? condition
        : { kind: 'not', of: condition };
  const grow = (leaves: number): fc.Arbitrary<Condition> => {
    if (leaves <= 1) return fc.tuple(leaf, fc.nat(3)).map(([one, dice]) => (dice === 0 ? not(one) : one));
    return fc
      .tuple(fc.constantFrom('and', 'or'), fc.integer({ min: 1, max: leaves - 1 }), fc.nat(4))
      .chain(([kind, left, dice]) =>
        fc.tuple(grow(left), grow(leaves - left)).map((parts) => {
          const of = parts.flatMap((part) => (part.kind === kind ? part.of : [part]));
          return dice === 0 ? not({ kind, of }) : { kind, of };
        }),
      );
  };
  return fc.integer({ min: 1, max: shape.maxLeaves ?? 6 }).chain(grow);
}
