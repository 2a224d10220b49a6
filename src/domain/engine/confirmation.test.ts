/** Confirmation by examples: each line that docs/meaning.md has on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { waitInWords } from '../alert/wait.ts';
import { compileCondition } from '../condition/checker.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
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
  const calendar: CalendarId = '24/7';
  return {
    kind: 'put-rule',
    symbol: SYMBOL,
    rule: {
      ...{ alertId: ALERT, version: 1, symbol: SYMBOL, condition: compiled.condition, paused: false },
      ...{ calendar, staleAfterMs: HOUR, frequency: 'repeat', cooldownMs: 0, expiresAt: null },
      ...{ session: 'regular', gap: 'fire', ...more },
    },
  };
}

const clock = (at: number): EngineEvent => ({ kind: 'clock', at: START + at });
const lost = (from: number, to: number): EngineEvent => ({
  ...{ kind: 'gap', symbol: SYMBOL, from: START + from, to: START + to, reason: 'test' },
});

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

test('by time: it fires when it has held for that long, whether a tick or the clock brings the news', () => {
  const up = rule('price crosses above 100 for 30s');
  assert.deepEqual(firings(up, [0, 99], [5000, 100], [20_000, 101], [60_000, 102]), [35_000]);
  assert.deepEqual(firings(up, [0, 99], [5000, 100], clock(34_999)), []);
  assert.deepEqual(firings(up, [0, 99], [5000, 100], clock(50_000)), [35_000]);
  assert.deepEqual(firings(up, [0, 99], [5000, 100], [35_000, 98]), [35_000], 'what is due comes before the tick');
  assert.deepEqual(firings(up, [0, 99], [5000, 100], [34_999, 98], clock(HOUR)), []);
});

test('by time, where prices come in one go and late: each is judged at its own time, however far the clock has come', () => {
  const late = rule('price > 100 for 30s');
  assert.deepEqual(firings(late, [-1000, 99], clock(90_000), [0, 101], [10_000, 99], clock(91_000)), []);
  assert.deepEqual(firings(late, [-1000, 99], clock(90_000), [0, 101], [10_000, 102], clock(91_000)), [30_000]);
  assert.deepEqual(firings(late, [-1000, 99], clock(90_000), [0, 101], [30_000, 102]), [30_000]);
});

test('a crossing that is undone begins anew with the next one, one that goes back down on its level does not', () => {
  const up = rule('price crosses above 100 for 30s');
  assert.deepEqual(firings(up, [0, 99], [1000, 101], [2000, 99], [3000, 105], clock(HOUR)), [33_000]);
  assert.deepEqual(firings(up, [0, 99], [1000, 101], [2000, 100], clock(HOUR)), [31_000]);
  const either = rule('price crosses 100 for 30s');
  assert.deepEqual(firings(either, [0, 99], [1000, 101], [2000, 99], clock(HOUR)), [32_000], 'the other way');
  assert.deepEqual(firings(either, [0, 101], [1000, 100], [2000, 101], clock(HOUR)), [], 'undone, and no crossing');
});

test('a channel that was entered is stayed in, one that was left is stayed out of', () => {
  const enters = rule('price enters 90..110 for 30s');
  assert.deepEqual(firings(enters, [0, 80], [1000, 90], [2000, 110], clock(HOUR)), [31_000]);
  assert.deepEqual(firings(enters, [0, 80], [1000, 90], [2000, 111], clock(HOUR)), []);
  const leaves = rule('price leaves 90..110 for 30s');
  assert.deepEqual(firings(leaves, [0, 100], [1000, 111], [2000, 80], clock(HOUR)), [31_000]);
  assert.deepEqual(firings(leaves, [0, 100], [1000, 111], [2000, 110], clock(HOUR)), []);
});

test('by ticks: so many in a row, the first included; one that holds when armed begins with the next', () => {
  assert.deepEqual(firings(rule('price > 100 for 3 ticks'), [1, 101], [2, 99], [3, 101], [4, 101], [5, 101]), [5]);
  assert.deepEqual(firings([1, 101], rule('price > 100 for 3 ticks'), [2, 101], [3, 101], [4, 101]), [4]);
  const crossing = rule('price crosses above 100 for 2 ticks');
  assert.deepEqual(firings(crossing, [1, 99], [2, 101], [3, 99], [4, 101], [5, 100], [6, 101]), [5]);
});

test('a state that holds when armed is confirmed from then on; an old price waits for the next tick', () => {
  assert.deepEqual(firings([0, 101], clock(5000), rule('price > 100 for 30s'), clock(HOUR)), [35_000]);
  const fresh = { staleAfterMs: 10 * SECOND };
  assert.deepEqual(
    firings([0, 101], clock(20_000), rule('price > 100 for 30s', fresh), [25_000, 101], [50_000, 101], [60_000, 101]),
    [55_000],
  );
});

test('on an old price, or after the source lost sight, the next tick decides', () => {
  const fresh = { staleAfterMs: 10 * SECOND };
  const up = rule('price crosses above 100 for 30s', fresh);
  assert.deepEqual(firings(up, [0, 99], [1000, 101], clock(35_000), [40_000, 102]), [40_000]);
  assert.deepEqual(firings(up, [0, 99], [1000, 101], clock(35_000), [40_000, 99], [50_000, 102], clock(60_000)), []);
  const blind = lost(10_000, 20_000);
  assert.deepEqual(firings(rule('price > 100 for 30s'), [0, 101], blind, clock(35_000), [40_000, 102]), [40_000]);
});

test('a gap in between counts as held, or begins it anew where the alert skips gaps', () => {
  const ticks: readonly Step[] = [[0, 99], [1000, 101], lost(2000, 19_000), [20_000, 101], [45_000, 101], clock(HOUR)];
  assert.deepEqual(firings(rule('price crosses above 100 for 30s'), ...ticks), [31_000]);
  assert.deepEqual(firings(rule('price crosses above 100 for 30s', { gap: 'skip' }), ...ticks), [50_000]);
  assert.deepEqual(firings(rule('price crosses above 100 for 3 ticks', { gap: 'skip' }), ...ticks), []);
});

test('the label is the gap over which it came true', () => {
  const [trigger] = fed(new Engine(), [
    rule('price crosses above 100 for 30s'),
    ...([[0, 99], lost(1000, 9000), [10_000, 101], [20_000, 101], clock(HOUR)] as const),
  ]).flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger] : []));
  assert.deepEqual(trigger?.gap, { from: START, to: START + 10_000 });
  assert.deepEqual(trigger?.leaves, [{ text: 'price crosses above 100', before: null, after: 101, holds: true }]);
  assert.equal(trigger?.before, null);
});

test('closed hours do not count', () => {
  const close = Date.UTC(2024, 0, 5, 21) - START;
  const open = Date.UTC(2024, 0, 8, 14, 30) - START;
  const hours = rule('price crosses above 100 for 30s', { calendar: 'XNYS' });
  const ticks: readonly Step[] = [
    [close - 15_000, 99],
    [close - 10_000, 101],
    [open + 5000, 101],
    [open + 30_000, 102],
  ];
  assert.deepEqual(firings(hours, ...ticks), [open + 20_000]);
});

test('a reminder needs no second confirmation, an edit begins without one', () => {
  const reminding = rule('price > 100 for 30s', { cooldownMs: HOUR, remindEveryMs: 60 * SECOND });
  assert.deepEqual(firings(reminding, [0, 101], clock(91_000)), [30_000, 90_000]);
  const edited = rule('price > 100 for 30s', { version: 2 });
  assert.deepEqual(firings(rule('price > 100 for 30s'), [0, 101], clock(20_000), edited, clock(HOUR)), [50_000]);
});

const MINUTE = 60 * SECOND;

test('at close: judged on the closes only, at the end of the bar, with or without a tick', () => {
  const above = rule('price > 100 at close of 5m', { frequency: 'once' });
  assert.deepEqual(firings(above, [MINUTE, 105], [2 * MINUTE, 99], [6 * MINUTE, 101], clock(10 * MINUTE)), [
    10 * MINUTE,
  ]);
  assert.deepEqual(firings(above, [4 * MINUTE, 101], [5 * MINUTE, 99]), [5 * MINUTE], 'the tick is of the next bar');
  assert.deepEqual(firings([MINUTE, 101], clock(2 * MINUTE), above, clock(5 * MINUTE)), [5 * MINUTE], 'not at once');
  assert.deepEqual(firings([MINUTE, 101], clock(5 * MINUTE), above, clock(HOUR)), [], 'that close was before');
});

test('at close: a crossing compares this close with the close before, the first with the last value when armed', () => {
  const up = rule('price crosses above 100 at close of 5m');
  const wick: readonly Step[] = [[MINUTE, 99], [6 * MINUTE, 103], [9 * MINUTE, 98], clock(20 * MINUTE)];
  assert.deepEqual(firings(up, ...wick), []);
  assert.deepEqual(firings(up, [MINUTE, 99], [6 * MINUTE, 103], clock(20 * MINUTE)), [10 * MINUTE]);
  assert.deepEqual(firings([MINUTE, 99], up, [2 * MINUTE, 101], clock(20 * MINUTE)), [5 * MINUTE]);
  const back: readonly Step[] = [[6 * MINUTE, 103], [11 * MINUTE, 99], [16 * MINUTE, 103], clock(30 * MINUTE)];
  const cooling = { cooldownMs: 7 * MINUTE };
  const closes = rule('price crosses above 100 at close of 5m', cooling);
  assert.deepEqual(firings(closes, [MINUTE, 99], ...back), [10 * MINUTE, 20 * MINUTE], 'closes count while cooling');
});

test('at close: a bar in which nothing traded has no close, and is a gap if it is longer than the alert allows', () => {
  const up = 'price crosses above 100 at close of 5m';
  const ticks: readonly Step[] = [[MINUTE, 99], [16 * MINUTE, 103], clock(HOUR)];
  assert.deepEqual(firings(rule(up), ...ticks), [20 * MINUTE]);
  assert.deepEqual(firings(rule(up, { gap: 'skip' }), ...ticks), [20 * MINUTE], 'ten minutes are allowed');
  assert.deepEqual(firings(rule(up, { gap: 'skip', staleAfterMs: 9 * MINUTE }), ...ticks), []);
  const [trigger] = fed(new Engine(), [rule(up, { staleAfterMs: MINUTE }), ...ticks]).flatMap((effect) =>
    effect.kind === 'trigger' ? [effect.trigger] : [],
  );
  assert.deepEqual(trigger?.gap, { from: START + MINUTE, to: START + 16 * MINUTE });
  assert.deepEqual(trigger?.leaves, [{ text: 'price crosses above 100', before: 99, after: 103, holds: true }]);
});

test('at close: once per bar, and reminders at closes', () => {
  const ticks: readonly Step[] = [1, 6, 11, 16].map((minute) => [minute * MINUTE, 101] as const);
  const once = rule('price > 100 at close of 5m', { frequency: 'once-per-bar', barMs: 5 * MINUTE });
  assert.deepEqual(
    firings(once, ...ticks, clock(HOUR)),
    [5, 10, 15, 20].map((minute) => minute * MINUTE),
  );
  const reminding = rule('price > 100 at close of 5m', { cooldownMs: HOUR, remindEveryMs: 7 * MINUTE });
  assert.deepEqual(firings(reminding, ...ticks, clock(HOUR)), [5 * MINUTE, 15 * MINUTE]);
});

test('it says since when it holds, and how much longer it has to', () => {
  const waits = (...steps: readonly Step[]): readonly string[] => {
    const engine = new Engine();
    fed(engine, steps);
    const explanation = engine.explain(SYMBOL, ALERT, START + 25_000);
    assert.equal(explanation?.holds, true);
    assert.deepEqual(explanation?.reasons, ['confirming']);
    return explanation.waits.map((wait) => waitInWords(wait, START + 25_000, (at) => `${(at - START) / SECOND} s`));
  };
  assert.deepEqual(waits(rule('price crosses above 100 for 30s'), [0, 99], [5000, 101], [20_000, 102]), [
    'It holds since 5 s and fires at 35 s if it stays so.',
  ]);
  assert.deepEqual(waits(rule('price > 100 for 3 ticks'), [0, 99], [5000, 101], [20_000, 102]), [
    'It holds since 5 s, at 2 of 3 prices in a row.',
  ]);
  assert.deepEqual(waits(rule('price > 100 at close of 5m'), [0, 99], [5000, 101]), [
    'It holds on the last price; the close at 300 s decides.',
  ]);
});

test('where nothing waits to be confirmed, checkpoints are what they were before there was any of it', () => {
  const engine = new Engine();
  fed(engine, [rule('price > 100 for 3 ticks'), [0, 99], [1000, 101], [2000, 101]]);
  const waiting = JSON.stringify([...engine.snapshot()]);
  assert.match(waiting, /"hold":.*"ticks":|"ticks":.*"hold":/);
  fed(engine, [
    [3000, 102],
    [4000, 102],
  ]);
  assert.doesNotMatch(JSON.stringify([...engine.snapshot()]), /"hold"|"ticks":\d/);
});
