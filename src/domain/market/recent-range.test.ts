import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentRange, WINDOW } from './recent-range.ts';

test('the range is that of the last 64 prices, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 300 }), (prices) => {
      const range = new RecentRange();
      for (const price of prices) range.add(price);
      const window = prices.slice(-WINDOW);
      const [low, high] = [Math.min(...window), Math.max(...window)];
      const last = window.at(-1) as number;
      for (let price = 1; price <= 400; price += 1) {
        const beyond = Math.max(low - price, price - high, 0);
        const scaled = [100, 0.01].some((scale) => Math.abs(price / (last * scale) - 1) <= 0.02);
        const expected =
          beyond > 0 && scaled ? 'scale-error' : beyond > Math.max(0.15 * last, 8 * (high - low)) ? 'off-range' : null;
        assert.equal(range.suspicion(price), expected, `${price} after ${window.join(' ')}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('before any price all above zero are believed; zero, below and not a number never', () => {
  const range = new RecentRange();
  assert.equal(range.suspicion(1e9), null);
  for (const price of [0, -0, -5, Number.NaN]) assert.equal(range.suspicion(price), 'not-positive');
  range.add(5);
  range.clear();
  assert.equal(range.suspicion(500), null);
});
