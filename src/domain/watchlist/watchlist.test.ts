import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { eachOnce, nameKey, withAdded } from './watchlist.ts';

const symbols = (text: string): InstrumentSymbol[] => (text === '' ? [] : (text.split(' ') as InstrumentSymbol[]));

test('names are the same whatever their case and spaces', () => {
  assert.equal(nameKey('  My  Coins '), nameKey('my coins'));
  assert.equal(nameKey('Ｃoins'), nameKey('coins'));
  assert.notEqual(nameKey('coins'), nameKey('coin'));
});

test('a member stands in a list once, where it came first', () => {
  assert.deepEqual(eachOnce(symbols('A B A C B')), symbols('A B C'));
});

test('new members come in where they are wanted, and those there stay', () => {
  assert.deepEqual(withAdded(symbols('A B'), symbols('C D C')), symbols('A B C D'));
  assert.deepEqual(withAdded(symbols('A B'), symbols('C A D'), 1), symbols('A C D B'));
  assert.deepEqual(withAdded(symbols('A B'), symbols('C'), 99), symbols('A B C'));
  assert.deepEqual(withAdded(symbols(''), symbols('C')), symbols('C'));
});
