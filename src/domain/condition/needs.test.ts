import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition } from '../../../test/support/conditions.ts';
import { windowsOf } from './leaves.ts';
import { needsOf } from './needs.ts';
import { parseCondition } from './parser.ts';
import { printCondition } from './printer.ts';

const DAY = 86_400_000;

function needs(text: string): string[] {
  const result = parseCondition(text);
  assert.ok(result.ok, text);
  return needsOf(result.condition).map(({ text: signal, symbol, bars, historyMs }) => {
    const back = historyMs === null ? 'all' : `${historyMs / DAY}d`;
    return `${signal} of ${symbol ?? 'its own'}: ${bars === null ? 'prices' : `${bars.count} x ${bars.size}`}, ${back}`;
  });
}

test('what has to be known before a condition can be judged', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['price > 5 and volume(5m) > 3 for 30s', []],
    ['change(24h) > 2% or not abs(change(1d)) > 3%', ['change(1d) of its own: prices, 1d']],
    ['price moves 3% in 12h', ['price moves 3% in 12h of its own: prices, 0.5d']],
    [
      'sma(50, 1d) crosses above sma(200, 1d)',
      ['sma(50, 1d) of its own: 50 x 1d, 50d', 'sma(200, 1d) of its own: 200 x 1d, 200d'],
    ],
    ['price > high(52w) and low(all) > 1', ['high(52w) of its own: prices, 364d', 'low(all) of its own: prices, all']],
    ['rsi(BTC-USD, 14, 1d) < 30', ['rsi(BTC-USD, 14, 1d) of BTC-USD: 15 x 1d, 15d']],
    ['macd(12, 26, 9, 1d).signal > 0', ['macd(12, 26, 9, 1d).signal of its own: 34 x 1d, 34d']],
    ['volume(1d) > 3 * average(volume(1d), 20)', ['average(volume(1d), 20) of its own: 20 x 1d, 20d']],
    ['average(volume(BTC-USD, 1d), 20) > 5', ['average(volume(BTC-USD, 1d), 20) of BTC-USD: 20 x 1d, 20d']],
    ['average(rsi(14, 1d), 9) > 50', ['average(rsi(14, 1d), 9) of its own: 23 x 1d, 23d']],
    ['gap > 2% then price > open within 1h', ['gap of its own: 1 x 1d, 1d', 'open of its own: 0 x 1d, 1d']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(needs(text), expected, text);
});

test('property: every window of a condition is among what it needs, and nothing is said twice', () => {
  fc.assert(
    fc.property(anyCondition(), (condition) => {
      const found = needsOf(condition);
      const texts = found.map(({ text }) => text);
      assert.equal(new Set(texts).size, texts.length);
      const windows = new Set(found.map(({ historyMs }) => historyMs));
      for (const windowMs of windowsOf(condition)) assert.ok(windows.has(windowMs), printCondition(condition));
      for (const text of texts) assert.ok(printCondition(condition).includes(text), text);
    }),
  );
});
