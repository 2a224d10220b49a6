import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Trade } from './trade-frame.ts';
import { TradeLine } from './trade-line.ts';

const trade = (id: number): Trade => ({ pair: 'BTCUSDT', id, price: 1, volume: id / 10, at: 1000 + id });

test('however trades come, each leaves once, in order, and what never came is what the holes say', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 11, max: 40 }), { maxLength: 80 }),
      fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }),
      (ids, passes) => {
        const line = new TradeLine({ id: 10, at: 1010 });
        const out: number[] = [];
        const missing: number[] = [];
        const giveUp = (): void => {
          const { hole } = line;
          if (hole === null) return;
          assert.equal(hole.until.id, hole.toId + 1);
          assert.equal(hole.fromId, (out.at(-1) ?? 10) + 1);
          for (let id = hole.fromId; id <= hole.toId; id += 1) missing.push(id);
          out.push(...line.pass().map(({ id }) => id));
        };
        for (const [index, id] of ids.entries()) {
          out.push(...line.offer(trade(id)).map((next) => next.id));
          if (passes[index]) giveUp();
        }
        while (line.hole !== null) giveUp();
        assert.equal(line.holding, 0);
        const highest = Math.max(10, ...ids);
        assert.deepEqual(
          [...out, ...missing].sort((a, b) => a - b),
          Array.from({ length: highest - 10 }, (_, index) => index + 11),
        );
        assert.deepEqual(
          out,
          [...out].sort((a, b) => a - b),
        );
        // Only what had not come when its hole was given up is missing.
        for (const id of out) assert.ok(ids.includes(id));
      },
    ),
  );
});

test('without a position the first trade is the beginning', () => {
  const line = new TradeLine(null);
  assert.deepEqual(line.offer(trade(77)), [trade(77)]);
  assert.deepEqual(line.offer(trade(76)), []);
  assert.equal(line.hole, null);
});

test('sizes of seen trades are known, of others not', () => {
  const line = new TradeLine(null);
  for (const id of [1, 2, 3, 6]) line.offer(trade(id));
  assert.equal(line.sizeOf(2, 3), 0.5);
  assert.equal(line.sizeOf(6, 6), 0.6);
  assert.equal(line.sizeOf(3, 4), undefined);
  assert.equal(line.sizeOf(4, 3), 0);
});
