/** Prices of before that come with a rule: its windows are known at once, and those of others with them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent, PastPrices } from './event.ts';

const SYMBOL = 'ONE' as InstrumentSymbol;
const START = Date.UTC(2024, 0, 5, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function put(id: string, text: string, past?: PastPrices): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const policy = { frequency: 'once', cooldownMs: 0, session: 'all', gap: 'fire', expiresAt: null } as const;
  const hours = { calendar: '24/7', staleAfterMs: MINUTE } as const;
  const rule = { ...policy, ...hours, alertId: id as AlertId, version: 1, symbol: SYMBOL, paused: false };
  const more = past === undefined ? {} : { past };
  return { kind: 'put-rule', symbol: SYMBOL, rule: { ...rule, condition: compiled.condition }, ...more };
}

const tick = (at: number, price: number): EngineEvent => ({
  kind: 'tick',
  tick: { symbol: SYMBOL, price, at, receivedAt: at, source: 'test' },
});

function fired(engine: Engine, ...events: EngineEvent[]): readonly string[] {
  const out: Effect[] = [];
  for (const event of events) engine.apply(event, out);
  return out.flatMap((effect) =>
    effect.kind === 'trigger' ? [`${effect.trigger.alertId} ${effect.trigger.leaves[0]?.after}`] : [],
  );
}

test('a change over a day is judged from the first moment where the day is known', () => {
  const past: PastPrices = [
    [START - 25 * HOUR, 200],
    [START - 24 * HOUR, 100],
    [START - HOUR, 110],
  ];
  const engine = new Engine();
  assert.deepEqual(fired(engine, tick(START, 104), put('a', 'change(24h) >= 5%', past)), []);
  assert.deepEqual(fired(engine, tick(START + 1000, 105)), ['a 5.000000000000004']);
  assert.deepEqual(fired(new Engine(), tick(START, 104), put('a', 'change(24h) >= 5%'), tick(START + 1000, 105)), []);
  const atOnce = fired(new Engine(), tick(START, 110), put('a', 'change(24h) >= 5%', past));
  assert.deepEqual(atOnce, ['a 10.000000000000009']);
});

test('what one alert brings is known to others on the same hours, which fire where they hold', () => {
  const engine = new Engine();
  const past: PastPrices = [[START - 2 * HOUR, 100]];
  assert.deepEqual(fired(engine, tick(START, 110), put('a', 'abs(change(1h)) > 9%'), put('b', 'change(1h) > 20%')), []);
  assert.deepEqual(fired(engine, put('c', 'change(2h) < 0%', past)), ['a 10.000000000000009']);
  assert.deepEqual(fired(engine, tick(START + 1000, 121)), ['b 20.999999999999996']);
});

test('an old price is not enough to fire on: the next tick decides', () => {
  const engine = new Engine();
  const past: PastPrices = [[START - HOUR, 100]];
  const late: EngineEvent = { kind: 'clock', at: START + 10 * MINUTE };
  assert.deepEqual(fired(engine, tick(START, 110), put('a', 'change(1h) > 9%'), late), []);
  assert.deepEqual(fired(engine, put('b', 'change(1h) > 90%', past)), []);
  assert.deepEqual(fired(engine, tick(START + 11 * MINUTE, 110)), ['a 10.000000000000009']);
});

test('prices that are newer than what it knows, or known before the first tick, are no news', () => {
  const engine = new Engine();
  assert.deepEqual(fired(engine, put('a', 'change(1m) > 1%', [[START - HOUR, 100]]), tick(START, 110)), []);
  assert.deepEqual(fired(engine, put('b', 'change(1m) > 2%', [[START, 100]]), tick(START + 1000, 110)), []);
});
