/**
 * Histories for the engine and the evaluator by brute force: random ticks, gaps, clock marks, changes of rules and
 * restarts, made into the events of a log. Signals whose values depend on how they are computed are left out.
 */
import fc from 'fast-check';
import type { AlertId } from '#domain/alert/alert.ts';
import { printCondition } from '#domain/condition/printer.ts';
import type { Condition, Operand, Signal, Unit } from '#domain/condition/tree.ts';
import type { EngineEvent, OtherInstrument, PastPrices, Rule } from '#domain/engine/event.ts';
import type { CalendarId, InstrumentSymbol } from '#domain/market/instrument.ts';
import { anyCondition, type ConditionShape } from '../support/conditions.ts';

/** Ten minutes before New York closes on a Friday: a few steps lead into the night, more into the next week. */
const START = Date.UTC(2024, 0, 5, 20, 50);
const SYMBOLS = ['ONE', 'TWO', 'THREE'] as unknown as readonly InstrumentSymbol[];
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A step of the log, with time as a distance from the step before. */
export type Step =
  | {
      readonly do: 'tick';
      /** Which instrument. */
      readonly of: number;
      readonly after: number;
      readonly price: number;
      readonly volume: number | null;
      readonly source: number;
      readonly late: number;
      readonly numbered: boolean;
    }
  | { readonly do: 'clock'; readonly after: number }
  | { readonly do: 'gap'; readonly from: number; readonly to: number }
  | {
      readonly do: 'put';
      readonly id: number;
      readonly rule: RuleDraft;
      readonly skip: number;
      readonly past?: Past;
      readonly otherPast?: Past;
    }
  | { readonly do: 'remove'; readonly id: number; readonly back: number }
  | { readonly do: 'restart' };

/** How long before the step the price was what. */
type Past = readonly (readonly [before: number, price: number])[];

export interface RuleDraft extends Omit<Rule, 'alertId' | 'version' | 'symbol' | 'expiresAt' | 'others'> {
  /** How others are judged that its condition looks at. */
  readonly otherHours: readonly Pick<OtherInstrument, 'calendar' | 'staleAfterMs'>[];
  readonly expiresIn: number | null;
}

/**
 * Signals whose values are exact, however they are computed: the effects of both sides are compared bit for bit. Others
 * are held against their formulas by themselves.
 */
const barMs = fc.constantFrom(MINUTE, 5 * MINUTE, HOUR, 24 * HOUR, 7 * 24 * HOUR);
const few = fc.integer({ min: 1, max: 3 });
const ofBars: fc.Arbitrary<Signal> = fc.oneof(
  barMs.map((ms): Signal => ({ kind: 'bar-volume', barMs: ms })),
  fc.constantFrom('open', 'previous close', 'gap').map((of): Signal => ({ kind: 'day', of })),
  fc
    .tuple(fc.constantFrom('high', 'low'), fc.constantFrom(null, MINUTE, 10 * MINUTE, 60 * HOUR))
    .map(([of, windowMs]): Signal => ({ kind: 'extreme', of, windowMs })),
  fc
    .tuple(barMs, few)
    .map(([ms, count]): Signal => ({ kind: 'average', of: { kind: 'bar-volume', barMs: ms }, count: count + 1 })),
  fc
    .tuple(fc.constantFrom('sma', 'ema', 'roc', 'donchian', 'rvol'), few, barMs)
    .map(([name, count, ms]): Signal => ({ kind: 'indicator', name, parameters: [count], barMs: ms, output: null })),
);
const plain: fc.Arbitrary<Signal> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Signal>({ kind: 'price' }, { kind: 'price' }, { kind: 'volume' }) },
  fc.constantFrom(SECOND, 5 * SECOND, MINUTE).map((windowMs): Signal => ({ kind: 'change', windowMs })),
  fc.constantFrom('open', 'previous close').map((of): Signal => ({ kind: 'since', of })),
  fc.constantFrom(SECOND, MINUTE).map((windowMs): Signal => ({ kind: 'abs', of: { kind: 'change', windowMs } })),
);
const elsewhere: fc.Arbitrary<Signal> = fc
  .tuple(fc.constantFrom('OTHER', 'THIRD'), fc.oneof({ weight: 3, arbitrary: plain }, ofBars))
  .map(([symbol, of]): Signal => {
    if (of.kind === 'abs') return { ...of, of: { kind: 'other', symbol, of: of.of } };
    if (of.kind === 'average') return { ...of, of: { kind: 'other', symbol, of: of.of } };
    return { kind: 'other', symbol, of };
  });
const side: fc.Arbitrary<Operand> = fc.oneof(
  plain,
  elsewhere,
  ofBars,
  fc.constantFrom<Operand>({ kind: 'number', value: 2, unit: 'amount' }),
);
const calculation = fc
  .tuple(fc.constantFrom('+', '-', '*', '/'), side, side)
  // The language has no calculation of numbers alone.
  .filter(([, left, right]) => left.kind !== 'number' || right.kind !== 'number')
  .map(([op, left, right]): Signal => ({ kind: 'arithmetic', op, left, right }));
const shape: ConditionShape = {
  signals: fc.oneof(
    { weight: 6, arbitrary: plain },
    { weight: 4, arbitrary: ofBars },
    { weight: 2, arbitrary: calculation },
    elsewhere,
  ),
  sensible: true,
  maxLeaves: 3,
  levels: fc.oneof(
    fc.integer({ min: 96, max: 104 }),
    fc.integer({ min: -4, max: 6 }),
    fc.constantFrom(99.5, 100.5, 1.5, 0.5),
  ),
  windows: fc.constantFrom(SECOND, 5 * SECOND, MINUTE, 10 * MINUTE),
  ticks: fc.integer({ min: 2, max: 5 }),
};
/** Few alerts live to see a confirmation, or one thing after another, by chance. */
const lively: ConditionShape = {
  ...shape,
  signals: fc.constant({ kind: 'price' }),
  levels: fc.integer({ min: 97, max: 103 }),
  maxLeaves: 2,
};
const otherPrice: Signal = { kind: 'other', symbol: 'OTHER', of: { kind: 'price' } };
/** The same at other instruments. */
const livelyElsewhere: ConditionShape = {
  ...lively,
  signals: fc.constantFrom<Signal>({ kind: 'price' }, otherPrice, otherPrice),
};
const confirmed = (of: ConditionShape): fc.Arbitrary<Condition> =>
  anyCondition(of).filter(({ kind }) => kind === 'confirmed');
const sequence = (of: ConditionShape): fc.Arbitrary<Condition> =>
  anyCondition(of).filter((one) => printCondition(one).includes(' then '));
const hundred: Operand = { kind: 'number', value: 100, unit: 'amount' };
/** Moves of signals that are below zero now and then, or of another instrument. */
const moves: fc.Arbitrary<Condition> = fc
  .record({
    signal: fc.constantFrom<Signal>(
      otherPrice,
      { kind: 'arithmetic', op: '-', left: { kind: 'price' }, right: hundred },
      { kind: 'arithmetic', op: '-', left: otherPrice, right: hundred },
      { kind: 'arithmetic', op: '-', left: { kind: 'price' }, right: otherPrice },
      { kind: 'arithmetic', op: '+', left: otherPrice, right: { kind: 'price' } },
      { kind: 'bar-volume', barMs: MINUTE },
      { kind: 'indicator', name: 'sma', parameters: [1], barMs: MINUTE, output: null },
    ),
    direction: fc.constantFrom('any', 'rise', 'fall'),
    value: fc.constantFrom(1, 2, 3),
    unit: fc.constantFrom<Unit>('amount', 'amount', 'percent'),
    windowMs: fc.constantFrom(SECOND, 2 * SECOND, 5 * SECOND),
  })
  .map(({ value, unit, ...leaf }): Condition => ({ kind: 'move', ...leaf, by: { kind: 'number', value, unit } }));
const more: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom('and', 'or'), moves, anyCondition(livelyElsewhere))
  .filter(([kind, , beside]) => beside.kind !== kind && beside.kind !== 'confirmed')
  .map(([kind, ...of]) => ({ kind, of }));
const condition = fc.oneof(
  { weight: 5, arbitrary: anyCondition(shape) },
  moves,
  more,
  ...[lively, livelyElsewhere, livelyElsewhere].flatMap((one) => [confirmed(one), sequence(one)]),
);
const pace = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, SECOND, 2 * SECOND) },
  { weight: 2, arbitrary: fc.constantFrom(5 * SECOND, MINUTE, 10 * MINUTE) },
  fc.constantFrom(HOUR, 63 * HOUR),
);
const otherHours = fc.record({
  calendar: fc.constantFrom<CalendarId>('24/7', '24/7', 'XNYS'),
  staleAfterMs: fc.constantFrom(SECOND, MINUTE, HOUR, HOUR),
});
const ruleDraft = (conditions: fc.Arbitrary<Condition>): fc.Arbitrary<RuleDraft> =>
  fc.record({
    condition: conditions,
    paused: fc.nat(9).map((dice) => dice === 0),
    calendar: fc.constantFrom<CalendarId>('24/7', '24/7', 'XNYS'),
    staleAfterMs: fc.constantFrom(SECOND, MINUTE, HOUR),
    otherHours: fc.tuple(otherHours, otherHours),
    frequency: fc.constantFrom('once', 'repeat', 'repeat', 'repeat', 'once-per-bar'),
    cooldownMs: fc.constantFrom(0, 0, SECOND, MINUTE, HOUR),
    session: fc.constantFrom('regular', 'regular', 'all'),
    gap: fc.constantFrom('fire', 'fire', 'skip'),
    rearm: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      fc.record({
        value: fc.constantFrom(0.5, 1, 2),
        unit: fc.constantFrom<'amount' | 'percent'>('amount', 'percent'),
      }),
    ),
    barMs: fc.constantFrom(null, MINUTE, HOUR, 24 * HOUR),
    remindEveryMs: fc.constantFrom(null, null, null, MINUTE, 10 * MINUTE, HOUR),
    expiresIn: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, fc.constantFrom(-1, SECOND, MINUTE, HOUR)),
  });
const pastPrices = fc.array(fc.tuple(fc.nat(2 * MINUTE), fc.integer({ min: 95, max: 105 })), { maxLength: 6 });
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant('tick'),
      of: fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2),
      after: pace,
      price: fc.oneof(fc.integer({ min: 95, max: 105 }), fc.constantFrom(99.5, 100.25)),
      volume: fc.option(fc.integer({ min: 0, max: 8 })),
      source: fc.nat(1),
      late: fc.constantFrom(0, 0, 0, 0, SECOND, MINUTE),
      numbered: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clock'), after: pace }) },
  fc.record({
    do: fc.constant('gap'),
    from: fc.constantFrom(0, SECOND, HOUR),
    to: fc.constantFrom(-SECOND, 0, MINUTE),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('put'),
      id: fc.nat(4),
      rule: ruleDraft(condition),
      skip: fc.constantFrom(1, 1, 1, 0),
      past: pastPrices,
      otherPast: pastPrices,
    }),
  },
  fc.record({ do: fc.constant('remove'), id: fc.nat(4), back: fc.constantFrom(0, 0, 1) }),
  { weight: 2, arbitrary: fc.constant({ do: 'restart' }) },
) as fc.Arbitrary<Step>;

/** The condition with the names of other instruments that it has in the log. */
function withNames(condition: Condition, [other, third]: readonly string[]): Condition {
  const text = JSON.stringify(condition).replaceAll('"OTHER"', `"${other}"`).replaceAll('"THIRD"', `"${third}"`);
  return JSON.parse(text) as Condition;
}

/** The events that the steps come to; undefined where the engine is to be restarted. */
export function eventsOf(steps: readonly Step[]): readonly (EngineEvent | undefined)[] {
  let now = START;
  let sequence = 0;
  const versions = new Map<number, number>();
  const symbolOf = (id: number): InstrumentSymbol => SYMBOLS[id % SYMBOLS.length] as InstrumentSymbol;
  const eventOf = (one: Step): EngineEvent | undefined => {
    switch (one.do) {
      case 'tick': {
        now += one.after;
        sequence += 1;
        const { price, volume, late, numbered } = one;
        const symbol = symbolOf(one.of);
        const at = now - late;
        const tick = { symbol, price, at, receivedAt: at + 7, source: `source ${one.source}` };
        const more = {
          ...(volume === null ? {} : { volume }),
          ...(numbered ? { sequence: late === 0 ? sequence : sequence - 2 } : {}),
        };
        return { kind: 'tick', tick: { ...tick, ...more } };
      }
      case 'clock':
        now += one.after;
        return { kind: 'clock', at: now - 2 * SECOND };
      case 'gap':
        return { kind: 'gap', symbol: symbolOf(0), from: now - one.from, to: now + one.to, reason: 'test' };
      case 'put': {
        const version = (versions.get(one.id) ?? 0) + one.skip;
        versions.set(one.id, version);
        const { expiresIn, otherHours, ...draft } = one.rule;
        const symbol = symbolOf(one.id === 4 ? 1 : 0);
        const expiresAt = expiresIn === null ? null : now + expiresIn;
        const pastOf = (past: Past): PastPrices =>
          past.map(([before, price]) => [now - before, price] as const).sort(([a], [b]) => a - b);
        const theirs = SYMBOLS.filter((name) => name !== symbol);
        const condition = withNames(draft.condition, theirs);
        const others = theirs.flatMap((name, index): OtherInstrument[] =>
          JSON.stringify(condition).includes(`"${name}"`)
            ? [{ symbol: name, ...(otherHours[index] as (typeof otherHours)[number]) }]
            : [],
        );
        return {
          kind: 'put-rule',
          symbol,
          rule: {
            ...draft,
            condition,
            ...(others.length === 0 ? {} : { others }),
            expiresAt,
            alertId: `a${one.id}` as AlertId,
            version,
            symbol,
          },
          past: pastOf(one.past ?? []),
          elsewhere: Object.fromEntries(others.map((other) => [other.symbol, { past: pastOf(one.otherPast ?? []) }])),
        };
      }
      case 'remove': {
        const version = (versions.get(one.id) ?? 0) + 1 - one.back;
        if (one.back === 0) versions.set(one.id, version);
        return {
          kind: 'remove-rule',
          symbol: symbolOf(one.id === 4 ? 1 : 0),
          alertId: `a${one.id}` as AlertId,
          version,
        };
      }
      case 'restart':
        return undefined;
    }
  };
  return steps.map(eventOf);
}
