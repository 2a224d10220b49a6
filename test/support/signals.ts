/**
 * Random signals for property tests: every form of the language, by what they count in, so that two of one kind can be
 * compared and calculated with.
 */
import fc from 'fast-check';
import { printSignal } from '#domain/condition/printer.ts';
import type { Signal } from '#domain/condition/tree.ts';
import { type Dimension, dimensionOf } from '#domain/condition/units.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { INDICATORS } from '#domain/signal/indicator/catalogue.ts';
import type { IndicatorEntry, Parameter } from '#domain/signal/indicator/entry.ts';

export interface SignalShape {
  readonly windows: fc.Arbitrary<number>;
}

const SYMBOLS = ['BTC-USD', '^GSPC', 'BRK.B', 'EURUSD=X', 'GC=F', '600519.SS', '1INCH-USDT', 'ALL', 'PRICE', 'HOUR'];
const bars = fc.constantFrom(...Object.values(BAR_MS));

const parameterOf = ({ min, max, isWhole }: Parameter): fc.Arbitrary<number> =>
  isWhole
    ? fc.integer({ min, max })
    : fc.integer({ min: Math.ceil(min * 10), max: max * 10 }).map((tenths) => tenths / 10);

function indicator({ name, parameters, outputs }: IndicatorEntry): fc.Arbitrary<Signal> {
  const names = outputs.slice(1).map((one) => one.name);
  return fc
    .tuple(fc.tuple(...parameters.map(parameterOf)), bars, fc.constantFrom(null, ...names))
    .map(([numbers, barMs, output]): Signal => ({ kind: 'indicator', name, parameters: numbers, barMs, output }));
}

/** Signals without parts. */
function single({ windows }: SignalShape): fc.Arbitrary<Signal> {
  const change = windows.map((windowMs): Signal => ({ kind: 'change', windowMs }));
  const ofBar = bars.map((barMs): Signal => ({ kind: 'bar-volume', barMs }));
  const extreme = fc
    .tuple(fc.constantFrom('high', 'low'), fc.oneof(windows, fc.constant(null)))
    .map(([of, windowMs]): Signal => ({ kind: 'extreme', of, windowMs }));
  const day = fc.constantFrom('open', 'previous close', 'gap').map((of): Signal => ({ kind: 'day', of }));
  const since = fc.constantFrom('open', 'previous close').map((of): Signal => ({ kind: 'since', of }));
  const indicators = fc.oneof(...INDICATORS.map(indicator));
  const plain = fc.constantFrom<Signal>({ kind: 'price' }, { kind: 'price' }, { kind: 'volume' });
  return fc.oneof({ weight: 3, arbitrary: plain }, change, ofBar, extreme, day, since, indicators);
}

const hasBars = (signal: Signal): boolean =>
  signal.kind === 'bar-volume' || signal.kind === 'indicator' || (signal.kind === 'other' && hasBars(signal.of));

/** Signals as one term of a calculation: of this or another instrument, an average, an absolute value. */
function term(shape: SignalShape): fc.Arbitrary<Signal> {
  const own = single(shape);
  const other = fc
    .tuple(fc.constantFrom(...SYMBOLS), own)
    // volume(hour) is the volume of a bar.
    .filter(([symbol, of]) => symbol !== 'HOUR' || of.kind !== 'volume')
    .map(([symbol, of]): Signal => ({ kind: 'other', symbol, of }));
  const named = fc.oneof({ weight: 4, arbitrary: own }, other);
  const averaged = fc
    .tuple(named.filter(hasBars), fc.integer({ min: 2, max: 1000 }))
    .map(([of, count]): Signal => ({ kind: 'average', of, count }));
  const base = fc.oneof({ weight: 6, arbitrary: named }, averaged);
  // Only what can be below zero has an absolute value.
  const absolute = shape.windows.map((windowMs): Signal => ({ kind: 'abs', of: { kind: 'change', windowMs } }));
  return fc.oneof({ weight: 6, arbitrary: base }, absolute);
}

/** Any signal, now and then a calculation. */
export function anySignal(shape: SignalShape): fc.Arbitrary<Signal> {
  const one = term(shape);
  const factor = fc.constantFrom(3, 0.5, 1.05, -2, 1e-8);
  const scaled = fc
    .tuple(one, fc.constantFrom('*', '/'), factor, fc.boolean())
    .map(([of, op, value, isLeft]): Signal => {
      const number = { kind: 'number', value, unit: 'amount' } as const;
      return isLeft
        ? { kind: 'arithmetic', op, left: number, right: of }
        : { kind: 'arithmetic', op, left: of, right: number };
    });
  const shifted = fc.tuple(one, fc.constantFrom('+', '-'), factor).map(([of, op, value]): Signal => {
    const unit = dimensionOf(of) === 'percent' ? 'percent' : 'amount';
    return { kind: 'arithmetic', op, left: of, right: { kind: 'number', value, unit } };
  });
  const sums = one.chain((left) =>
    sameKindAs(left, one).chain((right) =>
      fc.constantFrom('+', '-').map((op): Signal => ({ kind: 'arithmetic', op, left, right })),
    ),
  );
  const ratio = fc
    .tuple(fc.oneof(one, sums), fc.constantFrom('*', '/'), fc.oneof(one, sums))
    .map(([left, op, right]): Signal => ({ kind: 'arithmetic', op, left, right }));
  return fc.oneof({ weight: 8, arbitrary: one }, scaled, shifted, sums, ratio);
}

/** Another signal that counts in the same: `signal` of another instrument where `from` gives none. */
export function sameKindAs(signal: Signal, from: fc.Arbitrary<Signal>): fc.Arbitrary<Signal> {
  const kind: Dimension = dimensionOf(signal);
  const text = printSignal(signal);
  const fallback: Signal = {
    kind: 'arithmetic',
    op: '*',
    left: signal,
    right: { kind: 'number', value: 2, unit: 'amount' },
  };
  return from.map((one) => (dimensionOf(one) === kind && printSignal(one) !== text ? one : fallback));
}
