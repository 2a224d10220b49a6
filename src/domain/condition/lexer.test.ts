import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lex } from './lexer.ts';

const texts = (text: string): string[] => lex(text).tokens.map((token) => token.text);

test('tokens stand where they were typed, in one spelling', () => {
  assert.deepEqual(texts('Price≥61,600 && (x…y)'), ['price', '>=', '61,600', 'and', '(', 'x', '..', 'y', ')', '']);
  assert.deepEqual(
    lex(' price > −5% ').tokens.map(({ kind, at, length }) => `${kind} ${at}+${length}`),
    ['word 1+5', 'sign 7+1', 'sign 9+1', 'number 10+1', 'sign 11+1', 'end 13+0'],
  );
});

test('dots are decimals or ranges', () => {
  assert.deepEqual(texts('90..110'), ['90', '..', '110', '']);
  assert.deepEqual(texts('.5..1.5'), ['.5', '..', '1.5', '']);
  assert.deepEqual(texts('1...2'), ['1', '..', '2', '']);
});

test('a comma parts thousands, and arguments between the parentheses of a call', () => {
  assert.deepEqual(texts('(price > 1,000)'), ['(', 'price', '>', '1,000', ')', '']);
  assert.deepEqual(texts('sma(20,500) > 1,000'), ['sma', '(', '20', ',', '500', ')', '>', '1,000', '']);
  assert.deepEqual(texts('not (1,000)'), ['not', '(', '1,000', ')', '']);
});

test('durations in the units people type; M could be three things and is none', () => {
  const value = (text: string): string => lex(text).tokens.map((token) => `${token.kind} ${token.value}`)[0] as string;
  for (const [text, ms] of [
    ...[['15m', 900_000] as const, ['15min', 900_000] as const, ['1H', 3_600_000] as const],
    ...[['2hours', 7_200_000] as const, ['500ms', 500] as const, ['1wk', 604_800_000] as const],
  ])
    assert.equal(value(text), `duration ${ms}`, text);
  assert.equal(value('15M'), 'number NaN');
});

test('property: every character but space is in exactly one token or problem', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'1.,_e-+m(>=& p$') })),
      (text) => {
        const { tokens, problems } = lex(text);
        const covered = new Array<number>(text.length).fill(0);
        for (const { at, length } of [...tokens, ...problems])
          for (let index = at; index < at + length; index++) covered[index] = (covered[index] as number) + 1;
        covered.forEach((count, index) => {
          assert.equal(count, /\s/.test(text[index] as string) ? 0 : 1, `${index} in ${JSON.stringify(text)}`);
        });
        assert.equal(tokens.at(-1)?.kind, 'end');
      },
    ),
    { numRuns: 1000 },
  );
});
