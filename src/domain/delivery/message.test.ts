import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertId } from '../alert/alert.ts';
import type { Trigger, TriggerId } from '../alert/trigger.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { bodyOf, detailOf, evidenceOf, groupDigits, printTime, printValue, shorten, titleOf } from './message.ts';

const at = Date.UTC(2024, 4, 1, 12, 0, 0, 123);
const crossing: Trigger = {
  id: 'a1.1' as TriggerId,
  alertId: 'a1' as AlertId,
  alertVersion: 1,
  epoch: 1,
  symbol: 'BTC-USDT' as InstrumentSymbol,
  condition: 'price crosses above 61600',
  firedAt: at,
  before: { price: 61598.12, at: at - 40, receivedAt: at - 5, source: 'binance' },
  after: { price: 61602.5, at, receivedAt: at, source: 'binance' },
  leaves: [{ text: 'price crosses above 61600', before: 61598.12, after: 61602.5, holds: true }],
  gap: null,
};

test('the title says what happened in words', () => {
  const title = (condition: string): string => titleOf({ ...crossing, condition });
  assert.equal(title('price crosses above 61600'), 'BTC-USDT crossed above 61,600');
  assert.equal(title('price crosses 0.00001234'), 'BTC-USDT crossed 0.00001234');
  assert.equal(title('price enters 90000..110000'), 'BTC-USDT entered 90,000 to 110,000');
  assert.equal(title('price > 150'), 'BTC-USDT price is above 150');
  assert.equal(title('price inside 90..110'), 'BTC-USDT price is inside 90 to 110');
  assert.equal(title('change(24h) <= -5%'), 'BTC-USDT change(24h) is at or below -5%');
  assert.equal(title('price rises 5% in 1h'), 'BTC-USDT rose 5% in 1h');
  assert.equal(
    title('price crosses below 1000 and volume >= 20000'),
    'BTC-USDT crossed below 1,000 and volume is at or above 20,000',
  );
  assert.equal(
    titleOf({ ...crossing, condition: 'price > 150', reminder: true }),
    'Reminder: BTC-USDT price is above 150',
  );
  assert.ok(title(`price > 1 ${'or price > 1 '.repeat(50)}`).length <= 120);
});

test('the evidence has the rule, both values with source and times, and no repeated row', () => {
  assert.deepEqual(evidenceOf(crossing), [
    { label: 'Rule', value: 'price crosses above 61600', note: '' },
    { label: 'Before', value: '61,598.12', note: 'binance, 2024-05-01 12:00:00.083 UTC, received 35ms later' },
    { label: 'Now', value: '61,602.5', note: 'binance, 2024-05-01 12:00:00.123 UTC' },
    { label: 'Fired', value: '2024-05-01 12:00:00.123 UTC', note: '' },
  ]);
});

test('a member of a watchlist says which one', () => {
  const rows = evidenceOf({ ...crossing, watchlist: 'Coins' });
  assert.deepEqual(rows[1], { label: 'Watchlist', value: 'Coins', note: '' });
  assert.match(bodyOf({ ...crossing, watchlist: 'Coins' }, { message: null }), /^Watchlist: Coins$/m);
  assert.deepEqual(evidenceOf({ ...crossing, watchlist: null }), evidenceOf(crossing));
});

test('a rule that looks at another instrument shows its price, and both sides of what it compares', () => {
  const spy = { price: 510.5, at: at - 900, receivedAt: at - 890, source: 'demo' };
  const text = 'price crosses above price(SPY)';
  const leaf = {
    ...{ text, before: -1.5, after: 2, holds: true },
    sides: [
      { text: 'price', before: 509, after: 512.5 },
      { text: 'price(SPY)', before: 510.5, after: 510.5 },
    ],
    others: [{ symbol: 'SPY' as InstrumentSymbol, before: spy, after: spy }],
  };
  assert.deepEqual(evidenceOf({ ...crossing, condition: text, leaves: [leaf] }).slice(3, 5), [
    { label: 'SPY', value: '510.5', note: 'demo, 2024-05-01 11:59:59.223 UTC, received 10ms later' },
    {
      label: 'Holds',
      value: 'price crosses above price(SPY)',
      note: 'price 509 before, 512.5 now; price(SPY) 510.5 before, 510.5 now',
    },
  ]);
});

test('a rule of several parts shows each, and an unknown value as unknown', () => {
  const rows = evidenceOf({
    ...crossing,
    leaves: [
      { text: 'price crosses above 61600', before: 61598.12, after: 61602.5, holds: true },
      { text: 'change(1h) > 2%', before: null, after: -1.5, holds: false },
    ],
  });
  assert.deepEqual(
    rows.slice(3, 5).map(({ label, note }) => [label, note]),
    [
      ['Holds', '61,598.12 before, 61,602.5 now'],
      ['Does not hold', 'unknown before, -1.5 now'],
    ],
  );
});

test('a gap and a missing value before are said', () => {
  const rows = evidenceOf({ ...crossing, before: null, leaves: [], gap: { from: at - 90_000, to: at } });
  assert.deepEqual(rows[1], { label: 'Before', value: 'none', note: 'it held with the first price it was judged by' });
  assert.deepEqual(rows[3], {
    label: 'Gap',
    value: 'nothing was seen for 1m',
    note: '2024-05-01 11:58:30.123 UTC to 2024-05-01 12:00:00.123 UTC',
  });
});

test("the body puts the user's words first, then what failed, then the evidence", () => {
  const text = bodyOf(crossing, { message: 'Sell half', failure: 'Mail said no.' });
  assert.match(text, /^Sell half\n\nMail said no\.\n\nRule: price crosses above 61600\nBefore: 61,598\.12 \(binance/);
  assert.match(bodyOf(crossing, { message: null }), /^Rule: /);
});

test('numbers are grouped and never change their value', () => {
  assert.equal(groupDigits('1234567.1234567 and 12345'), '1,234,567.1234567 and 12,345');
  assert.equal(printValue(1e-7), '0.0000001');
  assert.equal(printValue(-1234.5), '-1,234.5');
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e15, noNaN: true }), (value) => {
      const back = Number(printValue(value).replaceAll(',', ''));
      assert.ok(Math.abs(back - value) <= 1e-20 + value * 1e-10);
    }),
  );
});

test("a far end's words are kept without secrets, control characters and broken characters", () => {
  assert.equal(
    detailOf('550 no\u0000\u001b[31m\r\n such key whsec_x whsec_x', ['whsec_x', '']),
    '550 no [31m such key (hidden) (hidden)',
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 490, maxLength: 600 }), (text) => {
      const detail = detailOf(text);
      assert.ok(detail.length <= 500 && detail.isWellFormed() && !/\p{Cc}/u.test(detail));
    }),
  );
});

test('a long text is cut to one line', () => {
  assert.equal(shorten('a\n\nb', 10), 'a b');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const line = shorten(text, 20);
      assert.ok(line.length <= 20 && !line.includes('\n'));
    }),
  );
  assert.equal(printTime(0), '1970-01-01 00:00:00.000 UTC');
});
