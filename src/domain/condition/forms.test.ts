import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachForm, type Form } from '../../../test/support/forms.ts';
import { INDICATORS } from '../signal/indicator/catalogue.ts';
import { compileCondition } from './checker.ts';
import { parseCondition } from './parser.ts';
import { printCondition } from './printer.ts';

/** Every form, with a text of it. */
const EXAMPLES: readonly (readonly [Form, string])[] = [
  ['arithmetic', 'price - 5 > 100'],
  ['average', 'average(volume(5m), 20) > 5'],
  ['bar-volume', 'volume(5m) > 1000'],
  ['day', 'gap > 2%'],
  ['extreme', 'high(52w) > 5'],
  ['hold-close', 'price > 5 at close of 5m'],
  ['hold-ticks', 'price > 5 for 3 ticks'],
  ['hold-time', 'price > 5 for 30s'],
  ['no-data', 'no data for 10m'],
  ['other', 'price(BTC-USD) > 5'],
  ['signal-to-signal', 'price > open'],
  ['since', 'change(open) > 2%'],
  ['then', 'price > 5 then volume > 3 within 30m'],
  ['trail', 'price falls 8% from high'],
  ...INDICATORS.map(({ name }) => [`indicator ${name}`, `${name} crosses 1`] as const),
];

test('every form is available, and found in the tree of its text', () => {
  for (const [form, text] of EXAMPLES) {
    const result = compileCondition(text);
    assert.ok(result.ok, `${text}: ${JSON.stringify(result)}`);
    const found = new Set<Form>();
    eachForm(result.condition, (each) => found.add(each));
    assert.ok(found.has(form), text);
  }
});

test('people type it in many ways and get the one canonical text', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['sma(50, 1d) crosses above sma(200, 1d)', 'sma(50, 1d) crosses above sma(200, 1d)'],
    ['MA(1d, 50) > SMA(200,1 day)', 'sma(50, 1d) > sma(200, 1d)'],
    ['rsi below 30', 'rsi(14, 1d) < 30'],
    ['rsi(1h) <= 30', 'rsi(14, 1h) <= 30'],
    ['MACD(1h) crosses above macd(1h).signal', 'macd(12, 26, 9, 1h) crosses above macd(12, 26, 9, 1h).signal'],
    ['macd.line > 0', 'macd(12, 26, 9, 1d) > 0'],
    ['macd(12, 26, 9, 1h).hist crosses above 0', 'macd(12, 26, 9, 1h).histogram crosses above 0'],
    ['price > bb(20, 2.5, 1d).top', 'price > bollinger(20, 2.5, 1d).upper'],
    ['bollinger.%b > 1', 'bollinger(20, 2, 1d).percent > 1'],
    [
      'stoch(14, 3, 3, 1h) crosses above stoch(14, 3, 3, 1h).%d',
      'stochastic(14, 3, 3, 1h) crosses above stochastic(14, 3, 3, 1h).d',
    ],
    ['price goes above vwap', 'price crosses above vwap(1m)'],
    ['vol(5 minutes) > 3*avg(volume(5m),20)', 'volume(5m) > 3 * average(volume(5m), 20)'],
    ['price exceeds highest(52 weeks)', 'price > high(52w)'],
    ['price > 52w high', 'price > high(52w)'],
    ['52-week high < price', 'high(52w) < price'],
    ['price drops below 10 day low', 'price crosses below low(10d)'],
    ['price crosses above all-time high * 1.01', 'price crosses above high(all) * 1.01'],
    ['price > all time high', 'price > high(all)'],
    ['price makes a new 52 week high', 'price crosses above high(52w)'],
    ['price sets a new all-time low', 'price crosses below low(all)'],
    ['price crosses 150 upwards', 'price crosses above 150'],
    ['price crosses sma(20, 1d) down', 'price crosses below sma(20, 1d)'],
    ['Alert me when price is above 150', 'price > 150'],
    ['if price moves by at least 3% in 15m', 'price moves 3% in 15m'],
    ['price > 150 for at least 5 minutes', 'price > 150 for 5m'],
    ['price > prev close', 'price > previous close'],
    ['realised volatility > 50', 'volatility(20, 1d) > 50%'],
    ['Relative Volume(20, 1h) > 2', 'rvol(20, 1h) > 2'],
    ['volume ratio > 2', 'rvol(20, 1d) > 2'],
    ['2 < z-score(20, 1h)', 'zscore(20, 1h) > 2'],
    ['williams %R(14, 1h) < -80', 'williams(14, 1h) < -80'],
    ['opening gap > 2%', 'gap > 2%'],
    ['price > 5 - 2 * 1d low', 'price > 5 - 2 * low(1d)'],
    ['price hits high(all)', 'price crosses high(all)'],
    ['price/lowest(52w) >= 2', 'price / low(52w) >= 2'],
    ['open is above previous closing', 'open > previous close'],
    ['price > prevclose * 1.02', 'price > previous close * 1.02'],
    ['gap < -2', 'gap < -2%'],
    ['change(open) > 2', 'change(open) > 2%'],
    ['change(previous close) <= -3', 'change(previous close) <= -3%'],
    ['change since the open > 2', 'change(open) > 2%'],
    ['change since yesterday close > 2', 'change(previous close) > 2%'],
    ['change today < -2%', 'change(previous close) < -2%'],
    ['change(BTC-USD, open) > 2', 'change(BTC-USD, open) > 2%'],
    ['change(OPEN, 1d) > 2', 'change(OPEN, 1d) > 2%'],
    ['price rises 3% since open', 'change(open) >= 3%'],
    ['price is up 3% today', 'change(previous close) >= 3%'],
    ['price falls 3% since the open', 'change(open) <= -3%'],
    ['price moves 3% since previous close', 'abs(change(previous close)) >= 3%'],
    ['price(BTC-USD) rises 3% since open', 'change(BTC-USD, open) >= 3%'],
    ['price(BTC-USD) rises 3 since open', 'price(BTC-USD) - open(BTC-USD) >= 3'],
    ['price falls 5 since the previous close', 'price - previous close <= -5'],
    ['price(btc-usd) / price(eth-usd) > 20', 'price(BTC-USD) / price(ETH-USD) > 20'],
    ['sma( brk.b , 20, 5m) > sma(^GSPC, 20, 5m)', 'sma(BRK.B, 20, 5m) > sma(^GSPC, 20, 5m)'],
    ['price(600519.SS) > 5 and volume(1INCH-USDT) > 1', 'price(600519.SS) > 5 and volume(1INCH-USDT) > 1'],
    ['high(ALL, 52w) > high(all)', 'high(ALL, 52w) > high(all)'],
    ['macd(GC=F, 12, 26, 9, 1h).signal > 0', 'macd(GC=F, 12, 26, 9, 1h).signal > 0'],
    ['average(volume(BTC-USD, 5m), 20) > 5', 'average(volume(BTC-USD, 5m), 20) > 5'],
    ['previous close(AAPL) > 5', 'previous close(AAPL) > 5'],
    ['change(BTC-USD, 24h) - change(24h) > 5', 'change(BTC-USD, 1d) - change(1d) > 5%'],
    ['150 < (high(1d) + low(1d)) / 2', '(high(1d) + low(1d)) / 2 > 150'],
    ['price - (open - 5) > 0', 'price - (open - 5) > 0'],
    ['(price - open) - 5 > 0', 'price - open - 5 > 0'],
    ['price / (2 * open) < 1 && ((price * 2) > 3)', 'price / (2 * open) < 1 and price * 2 > 3'],
    ['abs(price - open) > 5', 'abs(price - open) > 5'],
    ['abs(abs(zscore(20, 1h))) > 2', 'abs(zscore(20, 1h)) > 2'],
    ['price drops 8% from its peak', 'price falls 8% from high'],
    ['price rallies 5 from the bottom', 'price rises 5 from low'],
    ['no prices in the last 10 minutes', 'no data for 10m'],
    ['price > 5 for 30 seconds', 'price > 5 for 30s'],
    ['price crosses 5 for 3 ticks in a row', 'price crosses 5 for 3 ticks'],
    ['(price > 5 or volume > 3) on the close of each 5m candle', 'price > 5 or volume > 3 at close of 5m'],
    ['no data for 10m for 1m', 'no data for 10m for 1m'],
    ['price > 5 and then volume > 3 in 30m', 'price > 5 then volume > 3 within 30m'],
    [
      '(price > 5 then price > 6 within 1m) then price > 7 within 2m',
      'price > 5 then price > 6 within 1m then price > 7 within 2m',
    ],
    [
      'price > 5 then (price > 6 then price > 7 within 1m) within 2m',
      'price > 5 then (price > 6 then price > 7 within 1m) within 2m',
    ],
    ['(price > 5 then price > 6 within 1m) and volume > 3', '(price > 5 then price > 6 within 1m) and volume > 3'],
    [
      '(price > 5 or volume > 3) then price in 1..2 within 1m for 5s',
      'price > 5 or volume > 3 then price inside 1..2 within 1m for 5s',
    ],
  ];
  for (const [text, canonical] of cases) {
    const result = parseCondition(text);
    assert.ok(result.ok, `${text}: ${JSON.stringify(result)}`);
    assert.equal(printCondition(result.condition), canonical, text);
    assert.deepEqual(parseCondition(canonical), result, text);
  }
});

test('the usual precedence, from the left', () => {
  const number = (value: number) => ({ kind: 'number', value, unit: 'amount' });
  const price = { kind: 'price' };
  const open = { kind: 'day', of: 'open' };
  const sum = {
    kind: 'arithmetic',
    op: '-',
    left: price,
    right: { kind: 'arithmetic', op: '*', left: number(2), right: open },
  };
  assert.deepEqual(parseCondition('price - 2 * open - 1 > 0'), {
    ok: true,
    condition: {
      ...{ kind: 'compare', op: '>', to: number(0) },
      signal: { kind: 'arithmetic', op: '-', left: sum, right: number(1) },
    },
  });
});

test('what is wrong in the new forms is told where it is', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['smaa(20, 5m) > price', '0+4 Unknown signal "smaa". Did you mean "sma"?'],
    ['sma(0, 1d) > 5', '4+1 Number of bars: a whole number from 1 to 1000.'],
    ['sma(1.5, 1d) > 5', '4+3 Number of bars: a whole number from 1 to 1000.'],
    ['sma(20, 2m) > 5', '8+2 Bars come in 1m, 5m, 15m, 30m, 1h, 4h, 1d and 1w.'],
    ['sma(20, 5m, 1h) > 5', '12+2 One size of bars is enough: sma(20, 1d).'],
    ['sma(20, 5m, 3) > 5', '12+1 sma takes one number: sma(20, 1d).'],
    ['macd(12, 26, 1d) > 5', '0+4 macd takes 3 numbers: macd(12, 26, 9, 1d).'],
    ['obv(5, 1d) > 5', '4+1 obv takes no numbers: obv(1d).'],
    ['sma(20 5m) > 5', '7+2 Expected , or ), found "5m".'],
    ['sma(close, 20, 5m) > 5', '4+5 Leave "close" out: the bars\' own prices are used.'],
    ['macd.signl > 1', '4+6 macd has no ".signl". Did you mean ".signal"?'],
    ['rsi(14, 1h).signal > 1', '11+7 rsi has no ".signal". It has .rsi.'],
    ['high > 5', '0+4 Say over which time: high(52w).'],
    ['sma(20d) > 5', '4+3 Bars come in 1m, 5m, 15m, 30m, 1h, 4h, 1d and 1w.'],
    ['close > 5', '0+5 Write price for the last price, or previous close.'],
    ['price > 52 weak high', '11+4 Expected and, or, or the end, found "weak".'],
    ['high(1y) > 5', '5+2 A year is 52 weeks: 52w.'],
    [
      'average(price, 20) > 5',
      '8+5 An average is of something with bars: average(volume(5m), 20). For prices write sma(20, 1h).',
    ],
    ['average(volume(5m), 1) > 5', '20+1 An average takes a whole number of bars from 2 to 1000.'],
    ['price > 2 * 5', '8+5 Numbers alone are not calculated here: write 10.'],
    ['price / 0 > 5', '8+1 Nothing can be divided by 0.'],
    ['5 > 3', '4+1 Compare a signal with the number, not a number.'],
    ['price > (5', '10+0 Expected ), found the end.'],
    ['(price + 2 > 5', '0+1 This ( is never closed.'],
    ['price inside sma(20, 1d)..100', '13+3 The ends of a range are numbers; compare with each signal by itself.'],
    ['price is 5% below high(52w)', '6+2 Write a distance in percent as a factor: price < 0.95 * high(52w).'],
    [
      'ETH-USD > 5',
      '0+3 Expected a signal, found "ETH". The instrument is chosen beside the condition; write price here, or price(ETH-USD) for another one.',
    ],
    ['price rises 8% from high', '20+4 A price falls from its high and rises from its low.'],
    ['price since open > 5', '6+5 A change since then is written change(open) or change(previous close).'],
    ['volume rises 5% since open', '0+6 Only a price has changed since then.'],
    ['price falls 8% from', '19+0 Expected high or low, found the end.'],
    [
      'price falls 8% from 52 week high',
      '20+2 Expected high or low, found "52". From another high or low write a factor: price <= 0.95 * high(52w).',
    ],
    [
      'daily rsi < 30',
      '0+5 Unknown signal "daily". The numbers and bars of an indicator stand in its parentheses: sma(50, 1d), rsi(14, 1h).',
    ],
    [
      'rsi 14 < 30',
      '4+2 Expected a comparison or crossing, found "14". The numbers and bars of an indicator stand in its parentheses: sma(50, 1d), rsi(14, 1h).',
    ],
    [
      'price crosses above 200 day moving average',
      '24+3 Expected and, or, or the end, found "day". The numbers and bars of an indicator stand in its parentheses: sma(50, 1d), rsi(14, 1h).',
    ],
    ['macd crosses its signal', '13+3 Expected a number, found "its". "signal" is read of an indicator: macd.signal.'],
    ['golden cross', '0+6 Unknown signal "golden". Write sma(50, 1d) crosses above sma(200, 1d).'],
    ['price within 2% of 150', '16+2 Write a range: price inside 149..151.'],
    [
      'price > 5 for 3 bars',
      '14+1 Expected ticks or a unit of time after "3". Bars are not counted: write a time, or at close of 5m.',
    ],
    [
      'rsi < 30 on 1h',
      '9+2 Bars stand in the parentheses of an indicator, rsi(14, 1h); judged at their ends: at close of 1h.',
    ],
    ['no dat for 10m', '3+3 Expected data, found "dat".'],
    ['price > 5 for 1 tick', '14+1 A whole number of ticks from 2 to 1000 confirms.'],
    [
      'price > 5 for 30s and volume > 3',
      '10+3 A confirmation is said once, at the end, and means the whole condition.',
    ],
    [
      '(price > 5 for 30s) or volume > 3',
      '11+3 A confirmation is said once, at the end, and means the whole condition.',
    ],
    ['price > 5 for 3 ticks at close of 5m', '22+2 One confirmation is enough.'],
    ['price > 5 at close', '10+8 Say of which bars: at close of 5m.'],
    ['price closes above 150', '6+6 Say what it is at the close, and of which bars: price > 150 at close of 5m.'],
    ['price > 5 then volume > 3', '25+0 Say how soon after: A then B within 30m.'],
    ['price > 5 rearm 1%', '10+5 "rearm" is a setting of the alert, beside its condition: rearm.'],
    ['price > 5 once per bar 5m', '10+4 "once" is a setting of the alert, beside its condition: frequency.'],
    ['price > 5 remind every 30m', '10+6 "remind" is a setting of the alert, beside its condition: remindEvery.'],
  ];
  for (const [text, expected] of cases) {
    const result = parseCondition(text);
    assert.ok(!result.ok, `${text} was accepted`);
    const [first] = result.problems;
    assert.equal(`${first?.at}+${first?.length} ${first?.message}`, expected, text);
  }
});

test('units are kept apart', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['price > volume', '8+6 price is a price, volume is a volume.'],
    ['price > rsi(14, 1h)', '8+11 price is a price, rsi(14, 1h) is a bare number.'],
    ['price + volume > 5', '8+6 price is a price, volume is a volume.'],
    ['gap > open', '6+4 gap is in percent, open is a price.'],
    ['price * 105% > open', '8+4 Write a percentage of something as a factor: 1.05 * price.'],
    ['price + 5% > open', '8+2 Write a percentage of something as a factor: 1.05 * price.'],
    ['price > price', '8+5 Both sides are the same.'],
    ['abs(open - open) > 5', '11+4 Both sides are the same.'],
    ['abs(high(1d)) > 5', '0+13 high(1d) is never negative; leave abs out.'],
    ['roc(10, 1d) falls 5% from high', '0+11 A change is a move already: compare it with a number.'],
    ['price falls 0 from high', '12+1 The size of a move is above zero; the direction is in the word.'],
    ['rsi(14, 1h) > 5%', '14+2 rsi(14, 1h) is not in percent; for a change in percent write change(24h).'],
    [
      'not (price > 5 then price < 3 within 1h)',
      '0+40 not needs a state; a crossing is over as soon as it has happened.',
    ],
  ];
  for (const [text, expected] of cases) {
    const result = compileCondition(text);
    assert.ok(!result.ok, `${text} was accepted`);
    const [first] = result.problems;
    assert.equal(`${first?.at}+${first?.length} ${first?.message}`, expected, text);
  }
  const good = ['price * volume > 5', 'change(1h) + 2 > gap', '2 * change(1h) > 5%'];
  for (const text of [...good, 'atr(14, 1d) / price > 0.05', 'price > sma(20, 1d) + 2 * atr(14, 1d)']) {
    assert.ok(compileCondition(text).ok, text);
  }
});
