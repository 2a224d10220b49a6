import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCondition } from '../condition/parser.ts';
import { finestMs, reachBackMs } from './reach-back.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function treeOf(text: string) {
  const parsed = parseCondition(text);
  assert.ok(parsed.ok, text);
  return parsed.condition;
}

test('a condition reaches back as far as its longest window, and is as fine as its shortest', () => {
  const cases: readonly (readonly [string, number, number])[] = [
    ['price > 1', 0, Number.POSITIVE_INFINITY],
    ['price crosses 1 or volume > 2', 0, Number.POSITIVE_INFINITY],
    ['change(1d) > 2%', DAY_MS, DAY_MS],
    ['price moves 3% in 15m and not abs(change(1h)) > 1%', HOUR_MS, 15 * MINUTE_MS],
    ['price > high(1d)', DAY_MS, DAY_MS],
    ['sma(20, 5m) > 1', 2 * 20 * 5 * MINUTE_MS, 5 * MINUTE_MS],
    ['sma(50, 1d) crosses above sma(200, 1d)', 2 * 200 * DAY_MS, DAY_MS],
    ['volume(5m) > 3 * average(volume(5m), 20)', 2 * 20 * 5 * MINUTE_MS, 5 * MINUTE_MS],
    ['volume(15m) > 10', 0, 15 * MINUTE_MS],
    ['no data for 10m', 0, 10 * MINUTE_MS],
    ['price > 1 for 5m', 0, 5 * MINUTE_MS],
    ['price > 1 then price < 1 within 30m', 0, 30 * MINUTE_MS],
    ['rsi(14, 5m) falls 10 in 1d', 2 * DAY_MS, 5 * MINUTE_MS],
    ['price > high(all)', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ];
  for (const [text, back, finest] of cases) {
    assert.equal(reachBackMs(treeOf(text), '24/7'), back, text);
    assert.equal(finestMs(treeOf(text)), finest, text);
  }
});

test('where an exchange closes, as many bars take longer', () => {
  assert.ok(reachBackMs(treeOf('change(1d) > 1%'), 'XNYS') > 4 * DAY_MS, 'over a weekend');
  const week = reachBackMs(treeOf('sma(20, 1h) > 1'), 'XNYS');
  // 40 bars of an hour are more than six days of trading.
  assert.ok(week > 8 * DAY_MS && week < 30 * DAY_MS, String(week / DAY_MS));
});
