/** The index against two maps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertId } from '../alert/alert.ts';
import { AlertRows } from './alert-rows.ts';
import { IdIndex } from './id-index.ts';
import { Kinds } from './kinds.ts';

const id = fc.oneof(
  { weight: 8, arbitrary: fc.uuid() },
  { weight: 2, arbitrary: fc.nat(30).map((number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`) },
  { weight: 1, arbitrary: fc.uuid().map((text) => text.toUpperCase()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'a',
      '',
      '00000000-0000-4000-8000-00000000000g',
      '0000000000004000-8000-000000000000-----',
    ),
  },
) as fc.Arbitrary<AlertId>;

test('it knows the slot of each id and the id of each slot, whatever came and went', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 2500, size: 'max' }), (steps) => {
      const rows = new AlertRows(new Kinds());
      const index = new IdIndex(rows);
      const slots = new Map<AlertId, number>();
      const free: number[] = [];
      for (const [some, stays] of steps) {
        const known = slots.get(some);
        assert.equal(index.slotOf(some), known);
        if (known === undefined) {
          const slot = free.shift() ?? slots.size;
          slots.set(some, slot);
          rows.clearRow(slot);
          index.add(some, slot);
        } else if (!stays) {
          slots.delete(some);
          free.push(known);
          index.delete(known);
        }
      }
      assert.equal(index.size, slots.size);
      for (const [some, slot] of slots) {
        assert.equal(index.idOf(slot), some);
        assert.equal(index.slotOf(some), slot);
      }
    }),
    { numRuns: 30 },
  );
});

test('it holds many more ids than one of its tables, and lets them go', () => {
  const rows = new AlertRows(new Kinds());
  const index = new IdIndex(rows);
  const idAt = (number: number): AlertId => {
    const text = number.toString(16).padStart(12, '0');
    return `0190a0a0-${text.slice(8)}-7000-8000-${text}` as AlertId;
  };
  for (let slot = 0; slot < 20_000; slot += 1) {
    rows.clearRow(slot);
    index.add(idAt(slot), slot);
  }
  for (let slot = 0; slot < 20_000; slot += 3) index.delete(slot);
  for (let slot = 0; slot < 20_000; slot += 1) {
    assert.equal(index.slotOf(idAt(slot)), slot % 3 === 0 ? undefined : slot);
    if (slot % 3 !== 0) assert.equal(index.idOf(slot), idAt(slot));
  }
  for (let slot = 0; slot < 20_000; slot += 1) if (slot % 3 !== 0) index.delete(slot);
  assert.equal(index.size, 0);
});
