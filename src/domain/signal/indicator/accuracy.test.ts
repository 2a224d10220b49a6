/** No drift: after a million bars, between prices of 1e-8 and of 1e7, every indicator is what its formula gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Bar } from '../bar/bar.ts';
import { INDICATORS, makeIndicator } from './catalogue.ts';
import { ExactSum } from './exact-sum.ts';
import { RollingSpread } from './rolling-spread.ts';
import { formulaOf } from './testing/formulas.ts';

const BARS = 1_000_000;
/** Compared this often, at the end for certain. */
const EVERY = 125_000;
/** What a formula needs to see: everything before has long faded. */
const SEEN = 1500;
const HOURS = { size: '1h', calendar: 'XNYS' } as const;

/** A random walk whose price goes from one end of what is quoted to the other and back. */
function* walk(seed: number): Generator<Bar> {
  let state = seed;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let close = 100;
  for (let index = 0; index < BARS; index += 1) {
    const open = close;
    const pull = close > 1e7 ? -0.01 : close < 1e-8 ? 0.01 : 0;
    close = open * Math.exp(pull + (chance() - 0.5) * (chance() < 0.001 ? 4 : 0.04));
    const volume = Math.floor(chance() * 1e6);
    const at = index * 3_600_000;
    yield {
      ...{ at, until: at + 3_600_000, day: Math.floor(index / 24) },
      ...{ open, high: Math.max(open, close) * 1.001, low: Math.min(open, close) * 0.999, close, volume, trades: 1 },
    };
  }
}

test('after a million bars every indicator agrees with its formula', () => {
  const all = INDICATORS.filter(({ name }) => name !== 'obv' && name !== 'drawdown').flatMap((entry) =>
    entry.outputs.map(({ name: output, unit }) => {
      const parameters = entry.parameters.map((parameter) => parameter.default);
      const indicator = makeIndicator(entry.name, parameters, output, HOURS);
      return { name: `${entry.name}.${output}`, unit, indicator, formula: formulaOf(entry.name, parameters, output) };
    }),
  );
  const obv = makeIndicator('obv', [], null, HOURS);
  let volume = 0;
  let count = 0;
  let last = 0;
  const seen: Bar[] = [];
  for (const bar of walk(1)) {
    for (const { indicator } of all) indicator.push(bar);
    obv.push(bar);
    volume += (count === 0 ? 1 : Math.sign(bar.close - last)) * bar.volume;
    last = bar.close;
    count += 1;
    if (count % EVERY > EVERY - SEEN || count % EVERY === 0) seen.push(bar);
    if (count % EVERY !== 0) continue;
    assert.equal(obv.value, volume);
    for (const { name, unit, indicator, formula } of all) {
      const wanted = formula(seen);
      // Averages that nearly cancel out are as exact as what they are made of.
      const size = unit === 'price' && name.startsWith('macd') ? bar.close / 1e3 : Math.abs(wanted);
      const isClose = Math.abs(indicator.value - wanted) <= 1e-9 * Math.max(size, Math.abs(wanted));
      assert.ok(isClose, `${name} after ${count} bars: ${indicator.value} is not ${wanted}`);
    }
    seen.length = 0;
  }
});

const decimals = fc
  .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -8, max: 7 }))
  .map(([digits, power]) => Number(`${digits}e${power}`));

test('what was added and taken away again leaves nothing behind', () => {
  fc.assert(
    fc.property(fc.array(decimals, { maxLength: 300 }), fc.array(decimals, { maxLength: 20 }), (gone, kept) => {
      const sum = new ExactSum();
      const squares = new ExactSum();
      const plain = new ExactSum();
      const plainSquares = new ExactSum();
      for (const value of kept) {
        sum.add(value);
        plain.add(value);
        squares.addProduct(1, value, value);
        plainSquares.addProduct(1, value, value);
      }
      for (const value of gone) {
        sum.add(value);
        squares.addProduct(1, value, value);
      }
      for (const value of gone) {
        sum.add(-value);
        squares.addProduct(-1, value, value);
      }
      // 106 bits of the largest that was ever in it.
      const largest = Math.max(1, ...gone.map(Math.abs), ...kept.map(Math.abs)) * 300;
      assert.ok(Math.abs(sum.value - plain.value) <= largest * 1e-28);
      assert.ok(Math.abs(squares.value - plainSquares.value) <= largest ** 2 * 1e-28);
    }),
  );
});

test('a spread of a cent is measured at any price, also after a jump from far away', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 61_600, 1e7),
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 10, maxLength: 10 }),
      fc.integer({ min: -1000, max: 1000 }),
      (price, cents, times) => {
        const far = price * times;
        const spread = new RollingSpread(10);
        if (times % 2 === 0) spread.push(price);
        spread.push(far);
        for (const cent of cents) spread.push((price * 100 + cent) / 100);
        // Whole cents add up exactly.
        const total = cents.reduce((sum, cent) => sum + cent, 0);
        const squares = cents.reduce((sum, cent) => sum + (10 * cent - total) ** 2, 0);
        const wanted = Math.sqrt(squares / 1000) / 100;
        // Prices themselves are rounded to 1e-16.
        assert.ok(Math.abs(spread.closed.population - wanted) <= 1e-9 * wanted + price * 1e-15);
      },
    ),
  );
});
