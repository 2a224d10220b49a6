import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCondition } from '../../../test/support/conditions.ts';
import { MAX_DEPTH, MAX_LEAVES, MAX_PROBLEMS, MAX_TEXT_LENGTH } from './limits.ts';
import { parseCondition } from './parser.ts';
import { printCondition } from './printer.ts';
import { PHRASES } from './vocabulary.ts';

function canonical(text: string): string {
  const result = parseCondition(text);
  assert.ok(result.ok, `${text}: ${JSON.stringify(result)}`);
  return printCondition(result.condition);
}

/** The first problem as `at+length message`. */
function problem(text: string): string {
  const result = parseCondition(text);
  assert.ok(!result.ok, `${text} was accepted`);
  const first = result.problems[0];
  assert.ok(first);
  return `${first.at}+${first.length} ${first.message}`;
}

test('the tree of each form', () => {
  const price = { kind: 'price' };
  const amount = (value: number) => ({ kind: 'number', value, unit: 'amount' });
  const percent = (value: number) => ({ kind: 'number', value, unit: 'percent' });
  const cases: readonly (readonly [string, object])[] = [
    ['price > 150', { kind: 'compare', signal: price, op: '>', to: amount(150) }],
    ['volume <= 1e3', { kind: 'compare', signal: { kind: 'volume' }, op: '<=', to: amount(1000) }],
    [
      'change(24h) <= -5%',
      { kind: 'compare', signal: { kind: 'change', windowMs: 86_400_000 }, op: '<=', to: percent(-5) },
    ],
    [
      'abs(change(5m)) >= 0.3',
      {
        kind: 'compare',
        signal: { kind: 'abs', of: { kind: 'change', windowMs: 300_000 } },
        op: '>=',
        to: percent(0.3),
      },
    ],
    ['price inside 90..110', { kind: 'range', signal: price, op: 'inside', low: amount(90), high: amount(110) }],
    ['price outside .5..1.5', { kind: 'range', signal: price, op: 'outside', low: amount(0.5), high: amount(1.5) }],
    ['price crosses 150', { kind: 'cross', signal: price, direction: 'either', to: amount(150) }],
    ['price crosses above 150', { kind: 'cross', signal: price, direction: 'above', to: amount(150) }],
    ['price crosses below 150', { kind: 'cross', signal: price, direction: 'below', to: amount(150) }],
    ['price enters 90..110', { kind: 'channel', signal: price, op: 'enters', low: amount(90), high: amount(110) }],
    ['price leaves 90..110', { kind: 'channel', signal: price, op: 'leaves', low: amount(90), high: amount(110) }],
    ['price moves 3% in 15m', { kind: 'move', signal: price, direction: 'any', by: percent(3), windowMs: 900_000 }],
    ['price rises 5 in 1h', { kind: 'move', signal: price, direction: 'rise', by: amount(5), windowMs: 3_600_000 }],
    ['price falls 5% in 1d', { kind: 'move', signal: price, direction: 'fall', by: percent(5), windowMs: 86_400_000 }],
  ];
  for (const [text, condition] of cases) assert.deepEqual(parseCondition(text), { ok: true, condition }, text);
});

test('what people type has one canonical text', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Price  >  150', 'price > 150'],
    ['price is above $61,600.01', 'price > 61600.01'],
    ['price ≥ 61_600', 'price >= 61600'],
    ['price => 1', 'price >= 1'],
    ['price is at or below 3', 'price <= 3'],
    ['150 < price', 'price > 150'],
    ['-5 >= change(60m)', 'change(1h) <= -5%'],
    ['price goes above 150', 'price crosses above 150'],
    ['price rises above 150', 'price crosses above 150'],
    ['price rises to 150', 'price crosses above 150'],
    ['price drops below 150', 'price crosses below 150'],
    ['price hits 150', 'price crosses 150'],
    ['price between 90 and 110', 'price inside 90..110'],
    ['price is not between 90 and 110', 'price outside 90..110'],
    ['price in 90 to 110', 'price inside 90..110'],
    ['price exits 90…110', 'price leaves 90..110'],
    ['change(1h) inside −5..5%', 'change(1h) inside -5%..5%'],
    ['price moves by 3 percent within the last 15 minutes', 'price moves 3% in 15m'],
    ['price is up 5% over 24 hours', 'price rises 5% in 1d'],
    ['price gains 5 within the last hour', 'price rises 5 in 1h'],
    ['price drops 5% in a day', 'price falls 5% in 1d'],
    ['the price is above 5', 'price > 5'],
    ['price loses 5 in 90min', 'price falls 5 in 90m'],
    ['abs(abs(change(1h))) > 1', 'abs(change(1h)) > 1%'],
    ['price > 1e-8', 'price > 0.00000001'],
    ['price > -0', 'price > 0'],
    ['price>1&&price<2||volume>3', 'price > 1 and price < 2 or volume > 3'],
    ['price > 1 AND (price < 2 OR volume > 3)', 'price > 1 and (price < 2 or volume > 3)'],
    ['((price > 1) and (volume > 2 and (price < 3)))', 'price > 1 and volume > 2 and price < 3'],
    ['not not !price > 1', 'not price > 1'],
    ['!(price > 1 | price < 0.5)', 'not (price > 1 or price < 0.5)'],
    ['price between 1 and 2 and volume > 3', 'price inside 1..2 and volume > 3'],
  ];
  for (const [text, expected] of cases) assert.equal(canonical(text), expected, text);
});

test('one condition has one tree: flat lists, no double not, no minus zero', () => {
  const same = (text: string, other: string) => assert.deepEqual(parseCondition(text), parseCondition(other), text);
  same(
    'price > 1 and (price > 2 and (price > 3 and price > 4))',
    'price > 1 and price > 2 and price > 3 and price > 4',
  );
  same('(price > 1 or price > 2) or price > 3', 'price > 1 or price > 2 or price > 3');
  same('not (not (price > 1 and volume > 2)) and volume > 3', 'price > 1 and volume > 2 and volume > 3');
  same('price > -0', 'price > 0');
});

test('every spelling of a phrase is found as what the table says, whatever longer ones it begins', () => {
  for (const { words, meaning } of PHRASES) {
    const verb = words.join(' ');
    const rest =
      meaning.kind === 'range' || meaning.kind === 'channel' ? '1..2' : meaning.kind === 'move' ? '1% in 1h' : '1';
    const result = parseCondition(`price ${verb} ${rest}`);
    assert.ok(result.ok, verb);
    const { kind, ...more } = meaning;
    assert.equal(result.condition.kind, kind, verb);
    for (const [key, value] of Object.entries(more))
      assert.equal(Object.entries(result.condition).find(([k]) => k === key)?.[1], value, verb);
  }
});

test('a number is the one that was typed, or an error', () => {
  for (const text of ['61600.01', '61600.00999', '0.00000001', '10000000.1', '999999999999999', '0.1'])
    assert.equal(canonical(`price > ${text}`), `price > ${text}`);
  assert.match(problem('price > 61600.010000000000001'), /^8\+21 .*more digits than can be kept/);
  assert.match(problem('price > 61,60'), /^8\+5 .*write 61\.60 with a point/);
  assert.match(problem('price > 1.234,56'), /write 1234\.56/);
  assert.match(problem('price > 61k'), /Write "61k" in full: 61000/);
  assert.match(problem('price > 1e16'), /too large/);
  assert.match(problem('price > 1e-16'), /too small/);
  assert.match(problem('price > 1e999'), /too large/);
  assert.match(problem('price > 61 600'), /^11\+3 .*without spaces/);
  assert.match(problem('price > 5m'), /^8\+2 .*duration "5m"/);
});

test('a mistake is shown where it is, with what was expected', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /^0\+0 Write a condition/],
    ['   ', /^0\+3 Write a condition/],
    ['price', /^5\+0 Expected a comparison or crossing, found the end/],
    ['price >', /^7\+0 Expected a number, found the end/],
    ['prise > 5', /^0\+5 Unknown signal "prise". Did you mean "price"\?/],
    ['price crosss 5', /^6\+6 .*Did you mean "cross(es)?"/],
    ['price crosses abve 100', /^14\+4 .*Did you mean "above"/],
    ['price is abov 5', /^9\+4 .*Did you mean "above"/],
    ['price > 5 adn volume > 3', /^10\+3 .*Did you mean "and"/],
    ['price = 5', /^6\+1 A price is rarely exactly equal/],
    ['BTC-USDT > 5', /^0\+3 .*instrument is chosen beside/],
    ['> 5', /^0\+1 Say what is watched: price > …/],
    ['price inside 90-110', /^15\+1 .*90\.\.110/],
    ['price moves 3%', /^14\+0 Expected in and a duration/],
    ['price moves 3% in 15', /^18\+2 .*add a unit/],
    ['price moves 3% in 1h 30m', /^21\+3 A duration has one unit/],
    ['price moves 3% in 500ms', /^18\+5 A window lasts .* from 1s to 53w/],
    ['change > 5%', /^0\+6 Say over which time/],
    ['change(5) > 5%', /^7\+1 .*add a unit/],
    ['(price > 5', /^0\+1 This \( is never closed/],
    ['price > 5)', /^9\+1 This \) closes nothing/],
    ['100 < price < 200', /^12\+1 One comparison at a time/],
    ['price > €5', /^8\+1 Leave "€" out/],
    ['price > 5 💥', /^10\+2 "💥" is not part/],
    ['"price" > 5', /^0\+1 Quotation marks/],
    ['price is 150', /^6\+2 A price is rarely exactly equal/],
    ['price > 150 USD', /^12\+3 Leave "USD" out/],
    ['price > 90..110', /^10\+2 For a range write price inside/],
    ['price rises above 5 within 1h', /^20\+6 Only a move has a window/],
    ['price moves 3% in 1.5h', /^18\+4 A duration is a whole number of one unit/],
    ['price moves 3% in 1h30m', /^18\+5 A duration is a whole number of one unit/],
    ['price > 5 once', /^10\+4 "once" is a setting of the alert/],
    ['price > 5 and', /^13\+0 Expected a signal, found the end/],
  ];
  for (const [text, expected] of cases) assert.match(problem(text), expected, text);
});

test('several mistakes are reported together, in the order of the text', () => {
  const result = parseCondition('prise > 5 and (volume < x or change(5) > 3%) and price crosses');
  assert.ok(!result.ok);
  assert.deepEqual(
    result.problems.map(({ at }) => at),
    [0, 24, 36, 62],
  );
});

test('limits hold, each with its name in words', () => {
  const joined = (count: number) => Array.from({ length: count }, (_, index) => `price > ${index}`).join(' and ');
  assert.ok(parseCondition(joined(MAX_LEAVES)).ok);
  assert.match(problem(joined(MAX_LEAVES + 1)), /At most 32 conditions/);
  const deep = (levels: number) => `${'('.repeat(levels)}price > 1${')'.repeat(levels)}`;
  assert.ok(parseCondition(deep(MAX_DEPTH)).ok);
  assert.match(problem(deep(MAX_DEPTH + 1)), /At most 16 levels/);
  assert.match(problem(`${'not '.repeat(MAX_DEPTH + 1)}price > 1`), /At most 16 levels/);
  assert.match(problem('('.repeat(MAX_TEXT_LENGTH)), /At most 16 levels/);
  assert.match(problem('abs('.repeat(1000)), /Expected/);
  assert.match(problem(`price > 1${' '.repeat(MAX_TEXT_LENGTH)}`), /^5000\+9 A condition has at most 5000 characters/);
  const digits = problem(`price > ${'9'.repeat(1000)}`);
  assert.match(digits, /^8\+1000 A number has at most 60 characters/);
  assert.ok(problem('x'.repeat(1000)).length < 100);
  const wrong = parseCondition(Array.from({ length: 30 }, () => 'x > 1').join(' or '));
  assert.ok(!wrong.ok && wrong.problems.length === MAX_PROBLEMS);
});

test('property: parsing the canonical text gives the same tree', () => {
  fc.assert(
    fc.property(anyCondition({ maxLeaves: 12 }), (condition) => {
      assert.deepEqual(parseCondition(printCondition(condition)), { ok: true, condition });
    }),
    { numRuns: 1000 },
  );
});

test('property: the canonical text of the longest conditions is within the limit', () => {
  const levels = fc.constantFrom(Number('-1.2345678901234567e-15'), -99999999999999.98, 1e15);
  fc.assert(
    fc.property(anyCondition({ maxLeaves: MAX_LEAVES, levels, windows: fc.constant(604_799_999) }), (condition) => {
      assert.ok(printCondition(condition).length <= MAX_TEXT_LENGTH);
    }),
  );
});

/** Pieces of the language in random order: far more often nearly right than random letters are. */
const almost = fc
  .array(
    fc.constantFrom(
      ...['price', 'volume', 'change', 'abs', '(', ')', 'and', 'or', 'not', '>', '<=', 'crosses', 'above', 'is', 'in'],
      ...['5', '-5', '1e3', '61,600', '1,5', '15m', '..', '%', '$', 'to', 'then', 'for', 'moves', 'falls', 'inside'],
      ...['5m', '!', '&&', 'enters', 'x', ',', '*', '💥', '\u0000', 'é', 'from', 'no', 'not between'],
      ...['sma', 'macd(', '.signal', 'high(52w)', 'previous close', 'BTC-USD', '(BTC-USD', 'all', 'average', 'data'],
      ...[
        '/',
        '+',
        '-',
        'within',
        'at close of',
        '3',
        'ticks',
        '^GSPC',
        ')',
        '(',
        'rsi(14, 1h)',
        'low',
        'any of',
        '52w high',
        'all',
        '-',
        'time',
        'high',
      ],
    ),
    { maxLength: 25 },
  )
  .map((words) => words.join(' '));

test('property: any text is a tree or problems that lie within it, and a tree prints to a fixed point', () => {
  const anything = fc.oneof(
    almost,
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(anything, (text) => {
      const result = parseCondition(text);
      if (result.ok) {
        const printed = printCondition(result.condition);
        assert.deepEqual(parseCondition(printed), result);
        return;
      }
      assert.ok(result.problems.length > 0 && result.problems.length <= MAX_PROBLEMS);
      for (const { at, length, message } of result.problems) {
        assert.ok(at >= 0 && length >= 0 && at + length <= text.length, `${at}+${length} in ${JSON.stringify(text)}`);
        assert.match(message, /\S\S/);
      }
    }),
    { numRuns: 5000 },
  );
});
