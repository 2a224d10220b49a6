import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition } from '../../../test/support/conditions.ts';
import { leavesOf, partsOf, signalsOf } from './leaves.ts';
import { parseCondition } from './parser.ts';
import { sentenceFor } from './sentence.ts';
import type { Signal } from './tree.ts';

function say(text: string, subject: Parameters<typeof sentenceFor>[1] = { symbol: 'BTC-USDT' }): string {
  const result = parseCondition(text);
  assert.ok(result.ok, text);
  return sentenceFor(result.condition, subject);
}

test('each form is said as it is meant', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['price crosses above 61600', 'BTC-USDT crosses above 61,600'],
    ['price crosses below 0.00000812', 'BTC-USDT crosses below 0.00000812'],
    ['price crosses 61600.01', 'BTC-USDT crosses 61,600.01, upwards or downwards'],
    ['price > 150', 'BTC-USDT is above 150'],
    ['price <= 150', 'BTC-USDT is at or below 150'],
    ['price inside 90..110', 'BTC-USDT is between 90 and 110'],
    ['price outside 90..110', 'BTC-USDT is outside the range from 90 to 110'],
    ['price enters 90..110', 'BTC-USDT enters the range from 90 to 110'],
    ['price leaves 90..110', 'BTC-USDT leaves the range from 90 to 110'],
    ['price moves 3% in 15m', 'BTC-USDT moves by 3% or more, up or down, within 15 minutes'],
    ['price rises 5 in 1h', 'BTC-USDT rises by 5 or more within 1 hour'],
    ['price falls 5% in 1d', 'BTC-USDT falls by 5% or more within 24 hours'],
    ['change(24h) <= -5%', 'the 24-hour change of BTC-USDT is at or below -5%'],
    ['abs(change(5m)) >= 0.3%', 'the 5-minute change of BTC-USDT, up or down, is at or above 0.3%'],
    ['volume > 1000000', 'the traded volume of BTC-USDT is above 1,000,000'],
    ['not price > 150', 'BTC-USDT is at or below 150'],
    ['not price inside 90..110', 'BTC-USDT is outside the range from 90 to 110'],
    ['not price moves 3% in 15m', 'BTC-USDT does not move by 3% or more, up or down, within 15 minutes'],
    ['price > 1 and change(1h) > 3%', 'BTC-USDT is above 1 and its 1-hour change is above 3%'],
    ['price > 1 or price < 0.5 or volume > 3', 'BTC-USDT is above 1, it is below 0.5 or its traded volume is above 3'],
    [
      'price > 3 and (price crosses above 4 or volume > 5)',
      'BTC-USDT is above 3, and either it crosses above 4 or its traded volume is above 5',
    ],
    [
      'price < 3 or price > 4 and volume > 5',
      'BTC-USDT is below 3, or both it is above 4 and its traded volume is above 5',
    ],
    ['not (price > 4 or volume > 5)', 'BTC-USDT is at or below 4 and its traded volume is at or below 5'],
    [
      'price > 5 and (volume > 1 or (price < 3 and volume < 4))',
      'BTC-USDT is above 5, and (its traded volume is above 1, or (it is below 3 and its traded volume is below 4))',
    ],
    ['volume(1d) > 5', 'the daily volume of BTC-USDT is above 5'],
    ['price > 1 and price > low(4h)', 'BTC-USDT is above 1 and it is above its 4-hour low'],
    ['high(1d) > price', 'the 24-hour high of BTC-USDT is above its price'],
    ['gap outside -2..2', 'the opening gap of BTC-USDT is outside the range from -2% to 2%'],
    ['obv(1w) > 5', 'the OBV on weekly bars of BTC-USDT is above 5'],
    ['williams < -80', 'the Williams %R (14) on daily bars of BTC-USDT is below -80'],
    ['drawdown(0, 1d) < -20', 'the drawdown on daily bars of BTC-USDT is below -20%'],
    ['donchian(1h) < 5', 'the Donchian channel (20) upper on 1-hour bars of BTC-USDT is below 5'],
    ['price(ETH-USD) > 5 and price > 3', 'ETH-USD is above 5 and BTC-USDT is above 3'],
    ['not price > open', 'BTC-USDT is at or below its open'],
    ['not price falls 8% from high', 'BTC-USDT is not 8% or more below its highest value since the alert was armed'],
    ['not no data for 10m', 'prices of BTC-USDT have not been missing for 10 minutes in open hours'],
    [
      '(price > 5 then price < 3 within 5m) or volume > 9',
      '(BTC-USDT is above 5, and then, within 5 minutes, it is below 3) or its traded volume is above 9',
    ],
    ['price > 5 for 30s', 'BTC-USDT is above 5, and that stays so for 30 seconds'],
    ['price > 5 at close of 1d', 'BTC-USDT is above 5, judged at the close of each daily bar'],
  ];
  for (const [text, expected] of cases) assert.equal(say(text), `Tells you when ${expected}.`, text);
});

test('the instrument is named as it is given, its currency after prices only', () => {
  const apple = { symbol: 'AAPL', name: 'Apple', currency: 'USD' };
  assert.equal(say('price > 150', apple), 'Tells you when Apple (AAPL) is above 150 USD.');
  assert.equal(say('price inside 1..2', apple), 'Tells you when Apple (AAPL) is between 1 and 2 USD.');
  assert.equal(say('price falls 5% in 1h', apple), 'Tells you when Apple (AAPL) falls by 5% or more within 1 hour.');
  assert.equal(say('sma(1h) > 5', apple), 'Tells you when the SMA (20) on 1-hour bars of Apple (AAPL) is above 5 USD.');
  assert.equal(say('price(X) > 5 or rsi(1h) > 5', apple).match(/USD/g), null);
  assert.equal(say('volume > 5', apple), 'Tells you when the traded volume of Apple (AAPL) is above 5.');
  assert.equal(say('price > 1', { symbol: 'X', name: 'X', currency: '' }), 'Tells you when X is above 1.');
});

test('property: every condition is one sentence that names the instrument once', () => {
  fc.assert(
    fc.property(anyCondition({ maxLeaves: 10 }), (condition) => {
      const sentence = sentenceFor(condition, { symbol: 'SYMBOL' });
      assert.match(sentence, /^Tells you when [^\n]+\.$/);
      const isOwn = (signal: Signal): boolean =>
        signal.kind !== 'other' && (partsOf(signal).length === 0 || partsOf(signal).some(isOwn));
      const leaves = leavesOf(condition);
      const names = leaves.some((leaf) => leaf.kind === 'no-data' || signalsOf(leaf).some(isOwn)) ? 1 : 0;
      assert.equal(sentence.split('SYMBOL').length - 1, names);
      assert.doesNotMatch(sentence, /undefined|NaN|\d[eE][+-]?\d| {2}/);
    }),
  );
});
