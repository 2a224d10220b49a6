/** Indicators in the engine: what history does for one that is new, and what it says while it waits for bars. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { Candle } from '../market/candle.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { BarSeries } from '../signal/bar/bar-series.ts';
import { Engine } from './engine.ts';
import type { BarHistory, EngineEvent } from './event.ts';

const SYMBOL = 'ONE' as InstrumentSymbol;
const ALERT = 'a' as AlertId;
const START = Date.UTC(2024, 0, 5, 12);
const MINUTE = 60_000;

function tickAt(at: number, price: number): EngineEvent {
  return { kind: 'tick', tick: { symbol: SYMBOL, price, volume: 1, at, receivedAt: at, source: 's' } };
}

function putOf(text: string, history?: BarHistory): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  return {
    kind: 'put-rule',
    symbol: SYMBOL,
    rule: {
      ...{ alertId: ALERT, version: 1, symbol: SYMBOL, condition: compiled.condition, paused: false },
      ...{ calendar: '24/7', staleAfterMs: MINUTE, frequency: 'repeat', cooldownMs: 0, session: 'all', gap: 'fire' },
      expiresAt: null,
    },
    ...(history === undefined ? {} : { history }),
  };
}

const leafOf = (engine: Engine) => engine.explain(SYMBOL, ALERT, START)?.leaves[0];

test('an indicator that is put with history has the values it would have if it had seen the ticks', () => {
  const ticks = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 150_000 }), price: fc.integer({ min: 90, max: 110 }) }),
    { minLength: 2, maxLength: 60, size: 'max' },
  );
  const texts = ['sma(3, 5m)', 'volume(5m)', 'donchian(2, 5m).lower', 'average(volume(5m), 2)', 'zscore(3, 5m)'];
  let known = 0;
  fc.assert(
    fc.property(ticks, fc.constantFrom(...texts), fc.nat(60), (steps, text, when) => {
      const early = new Engine();
      const late = new Engine();
      const minutes = new BarSeries('1m', { calendar: '24/7', hours: 'all' });
      const candles: Candle[] = [];
      early.apply(putOf(`${text} > 1000`), []);
      let at = START;
      for (const [index, { after, price }] of steps.entries()) {
        if (index === when % steps.length) {
          const open = minutes.open;
          late.apply(putOf(`${text} > 1000`, { '5m': open === null ? candles : [...candles, open] }), []);
        }
        at += after;
        const closed = minutes.pass(at);
        if (closed !== null) candles.push(closed);
        minutes.tick(at, price, 1);
        for (const engine of [early, late]) engine.apply(tickAt(at, price), []);
        const [one, other] = [leafOf(early)?.value ?? null, leafOf(late)?.value ?? null];
        // The first bar of all was seen from its beginning by the history only.
        if (one === null) continue;
        if (index >= when % steps.length) assert.ok(other !== null && Math.abs(one - other) < 1e-9, `${one} ${other}`);
        known += 1;
      }
    }),
  );
  assert.ok(known > 100, `${known} values`);
});

test('it says how many bars it waits for, and takes only whole ones', () => {
  const engine = new Engine();
  engine.apply(tickAt(START + 10_000, 100), []);
  engine.apply(putOf('sma(3, 1m) > 1000'), []);
  const waits: (number | null | undefined)[] = [];
  const values: (number | null | undefined)[] = [];
  for (let minute = 0; minute < 5; minute += 1) {
    engine.apply(tickAt(START + minute * MINUTE + 30_000, 100 + minute), []);
    waits.push(leafOf(engine)?.missing?.bars);
    values.push(leafOf(engine)?.value);
  }
  assert.deepEqual(waits, [3, 3, 2, undefined, undefined]);
  assert.deepEqual(values, [null, null, null, 102, 103]);
});

test('candles of closed hours, and those of before a whole bar, are left out', () => {
  const engine = new Engine();
  const candle = (at: number, close: number): Candle => ({
    ...{ at, open: close, high: close, low: close, close },
    ...{ volume: 1, trades: 1 },
  });
  const before = putOf('sma(2, 1h) > 1000', {
    // 9:00 in New York, 10:00 (within the bar of 9:30), 10:30, 11:30.
    '1h': ['14:00', '15:00', '15:30', '16:30'].map((time, index) =>
      candle(Date.parse(`2024-01-05T${time}Z`), 10 + index),
    ),
  });
  assert.ok(before.kind === 'put-rule');
  engine.apply({ ...before, rule: { ...before.rule, calendar: 'XNYS', session: 'regular' } }, []);
  engine.apply(tickAt(Date.parse('2024-01-05T17:00Z'), 20), []);
  assert.equal(leafOf(engine)?.value, (12 + 20) / 2);
});
