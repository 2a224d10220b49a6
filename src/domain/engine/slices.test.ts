/** An event that concerns thousands of alerts comes in slices, and to the same as at once, whoever asks in between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent } from './event.ts';
import { SLICE_ALERTS } from './slices.ts';

const SYMBOL = 'MANY' as InstrumentSymbol;
const OTHER = { symbol: 'OTHER' as InstrumentSymbol, calendar: '24/7', staleAfterMs: 60_000 } as const;
const ALERTS = 4 * SLICE_ALERTS;
const START = Date.UTC(2024, 0, 2, 15);
const MINUTE = 60_000;

function put(id: string, text: string): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const policy = { frequency: 'repeat', cooldownMs: 10_000, expiresAt: null, session: 'all', gap: 'fire' } as const;
  const hours = { calendar: '24/7', staleAfterMs: MINUTE } as const;
  const rule = { alertId: id as AlertId, version: 1, symbol: SYMBOL, condition: compiled.condition, paused: false };
  const others = text.includes(OTHER.symbol) ? { others: [OTHER] } : {};
  return { kind: 'put-rule', symbol: SYMBOL, rule: { ...rule, ...policy, ...hours, ...others } };
}

function tick(price: number, after: number, symbol = SYMBOL): EngineEvent {
  const at = START + after;
  return { kind: 'tick', tick: { symbol, price, at, receivedAt: at, source: 'a' } };
}

function engineWith(text: string): Engine {
  const engine = new Engine();
  engine.apply(tick(100, 0), []);
  engine.apply(tick(1, 0, OTHER.symbol), []);
  for (let index = 0; index < ALERTS; index += 1) engine.apply(put(`alert ${index}`, text), []);
  return engine;
}

/** How many alerts fired, and in how many slices: as it is in one piece, or asked about after each slice. */
function run(engine: Engine, event: EngineEvent): { readonly effects: readonly Effect[]; readonly slices: number } {
  const [effects, whole]: [Effect[], Effect[]] = [[], []];
  const twin = Engine.restore(new Map(JSON.parse(JSON.stringify([...engine.snapshot()])) as [string, unknown][]));
  twin.apply(event, whole);
  let slices = 0;
  const left = engine.begin(event, effects);
  while (left !== undefined && left.next().done !== true) {
    slices += 1;
    for (const place of [0, ALERTS / 2, ALERTS - 1])
      engine.explain(SYMBOL, `alert ${place}` as AlertId, START + 100 * MINUTE);
  }
  // Told first: to show where a thousand effects differ takes minutes.
  assert.equal(firedOf(effects), firedOf(whole));
  assert.deepEqual(effects, whole);
  assert.deepEqual(engine.snapshot(), twin.snapshot());
  return { effects, slices };
}

const firedOf = (effects: readonly Effect[]): number => effects.filter(({ kind }) => kind === 'trigger').length;

for (const [name, text, before] of [
  ['a tick that fires thousands of alerts', 'price crosses 101', []],
  ['one that fires as many on several instruments', 'price / price(OTHER) crosses 101', []],
  ['the close of a bar', 'price crosses 101 at close of 1m', [tick(102, 1000)]],
  ['holds that are confirmed', 'price > 101 for 10s', [tick(102, 1000)]],
  ['holds on several instruments', 'price / price(OTHER) > 101 for 10s', [tick(102, 1000)]],
] as const)
  for (const kind of ['tick', 'clock'] as const)
    test(`${name}, brought by a ${kind}, comes in slices`, () => {
      const engine = engineWith(text);
      for (const event of before) engine.apply(event, []);
      const after = before.length === 0 ? 1000 : MINUTE + 1000;
      if (before.length === 0 && kind === 'clock') {
        // Its cooldown is what the clock brings.
        engine.apply(tick(102, after), []);
        engine.apply(tick(99, after + 1000), []);
        const { effects, slices } = run(engine, { kind, at: START + after + 10_000 });
        assert.deepEqual([effects.length, slices], [ALERTS, ALERTS / SLICE_ALERTS]);
        return;
      }
      const { effects, slices } = run(engine, kind === 'tick' ? tick(102, after) : { kind, at: START + after });
      assert.equal(firedOf(effects), ALERTS);
      assert.ok(slices >= ALERTS / SLICE_ALERTS - 1, `${slices} slices`);
    });

test('an event that concerns nobody has none', () => {
  const engine = engineWith('price crosses 101');
  for (const price of [100.1, 100.2, 100.3]) assert.equal(run(engine, tick(price, 1000)).slices, 0);
});
