import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyNumber } from '../../../test/support/conditions.ts';
import { groupNumber, printNumber, readNumber } from './number-text.ts';

const size = anyNumber.map(Math.abs);

test('numbers are printed as decimals, never with an exponent', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [61600.01, '61600.01'],
    [1e-8, '0.00000001'],
    [8.12e-6, '0.00000812'],
    [1.5e-15, '0.0000000000000015'],
    [-2.5e-7, '-0.00000025'],
    [1e15, '1000000000000000'],
    [1.25e21, '1250000000000000000000'],
    [0.1 + 0.2, '0.30000000000000004'],
  ];
  for (const [value, text] of cases) assert.equal(printNumber(value), text);
});

test('for reading, thousands are grouped and decimals filled up', () => {
  assert.equal(groupNumber(61412.5, 2), '61,412.50');
  assert.equal(groupNumber(999), '999');
  assert.equal(groupNumber(1000), '1,000');
  assert.equal(groupNumber(-1234567.125, 2), '-1,234,567.125');
  assert.equal(groupNumber(1e-8, 2), '0.00000001');
});

test('property: what is printed reads back to the same double, grouped or not', () => {
  fc.assert(
    fc.property(size, (value) => {
      assert.deepEqual(readNumber(printNumber(value)), { ok: true, value });
      assert.deepEqual(readNumber(groupNumber(value)), { ok: true, value });
    }),
    { numRuns: 1000 },
  );
});

test('property: a decimal of up to 15 digits is kept digit by digit', () => {
  const digits = fc.bigInt({ min: 1n, max: 999_999_999_999_999n });
  fc.assert(
    fc.property(digits, fc.integer({ min: 0, max: 15 }), (all, decimals) => {
      const padded = all.toString().padStart(decimals + 1, '0');
      const text = decimals === 0 ? padded : `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
      const reading = readNumber(text);
      assert.ok(reading.ok, text);
      const [whole, fraction = ''] = printNumber(reading.value).split('.');
      assert.equal(`${whole}.${fraction.padEnd(decimals, '0')}`, `${text.split('.')[0]}.${text.split('.')[1] ?? ''}`);
    }),
    { numRuns: 1000 },
  );
});

test('property: a decimal with more digits is kept or refused, never changed', () => {
  const text = fc.tuple(fc.nat(9999), fc.stringMatching(/^[0-9]{10,20}$/)).map(([whole, rest]) => `${whole}.${rest}`);
  const plain = (decimal: string): string => decimal.replace(/0+$/, '').replace(/\.$/, '');
  let refused = 0;
  fc.assert(
    fc.property(text, (decimal) => {
      const reading = readNumber(decimal);
      if (reading.ok) assert.equal(printNumber(reading.value), plain(decimal));
      else refused += 1;
    }),
    { numRuns: 1000 },
  );
  assert.ok(refused > 0);
});
