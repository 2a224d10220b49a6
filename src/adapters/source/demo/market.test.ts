import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Gate } from '#domain/market/gate.ts';
import { LISTINGS } from './listings.ts';
import { createMarket } from './market.ts';

const START = Date.UTC(2025, 5, 1) / 1000;
const deviation = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('a price depends on seed, symbol and second alone: asked in any order, by any run', () => {
  const listing = fc.constantFrom(...LISTINGS);
  const second = fc.integer({ min: START, max: START + 10 ** 8 });
  fc.assert(
    fc.property(fc.nat(), listing, fc.array(second, { minLength: 1, maxLength: 20 }), (seed, which, seconds) => {
      const forward = createMarket(seed, which);
      const quotes = seconds.map(forward);
      const backward = createMarket(seed, which);
      assert.deepEqual(seconds.toReversed().map(backward).toReversed(), quotes);
      for (const { price, volume } of quotes) {
        assert.equal(price, Number(price.toFixed(which.instrument.decimals)));
        assert.ok(price > which.base / 4 && price < which.base * 4, `${which.instrument.symbol} at ${price}`);
        assert.equal(volume === undefined, which.size === 0);
        assert.ok(volume === undefined || volume > 0);
      }
    }),
  );
  const [first] = LISTINGS;
  assert.ok(first);
  assert.notDeepEqual(createMarket(1, first)(START), createMarket(2, first)(START));
});

test('it looks like a market: each day moves as much as it should, and wild minutes come together', () => {
  const days = LISTINGS.map((listing) => {
    const quote = createMarket(1, listing);
    const moves = Array.from({ length: 120 }, (_, day) =>
      Math.log(quote(START + (day + 1) * 86_400).price / quote(START + day * 86_400).price),
    );
    return deviation(moves) / listing.dailyVolatility;
  });
  assert.ok(mean(days) > 0.7 && mean(days) < 1.4, `a day moves ${mean(days)} times its volatility`);

  // Volatility clusters: how much one minute moves says something about the next.
  const [first] = LISTINGS;
  assert.ok(first);
  const quote = createMarket(1, { ...first, instrument: { ...first.instrument, decimals: 8 } });
  const minutes = Array.from({ length: 1_500 }, (_, minute) =>
    deviation(
      Array.from({ length: 20 }, (_unused, part) => {
        const at = START + minute * 60 + part * 3;
        return Math.log(quote(at + 1).price / quote(at).price);
      }),
    ),
  ).sort((a, b) => a - b);
  const calm = minutes[150] as number;
  const wild = minutes[1_350] as number;
  assert.ok(wild > 2 * calm, `calm ${calm}, wild ${wild}`);
});

test('the gate lets all of it pass', () => {
  const gate = new Gate();
  for (const listing of LISTINGS) {
    const quote = createMarket(7, listing);
    for (let second = START; second < START + 3_600; second += 1) {
      const at = second * 1000;
      const tick = {
        symbol: listing.instrument.symbol,
        ...quote(second),
        at,
        receivedAt: at,
        source: 'demo',
        sequence: second,
      };
      assert.equal(gate.judge(tick, at, 15_000).verdict, 'accepted');
    }
  }
});
