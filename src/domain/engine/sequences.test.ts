/** One thing after another by examples: each line that docs/meaning.md has on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { waitInWords } from '../alert/wait.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent, Rule } from './event.ts';

const SYMBOL = 'TEST' as InstrumentSymbol;
const ALERT = 'a' as AlertId;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const START = Date.UTC(2024, 0, 5, 12);

type Step = EngineEvent | readonly [at: number, price: number];

function rule(condition: string, more: Partial<Rule> = {}): EngineEvent {
  const compiled = compileCondition(condition);
  assert.ok(compiled.ok, condition);
  return {
    kind: 'put-rule',
    symbol: SYMBOL,
    rule: {
      ...{ alertId: ALERT, version: 1, symbol: SYMBOL, condition: compiled.condition, paused: false },
      ...{ calendar: '24/7', staleAfterMs: HOUR, frequency: 'repeat', cooldownMs: 0, expiresAt: null },
      ...{ session: 'regular', gap: 'fire', ...more },
    },
  };
}

const clock = (at: number): EngineEvent => ({ kind: 'clock', at: START + at });

function fed(engine: Engine, steps: readonly Step[]): readonly Effect[] {
  const effects: Effect[] = [];
  for (const step of steps) {
    if ('kind' in step) engine.apply(step, effects);
    else {
      const [at, price] = step;
      const tick = { symbol: SYMBOL, price, at: START + at, receivedAt: START + at + 5, source: 'test' };
      engine.apply({ kind: 'tick', tick }, effects);
    }
  }
  return effects;
}

/** When it fired, in ms since the start. */
function firings(...steps: readonly Step[]): readonly number[] {
  const effects = fed(new Engine(), steps);
  return effects.flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger.firedAt - START] : []));
}

test('the second follows at a later tick, the end of the time included, and uses the first up', () => {
  const fall = rule('price > 110 then price < 100 within 30s');
  assert.deepEqual(firings(fall, [0, 111], [10_000, 99], [11_000, 98]), [10_000]);
  assert.deepEqual(firings(fall, [0, 111], [30_000, 99]), [30_000]);
  assert.deepEqual(firings(fall, [0, 111], [30_001, 99]), []);
  assert.deepEqual(firings(fall, [0, 111], [5000, 105], [20_000, 99], [25_000, 105], [26_000, 99]), [20_000]);
  assert.deepEqual(firings(fall, [0, 99], [5000, 111], [6000, 99], [7000, 111], [8000, 99]), [6000, 8000]);
});

test('a first that lasts counts to its last tick, and is not followed at a tick at which it is true', () => {
  const both = rule('price > 100 then price > 0 within 10s');
  assert.deepEqual(firings(both, [0, 101], [20_000, 102], [40_000, 103], [45_000, 99]), [45_000]);
  assert.deepEqual(firings(both, [0, 101], [20_000, 102], [30_001, 99]), []);
});

test('a second that held before follows at the next tick, an event only when it happens', () => {
  const state = rule('price crosses above 100 then price > 0 within 1m');
  assert.deepEqual(firings(state, [0, 99], [1000, 101], [2000, 102], [3000, 103]), [2000]);
  const event = rule('price crosses above 100 then price crosses above 105 within 1m');
  assert.deepEqual(firings(event, [0, 99], [1000, 101], [2000, 104], [3000, 105]), [3000]);
  assert.deepEqual(firings(event, [0, 99], [1000, 106], [2000, 107]), [], 'both at one tick');
});

test('what holds when armed has been true then; what was before does not count', () => {
  const fall = rule('price > 110 then price < 100 within 30s');
  assert.deepEqual(firings([0, 111], clock(5000), fall, [31_000, 99]), [31_000]);
  assert.deepEqual(firings([0, 111], [1000, 105], clock(5000), fall, [6000, 99]), []);
  const again = rule('price > 110 then price < 100 within 30s', { version: 2 });
  assert.deepEqual(firings(fall, [0, 111], [1000, 105], again, [2000, 99]), []);
});

test('within and, or, a confirmation, the closes of bars, and another one', () => {
  const either = rule('(price > 110 then price < 100 within 30s) or price > 120');
  assert.deepEqual(firings(either, [0, 111], [1000, 99], [2000, 121], [3000, 119]), [1000, 2000]);
  const held = rule('price > 110 then price < 100 within 30s for 5s');
  assert.deepEqual(firings(held, [0, 111], [1000, 99], [3000, 98], [7000, 105]), [6000]);
  assert.deepEqual(firings(held, [0, 111], [1000, 99], [3000, 100], [4000, 99], clock(HOUR)), []);
  const minute = 60 * SECOND;
  const closes = rule('price > 110 then price < 100 within 1h at close of 5m');
  assert.deepEqual(firings(closes, [0, 111], [minute, 90], [6 * minute, 112], [11 * minute, 99], clock(HOUR)), [
    15 * minute,
  ]);
  const chain = rule('price > 110 then (price < 100 then price > 105 within 1m) within 1m');
  assert.deepEqual(firings(chain, [0, 111], [1000, 99], [2000, 106]), [2000]);
});

test('a silence may come first, or second', () => {
  assert.deepEqual(firings(rule('no data for 10s then price > 100 within 1m'), [0, 99], [30_000, 101]), [30_000]);
  assert.deepEqual(firings(rule('price > 100 then no data for 10s within 1m'), [0, 101], clock(30_000)), []);
  const crossing = rule('price crosses above 100 then no data for 10s within 1m');
  assert.deepEqual(firings(crossing, [0, 99], [1000, 101], clock(30_000)), [11_000]);
});

test('it says what has happened and what it waits for', () => {
  const engine = new Engine();
  fed(engine, [rule('price > 110 then price < 100 within 30m'), [0, 111], [5000, 112]]);
  const words = (at: number): readonly string[] =>
    (engine.explain(SYMBOL, ALERT, START + at)?.waits ?? []).map((wait) =>
      waitInWords(wait, START + at, (moment) => `${(moment - START) / SECOND} s`),
    );
  assert.deepEqual(engine.explain(SYMBOL, ALERT, START + 6000)?.reasons[0], 'following');
  assert.deepEqual(words(6000), ['"price > 110" was true at 5 s; it waits for "price < 100" until 1805 s.']);
  assert.deepEqual(words(HOUR), []);
});
