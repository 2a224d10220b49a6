/** The book against a plain sorted list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LevelBook } from './level-book.ts';

/** Never -0, which is as good a level as 0. */
const key = fc
  .oneof(fc.integer({ min: 0, max: 40 }), fc.double({ noNaN: true, min: -10, max: 10 }))
  .map((at) => at + 0);

test('it finds what a search through a list finds, however it came to be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.nat(5)), { maxLength: 3000, size: 'max' }),
      fc.array(fc.nat(), { maxLength: 50 }),
      fc.array(fc.tuple(key, key), { maxLength: 10 }),
      (levels, removals, questions) => {
        const book = new LevelBook();
        const list = levels.map(([at], slot) => ({ at, slot }));
        for (const { at, slot } of list) book.add(at, slot);
        for (const removal of removals) {
          const [gone] = list.splice(removal % Math.max(1, list.length), 1);
          if (gone) book.remove(gone.at, gone.slot);
        }
        assert.equal(book.size, list.length);
        for (const [above, upTo] of [...questions, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const]) {
          const found: number[] = [];
          book.between(above, upTo, found);
          const expected = list.filter(({ at }) => above < at && at <= upTo).map(({ slot }) => slot);
          assert.deepEqual(
            found.sort((a, b) => a - b),
            expected,
          );
          const keys = list.map(({ at }) => at);
          assert.equal(book.lastUpTo(upTo), Math.max(Number.NEGATIVE_INFINITY, ...keys.filter((at) => at <= upTo)));
          assert.equal(book.firstAbove(above), Math.min(Number.POSITIVE_INFINITY, ...keys.filter((at) => at > above)));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('to remove what is not there is a bug, said at once', () => {
  const book = new LevelBook();
  book.add(1, 1);
  assert.throws(() => book.remove(1, 2), /no level 1 of slot 2/);
});
