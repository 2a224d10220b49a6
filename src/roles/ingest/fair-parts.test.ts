import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fairParts, TOLERANCE } from './fair-parts.ts';

const NAMES = ['ash', 'elm', 'fir', 'oak', 'yew'];
const members = fc
  .subarray(NAMES, { minLength: 1 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.record({ name: fc.constant(name), capacity: fc.integer({ min: 1, max: 4 }) }))),
  );
const weights = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 40 });
/** Some held by those who are there, some by one who is gone, some by nobody. */
const rows = weights.chain((all) =>
  fc.tuple(
    ...all.map((weight, part) =>
      fc.record({
        part: fc.constant(part),
        weight: fc.constant(weight),
        member: fc.constantFrom(null, 'gone', ...NAMES),
      }),
    ),
  ),
);
type Rows = readonly { readonly part: number; readonly weight: number; readonly member: string | null }[];
const held = (known: Rows, wanted: ReadonlyMap<number, string>): Rows =>
  known.map((row) => ({ ...row, member: wanted.get(row.part) ?? null }));
const moved = (known: Rows, wanted: ReadonlyMap<number, string>): Rows =>
  known.filter(({ part, member }) => member !== wanted.get(part));
const even = (names: readonly string[]) => names.map((name) => ({ name, capacity: 1 }));

test('every part has one of those who are there, and loads are as even as its parts allow', () => {
  fc.assert(
    fc.property(rows, members, (known, there) => {
      const wanted = fairParts(known.length, known, there);
      assert.equal(wanted.size, known.length);
      const weightOf = (part: number): number => Math.max(1, known[part]?.weight ?? 0);
      const loads = there.map(({ name, capacity }) => {
        const mine = known.filter(({ part }) => wanted.get(part) === name).map(({ part }) => weightOf(part));
        return {
          load: mine.reduce((sum, weight) => sum + weight, 0) / capacity,
          capacity,
          lightest: Math.min(...mine),
        };
      });
      assert.equal(
        known.filter(({ part }) => there.some(({ name }) => name === wanted.get(part))).length,
        known.length,
        'nobody else has any',
      );
      const fair =
        known.reduce((sum, { part }) => sum + weightOf(part), 0) /
        there.reduce((sum, { capacity }) => sum + capacity, 0);
      const most = loads.reduce((top, one) => (one.load > top.load ? one : top));
      const least = loads.reduce((low, one) => (one.load < low.load ? one : low));
      const bound = Math.max(TOLERANCE * fair, most.lightest / least.capacity + (TOLERANCE / 2) * fair);
      assert.ok(most.load - least.load <= bound * (1 + 1e-9), `${most.load} and ${least.load}, at most ${bound} apart`);
    }),
    { numRuns: 2_000 },
  );
});

test('where nobody comes or goes and weights stay, nothing moves a second time', () => {
  fc.assert(
    fc.property(rows, members, (known, there) => {
      const once = held(known, fairParts(known.length, known, there));
      assert.deepEqual(moved(once, fairParts(once.length, once, there)), []);
    }),
    { numRuns: 2_000 },
  );
});

test('one who goes is followed by the others; what they had stays with them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.subarray(NAMES, { minLength: 2 }), (count, names) => {
      const known = Array.from({ length: count }, (_, part) => ({ part, weight: 5, member: null }));
      const before = held(known, fairParts(count, known, even(names)));
      const [gone, ...rest] = names;
      for (const { member } of moved(before, fairParts(count, before, even(rest)))) assert.equal(member, gone);
    }),
  );
});

test('one who comes is given a share, and nothing moves between the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.subarray(NAMES, { minLength: 2 }), (count, names) => {
      const known = Array.from({ length: count }, (_, part) => ({ part, weight: 5, member: null }));
      const [comes, ...rest] = names;
      const before = held(known, fairParts(count, known, even(rest)));
      const wanted = fairParts(count, before, even(names));
      const moves = moved(before, wanted);
      for (const { part } of moves) assert.equal(wanted.get(part), comes);
      assert.ok(moves.length <= Math.ceil(count / names.length), `${moves.length} of ${count}`);
    }),
  );
});

test('weights that come and go a little move nothing; a part that has become heavy makes room for itself', () => {
  const known = [10, 10, 10, 10].map((weight, part) => ({ part, weight, member: part < 2 ? 'ash' : 'elm' }));
  const reweighed = (...now: readonly number[]) => known.map((row, part) => ({ ...row, weight: now[part] ?? 0 }));
  assert.deepEqual(moved(known, fairParts(4, reweighed(12, 11, 9, 10), even(['ash', 'elm']))), []);
  const wanted = fairParts(4, reweighed(90, 10, 10, 10), even(['ash', 'elm']));
  assert.deepEqual([...wanted].sort(), [
    [0, 'ash'],
    [1, 'elm'],
    [2, 'elm'],
    [3, 'elm'],
  ]);
});

test('who takes nothing is given nothing; where nobody takes any, nobody has any', () => {
  const there = [
    { name: 'ash', capacity: 0 },
    { name: 'elm', capacity: 2 },
  ];
  assert.deepEqual(new Set(fairParts(3, [{ part: 0, weight: 1, member: 'ash' }], there).values()), new Set(['elm']));
  assert.equal(fairParts(3, [], there.slice(0, 1)).size, 0);
});
