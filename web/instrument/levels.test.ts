/** What a list says of an alert beside its price. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMetAt, nearest, priceLevels } from './levels.ts';

test('the levels of a condition are its prices, each once', () => {
  assert.deepEqual(priceLevels('price crosses 100 or price inside 90..100'), [100, 90]);
  assert.deepEqual(priceLevels('rsi(14, 1h) > 70'), []);
  assert.deepEqual(priceLevels('price >>'), []);
  assert.equal(nearest([90, 120], 100)?.level, 90);
});

test('it holds where nothing but the price decides and the price is as it has to be', () => {
  assert.equal(isMetAt('price > 100', 101), true);
  assert.equal(isMetAt('price > 100', 99), false);
  assert.equal(isMetAt('not price inside 90..110', 111), true);
  assert.equal(isMetAt('price crosses above 100', 101), false, 'a crossing at rest is none');
  assert.equal(isMetAt('price > 100 and price < 105', 110), false);
  assert.equal(isMetAt('price > 100 and rsi(14, 1h) > 70', 101), false, 'who knows');
});
