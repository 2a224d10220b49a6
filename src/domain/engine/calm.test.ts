/** Ticks that are kept back make no difference: an engine that is looked at after every event keeps none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent, Rule } from './event.ts';

const SYMBOL = 'CALM' as InstrumentSymbol;
/** Ten minutes before New York closes, a Friday. */
const START = Date.UTC(2024, 0, 5, 20, 50);

const CONDITIONS = [
  ...['price crosses 100', 'price crosses above 102', 'price > 104', 'price < 97', 'price inside 99..101'],
  ...[
    'price crosses 100 for 3s',
    'price > 99 for 3 ticks',
    'price crosses 100 at close of 1m',
    'price > 101 then price < 99 within 10s',
  ],
  ...['volume > 3', 'price moves 3% in 5s', 'no data for 10s', 'price falls 2% from high', 'sma(2, 1m) > 101'],
];

function ruleOf(id: number, version: number, condition: string, over: Partial<Rule>): Rule {
  const compiled = compileCondition(condition);
  assert.ok(compiled.ok);
  return {
    alertId: `alert ${id}` as AlertId,
    version,
    symbol: SYMBOL,
    condition: compiled.condition,
    paused: false,
    calendar: 'XNYS',
    staleAfterMs: 5000,
    frequency: 'repeat',
    cooldownMs: 0,
    expiresAt: null,
    session: 'regular',
    gap: 'fire',
    ...over,
  };
}

type Make = (at: number, index: number, numbered: boolean) => EngineEvent;

const mostly = <T>(usual: T, ...rest: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, fc.constantFrom(...rest));

const tick = fc
  .record({
    price: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 9900, max: 10_100 }) },
      fc.integer({ min: 9500, max: 10_500 }),
    ),
    back: mostly(0, 1500),
    source: mostly('a', 'b'),
    volume: mostly(1, 5, undefined),
    odd: mostly(false, true),
    repeated: mostly(false, true),
  })
  .map(({ price, back, source, volume, odd, repeated }): Make => {
    return (at, index, numbered) => ({
      kind: 'tick',
      tick: {
        symbol: SYMBOL,
        price: price / 100,
        at: at - back,
        receivedAt: at + 5,
        source,
        ...(volume === undefined ? {} : { volume }),
        ...(numbered === odd ? {} : { sequence: repeated ? index - 2 : index }),
      },
    });
  });
const other = fc.oneof(
  fc.constant<Make>((at) => ({ kind: 'clock', at })),
  fc.constant<Make>((at) => ({ kind: 'gap', symbol: SYMBOL, from: at - 1000, to: at, reason: 'test' })),
  fc
    .record({
      id: fc.nat(3),
      condition: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(...CONDITIONS.slice(0, 9)) },
        fc.constantFrom(...CONDITIONS),
      ),
      session: fc.constantFrom('regular', 'all'),
      cooldownMs: fc.constantFrom(0, 3000),
      expiresIn: fc.constantFrom(null, null, 4000),
    })
    .map(({ id, condition, expiresIn, ...over }): Make => {
      return (at, index) => ({
        kind: 'put-rule',
        symbol: SYMBOL,
        rule: ruleOf(id, index + 1, condition, { ...over, expiresAt: expiresIn === null ? null : at + expiresIn }),
      });
    }),
  fc.nat(3).map((id): Make => {
    return (_, index) => ({
      kind: 'remove-rule',
      symbol: SYMBOL,
      alertId: `alert ${id}` as AlertId,
      version: index + 1,
    });
  }),
);
const steps = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom(0, 1, 50, 900), { weight: 1, arbitrary: fc.constantFrom(7000, 300_000) }),
    fc.oneof({ weight: 12, arbitrary: tick }, other),
  ),
  { maxLength: 150, size: 'max' },
);

test('an engine that nobody looks at does the same and has the same state as one looked at after every event', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (given, numbered) => {
      const [left, watched] = [new Engine(), new Engine()];
      const [fromLeft, fromWatched]: [Effect[], Effect[]] = [[], []];
      let at = START;
      for (const [index, [after, make]] of given.entries()) {
        at += after;
        const event = make(at, index, numbered);
        left.apply(event, fromLeft);
        watched.apply(event, fromWatched);
        watched.explain(SYMBOL, 'alert 0' as AlertId, at);
      }
      assert.deepEqual(fromLeft, fromWatched);
      assert.deepEqual([...left.snapshot()], [...watched.snapshot()]);
    }),
    { numRuns: 1500 },
  );
});

test('what is kept back is in the next checkpoint, and in none after that', () => {
  const engine = new Engine();
  const out: Effect[] = [];
  const apply = (price: number, at: number): void =>
    engine.apply({ kind: 'tick', tick: { symbol: SYMBOL, price, at, receivedAt: at, source: 'a' } }, out);
  engine.apply({ kind: 'put-rule', symbol: SYMBOL, rule: ruleOf(0, 1, 'price > 104', {}) }, out);
  for (let index = 0; index < 10; index += 1) apply(100 + index / 100, START + index);
  engine.takeChanges();
  assert.deepEqual([...engine.takeChanges().keys()], []);
  for (let index = 10; index < 20; index += 1) apply(100 + index / 100, START + index);
  const chunk = engine.takeChanges().get(SYMBOL) as { readonly lastAt: number };
  assert.equal(chunk.lastAt, START + 19);
});
