/** Rows against an object each, and kinds against a count of who has which. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileCondition } from '../condition/checker.ts';
import { AlertRows } from './alert-rows.ts';
import { type Kind, Kinds } from './kinds.ts';
import { policyOf } from './policy.ts';
import { shapeOf } from './shape.ts';

/** More than two pages. */
const SLOTS = 700;

const FIELDS = {
  version: fc.nat(2 ** 32 - 1),
  epoch: fc.nat(2 ** 32 - 1),
  status: fc.nat(5),
  watched: fc.nat(3),
  wasFalse: fc.boolean(),
  armedAt: fc.double(),
  number: fc.double(),
  expiresAt: fc.option(fc.nat(), { nil: undefined }),
  cooldownUntil: fc.option(fc.nat(), { nil: undefined }),
} as const;
type Field = keyof typeof FIELDS;
type Row = Record<Field, unknown>;

const NOTHING: Partial<Row> = {
  epoch: 0,
  status: 0,
  watched: 0,
  wasFalse: false,
  expiresAt: undefined,
  cooldownUntil: undefined,
};

/** A row is known by what it says, and written by what is called after it. */
function write(rows: AlertRows, slot: number, field: Field, value: unknown): void {
  const name = `set${field[0]?.toUpperCase()}${field.slice(1)}`;
  (rows as unknown as Record<string, (slot: number, value: unknown) => void>)[name]?.call(rows, slot, value);
}

const change = fc
  .constantFrom(...(Object.keys(FIELDS) as Field[]))
  .chain((field) => fc.tuple(fc.nat(SLOTS - 1), fc.constant(field), FIELDS[field] as fc.Arbitrary<unknown>));

test('each field of each row is what was written into it last', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 500, size: 'max' }), fc.nat(SLOTS - 1), (changes, gone) => {
      const rows = new AlertRows(new Kinds());
      const model = Array.from({ length: SLOTS }, (_, slot) => {
        rows.clearRow(slot);
        return { ...NOTHING };
      });
      for (const [slot, field, value] of changes) {
        write(rows, slot, field, value);
        (model[slot] as Partial<Row>)[field] = value;
      }
      rows.clearRow(gone);
      model[gone] = { ...model[gone], ...NOTHING };
      for (const [slot, expected] of model.entries())
        for (const [field, value] of Object.entries(expected)) assert.deepEqual(rows[field as Field](slot), value);
    }),
    { numRuns: 20 },
  );
});

test('a kind is kept as long as an alert has it', () => {
  const kindOf = (text: string, cooldownMs: number): Kind => {
    const compiled = compileCondition(text);
    assert.ok(compiled.ok);
    const hours = { session: 'all', gap: 'fire', calendar: '24/7', staleAfterMs: 1 } as const;
    return { shape: shapeOf(compiled.condition), policy: policyOf({ frequency: 'repeat', cooldownMs, ...hours }) };
  };
  const some = [kindOf('price > 1', 0), kindOf('price < 1', 0), kindOf('price > 1', 1), kindOf('price < 1', 1)];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9), fc.option(fc.nat(3), { nil: undefined })), { maxLength: 100 }),
      (steps) => {
        const kinds = new Kinds();
        const rows = new AlertRows(kinds);
        const model = new Map<number, Kind | undefined>();
        for (let slot = 0; slot < 10; slot += 1) rows.clearRow(slot);
        for (const [slot, which] of steps) {
          const kind = which === undefined ? undefined : some[which];
          rows.setKind(slot, kind);
          model.set(slot, kind);
          const inUse = new Set<Kind>();
          for (const [of, expected] of model) {
            if (expected === undefined) continue;
            assert.deepEqual(rows.kind(of), expected);
            inUse.add(expected);
          }
          assert.equal(kinds.size, inUse.size);
        }
      },
    ),
  );
});
