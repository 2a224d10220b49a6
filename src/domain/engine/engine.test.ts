/** The engine by examples: each line of semantics.md that an alert's life hangs on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent, Rule } from './event.ts';

const SYMBOL = 'TEST' as InstrumentSymbol;
const START = 1_700_000_000_000;
const SECOND = 1000;
const HOUR = 3600 * SECOND;

type Step = EngineEvent | readonly [at: number, price: number, volume?: number];

function rule(condition: string, more: Partial<Rule> = {}): EngineEvent {
  const compiled = compileCondition(condition);
  assert.ok(compiled.ok, condition);
  return {
    kind: 'put-rule',
    symbol: SYMBOL,
    rule: {
      alertId: 'a' as AlertId,
      version: 1,
      symbol: SYMBOL,
      condition: compiled.condition,
      paused: false,
      calendar: '24/7',
      staleAfterMs: HOUR,
      frequency: 'once',
      cooldownMs: HOUR,
      expiresAt: null,
      session: 'regular',
      gap: 'fire',
      ...more,
    },
  };
}

function tickOf(at: number, price: number, volume?: number): EngineEvent {
  const tick = { symbol: SYMBOL, price, at: START + at, receivedAt: START + at + 5, source: 'test' };
  return { kind: 'tick', tick: volume === undefined ? tick : { ...tick, volume } };
}

function run(...steps: readonly Step[]): readonly Effect[] {
  const engine = new Engine();
  const effects: Effect[] = [];
  for (const step of steps) engine.apply('kind' in step ? step : tickOf(...step), effects);
  return effects;
}

/** When it fired, in ms since the start. */
function firings(...steps: readonly Step[]): readonly number[] {
  return run(...steps).flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger.firedAt - START] : []));
}

function states(...steps: readonly Step[]): readonly string[] {
  return run(...steps).flatMap((effect) =>
    effect.kind === 'alert-state' ? [`${effect.status} ${effect.epoch} ${effect.at - START}`] : [],
  );
}

const repeat = (cooldownMs: number): Partial<Rule> => ({ frequency: 'repeat', cooldownMs });

test('a crossing lands on its level or goes through; staying and leaving are none', () => {
  assert.deepEqual(firings([0, 149], rule('price crosses above 150'), [1, 150]), [1]);
  assert.deepEqual(firings([0, 149], rule('price crosses above 150'), [1, 151]), [1]);
  assert.deepEqual(firings([0, 150], rule('price crosses above 150'), [1, 151], [2, 150], [3, 152]), []);
  assert.deepEqual(
    firings([0, 150], rule('price crosses 150', repeat(0)), [1, 151], [2, 150], [3, 149], [4, 151]),
    [2, 4],
  );
});

test('without a price when armed the first tick is the baseline', () => {
  assert.deepEqual(firings(rule('price crosses above 150'), [0, 160], [1, 140], [2, 150]), [2]);
});

test('a state that holds when armed fires at once, with the last tick as evidence', () => {
  const [, fired, done] = run([0, 160], rule('price > 150'));
  assert.ok(fired?.kind === 'trigger');
  assert.equal(fired.trigger.before, null);
  assert.deepEqual(fired.trigger.after, { price: 160, at: START, receivedAt: START + 5, source: 'test' });
  assert.deepEqual(fired.trigger.leaves, [{ text: 'price > 150', before: null, after: 160, holds: true }]);
  assert.equal(done?.kind === 'alert-state' && done.status, 'done');
});

test('a value too old when armed does not fire; the next tick does', () => {
  const late: EngineEvent = { kind: 'clock', at: START + 2 * HOUR };
  assert.deepEqual(firings([0, 160], late, rule('price > 150')), []);
  assert.deepEqual(firings([0, 160], late, rule('price > 150'), [2 * HOUR + 1, 155]), [2 * HOUR + 1]);
  assert.deepEqual(firings([0, 160], late, rule('price > 150'), [2 * HOUR + 1, 140]), []);
  // Friday's close still counts on Sunday where the exchange is closed.
  const friday = Date.UTC(2024, 0, 5, 20, 59) - START;
  const sunday = Date.UTC(2024, 0, 7, 12) - START;
  const clock: EngineEvent = { kind: 'clock', at: START + sunday };
  assert.deepEqual(firings([friday, 160], clock, rule('price > 150', { calendar: 'XNYS' })), [sunday]);
});

test('a repeating crossing with cooldown 0 fires each time, a state once an episode', () => {
  const ticks: Step[] = [149, 151, 152, 149, 148, 151].map((price, at) => [at, price]);
  assert.deepEqual(firings(rule('price crosses above 150', repeat(0)), ...ticks), [1, 5]);
  assert.deepEqual(firings(rule('price > 150', repeat(0)), ...ticks), [1, 5]);
});

test('after the cooldown it arms again only if its condition has been false since', () => {
  const staying: Step[] = [
    [0, 151],
    [2 * HOUR, 152],
    [2 * HOUR + 1, 149],
    [2 * HOUR + 2, 151],
  ];
  assert.deepEqual(firings(rule('price > 150', repeat(HOUR)), ...staying), [0, 2 * HOUR + 2]);
  const dipping: Step[] = [
    [0, 151],
    [1, 149],
    [2, 152],
    [HOUR / 2, 153],
    [HOUR + 5, 153],
  ];
  assert.deepEqual(firings(rule('price > 150', repeat(HOUR)), ...dipping), [0, HOUR]);
  assert.deepEqual(states(rule('price > 150', repeat(HOUR)), [0, 151], [1, 149], { kind: 'clock', at: START + HOUR }), [
    `armed 1 ${-START}`,
    'cooling 1 0',
    `armed 2 ${HOUR}`,
  ]);
});

test('a wick through the level of a high fires once, not at each cooldown until the high has passed', () => {
  const minutes = 600 * SECOND;
  const prices = [...Array<number>(20).fill(149), 152, ...Array<number>(20).fill(149), 152];
  const wicks: Step[] = prices.map((price, at) => [at * minutes, price]);
  assert.deepEqual(firings(rule('high(2h) > 150', repeat(minutes)), ...wicks), [20 * minutes, 41 * minutes]);
});

test('no alert is ever switched off by itself: not by firing often, nor by waiting for years', () => {
  const often: Step[] = Array.from({ length: 400 }, (_, at) => [at * SECOND, at % 2 === 0 ? 149 : 151]);
  assert.equal(firings(rule('price crosses above 150', repeat(0)), ...often).length, 200);
  const years: Step[] = Array.from({ length: 3000 }, (_, day) => [day * 24 * HOUR, 100 + (day % 40)]);
  assert.deepEqual(firings(rule('price crosses above 150'), ...years, [3000 * 24 * HOUR, 150]), [3000 * 24 * HOUR]);
});

test('with a hysteresis it arms again only when the value has gone back that far beyond its level', () => {
  const back = (value: number, unit: 'amount' | 'percent'): Partial<Rule> => ({ ...repeat(0), rearm: { value, unit } });
  const ticks: Step[] = [149, 151, 149, 151, 148.5, 151].map((price, at) => [at, price]);
  for (const text of ['price > 150', 'price crosses above 150', 'not price <= 150'])
    assert.deepEqual(firings(rule(text, back(1, 'percent')), ...ticks), [1, 5], text);
  assert.deepEqual(firings(rule('price > 150', back(1, 'amount')), ...ticks), [1, 3, 5]);
  assert.deepEqual(
    firings(rule('price crosses 150', back(2, 'amount')), ...ticks.slice(0, 4), [4, 152], [5, 149]),
    [1, 5],
  );
});

test('a reminder is a firing of its own epoch, for as long as the condition holds', () => {
  const reminding: Partial<Rule> = { ...repeat(2 * HOUR), remindEveryMs: HOUR / 2 };
  const state = rule('price > 150', reminding);
  const clock = (at: number): EngineEvent => ({ kind: 'clock', at: START + at });
  assert.deepEqual(firings(state, [0, 151], clock(HOUR), [HOUR + 1, 149], clock(2 * HOUR)), [0, HOUR / 2, HOUR]);
  assert.deepEqual(states(state, [0, 151], clock(HOUR / 2)).slice(1), [
    'cooling 1 0',
    `armed 2 ${HOUR / 2}`,
    `cooling 2 ${HOUR / 2}`,
  ]);
  // The last price is too old to say that it holds: the next one does.
  assert.deepEqual(firings(state, [0, 151], clock(3 * HOUR), [3 * HOUR + 5, 152]), [0, HOUR / 2, HOUR, 3 * HOUR + 5]);
  assert.deepEqual(firings([-1, 149], rule('price crosses above 150', reminding), [0, 151], clock(HOUR)), [0]);
});

test('once per bar fires at most once in each, though it stays true', () => {
  const minute = 60 * SECOND;
  const first = Math.ceil(START / (5 * minute)) * 5 * minute - START;
  const perBar = rule('price > 150', { frequency: 'once-per-bar', barMs: 5 * minute });
  const ticks: Step[] = [0, 1, 4, 5, 6, 16].map((at) => [first + at * minute, 151]);
  assert.deepEqual(
    firings(perBar, ...ticks).map((at) => (at - first) / minute),
    [0, 5, 16],
  );
});

test('a trailing condition is measured from the extreme since it was armed', () => {
  const ticks: Step[] = [100, 110, 102, 101, 99, 105, 97].map((price, at) => [at, price]);
  assert.deepEqual(firings([-1, 200], [0, 100], rule('price falls 8% from high', { version: 1 }), ...ticks), [3]);
  // Back within 8 % of 110 it arms anew, and follows from there.
  assert.deepEqual(firings(rule('price falls 8% from high', repeat(0)), ...ticks), [3]);
  assert.deepEqual(firings(rule('price falls 8% from high', repeat(0)), ...ticks, [7, 96.6]), [3, 7]);
  assert.deepEqual(firings(rule('price rises 3 from low', repeat(0)), [0, 100], [1, 95], [2, 97.9], [3, 98]), [3]);
});

test('no data fires once a silence, at its own time, and only open hours count', () => {
  const silent = rule('no data for 10m', repeat(0));
  const minute = 60 * SECOND;
  const clock = (at: number): EngineEvent => ({ kind: 'clock', at: START + at });
  assert.deepEqual(
    firings(silent, [0, 100], [minute, 100], clock(30 * minute), [31 * minute, 100], [50 * minute, 100]),
    [11 * minute, 41 * minute],
  );
  assert.deepEqual(firings([0, 100], clock(HOUR), silent), [HOUR]);
  // What came late ends the silence, and is none of its own.
  const late: Step[] = [1, 2, 30, 39].map((at) => [at * minute, 100]);
  assert.deepEqual(firings(silent, [0, 100], clock(40 * minute), ...late, clock(41 * minute)), [
    10 * minute,
    12 * minute,
  ]);
  // Five minutes before New York closes on a Friday: the other five pass on Monday.
  const friday = Date.UTC(2024, 0, 5, 20, 55) - START;
  const monday = Date.UTC(2024, 0, 8, 14, 35) - START;
  const regular = rule('no data for 10m', { calendar: 'XNYS' });
  assert.deepEqual(firings([friday, 100], regular, clock(monday - 1)), []);
  assert.deepEqual(firings([friday, 100], regular, clock(monday)), [monday]);
});

test('it says what holds it back: not gone back far enough, or how long nothing was seen', () => {
  const explained = (event: EngineEvent, ticks: readonly (readonly [number, number])[], at: number) => {
    const engine = new Engine();
    engine.apply(event, []);
    for (const [after, price] of ticks) {
      const tick = { symbol: SYMBOL, price, at: START + after, receivedAt: START + after, source: 'test' };
      engine.apply({ kind: 'tick', tick }, []);
    }
    return engine.explain(SYMBOL, 'a' as AlertId, START + at);
  };
  const back = rule('price > 150', { ...repeat(0), rearm: { value: 1, unit: 'percent' } });
  assert.deepEqual(explained(back, [[0, 151]], 0)?.reasons, ['still-true']);
  const trembling = [
    [0, 151],
    [1, 149],
  ] as const;
  assert.deepEqual(explained(back, trembling, 1)?.reasons, ['not-back']);
  const silent = explained(rule('no data for 10m', { staleAfterMs: SECOND }), [[0, 100]], 90 * SECOND);
  assert.deepEqual(silent?.reasons, ['not-met']);
  assert.equal(silent?.leaves[0]?.value, 90 * SECOND);
});

test('expiry comes before the tick, and by the clock where no tick comes', () => {
  const expiring = rule('price > 150', { expiresAt: START + 10 });
  assert.deepEqual(firings(expiring, [9, 140], [10, 160]), []);
  assert.deepEqual(states(expiring, { kind: 'clock', at: START + 10 }).at(-1), 'expired 1 10');
});

test('a gap is told with both ends, or skipped', () => {
  const after = run([0, 149], rule('price crosses above 150'), [2 * HOUR, 151]).find((e) => e.kind === 'trigger');
  assert.deepEqual(after?.trigger.gap, { from: START, to: START + 2 * HOUR });
  assert.deepEqual(firings([0, 149], rule('price crosses above 150', { gap: 'skip' }), [2 * HOUR, 151]), []);
  const lost: EngineEvent = { kind: 'gap', symbol: SYMBOL, from: START, to: START + 5, reason: 'test' };
  assert.deepEqual(firings([0, 149], rule('price crosses above 150', { gap: 'skip' }), lost, [5, 151]), []);
  assert.deepEqual(firings([0, 149], rule('price > 150', { gap: 'skip' }), lost, [5, 151]), [5]);
});

test('an and of a crossing and a state fires at the crossing if the state holds then', () => {
  const both = 'price crosses above 150 and volume > 10';
  assert.deepEqual(firings([0, 149, 20], rule(both), [1, 151, 5], [2, 152, 20], [3, 149, 20], [4, 150, 11]), [4]);
});

test('a change is unknown until a value is old enough, and the ends of its window count', () => {
  const ticks: Step[] = [
    [0, 100],
    [5 * SECOND, 103],
    [10 * SECOND - 1, 120],
    [10 * SECOND, 102],
  ];
  assert.deepEqual(firings(rule('change(10s) >= 2%'), ...ticks), [10 * SECOND]);
  assert.deepEqual(firings(rule('not change(10s) >= 5%'), [0, 100], [9 * SECOND, 100]), []);
});

test('a move that has fired starts anew at the firing value', () => {
  const ticks: Step[] = [
    [0, 100],
    [10 * SECOND, 103],
    [11 * SECOND, 105],
    [12 * SECOND, 106.09],
    [13 * SECOND, 106],
  ];
  assert.deepEqual(firings(rule('price rises 3% in 10s', repeat(0)), ...ticks), [10 * SECOND, 12 * SECOND]);
});

test('a move reaches its amount to the last bit, from the window as from the firing value', () => {
  const ticks: Step[] = [
    [0, 100],
    [10 * SECOND, 97],
    [10 * SECOND + 1, 96],
    [11 * SECOND, 93],
    [12 * SECOND, 92],
  ];
  const exact = [10 * SECOND + 1, 12 * SECOND];
  assert.deepEqual(firings(rule('price falls 4 in 10s', repeat(0)), ...ticks), exact);
  assert.deepEqual(firings(rule('price moves 4 in 10s', repeat(0)), ...ticks), exact);
  const upward = ticks.map((tick) => [(tick as [number, number])[0], 200 - (tick as [number, number])[1]] as const);
  assert.deepEqual(firings(rule('price rises 4 in 10s', repeat(0)), ...upward), exact);
});

test('a newer version arms the next epoch, an older one or a removed one changes nothing', () => {
  const newer = rule('price > 200', { version: 2 });
  assert.deepEqual(states(rule('price > 150'), newer, rule('price > 150')), [`armed 1 ${-START}`, `armed 2 ${-START}`]);
  const removed: EngineEvent = { kind: 'remove-rule', symbol: SYMBOL, alertId: 'a' as AlertId, version: 2 };
  assert.deepEqual(firings(rule('price > 150'), removed, rule('price > 150'), [0, 151]), []);
});

test('paused is not watched, and resumed is a new arming', () => {
  const paused = rule('price crosses above 150', { version: 2, paused: true });
  const resumed = rule('price crosses above 150', { version: 3 });
  assert.deepEqual(
    firings(rule('price crosses above 150'), [0, 149], paused, [1, 151], resumed, [2, 152], [3, 149], [4, 150]),
    [4],
  );
});

test('late and repeated ticks are not evaluated', () => {
  const armed = rule('price crosses above 150');
  assert.deepEqual(firings([5, 149], armed, [4, 151]), []);
  const numbered = (sequence: number, price: number): EngineEvent => ({
    kind: 'tick',
    tick: { symbol: SYMBOL, price, at: START, receivedAt: START, source: 'test', sequence },
  });
  assert.deepEqual(firings(numbered(1, 149), armed, numbered(1, 151)), []);
  assert.deepEqual(firings(numbered(1, 149), armed, numbered(2, 151)), [0]);
});

test('levels keep their decimals, from 1e-8 to 1e7', () => {
  assert.deepEqual(firings([0, 61_600], rule('price crosses above 61600.01'), [1, 61_600.00999], [2, 61_600.01]), [2]);
  assert.deepEqual(firings([0, 1e-8], rule('price > 0.00000001'), [1, 1e-8], [2, 2e-8]), [2]);
  assert.deepEqual(firings([0, 9_999_999.99], rule('price >= 10000000'), [1, 1e7]), [1]);
});

test('regular hours have a tape of their own, with the close as the baseline of the next opening', () => {
  // 2024-01-02, a Tuesday, 15:59:59 and 16:30 in New York; then the opening on Wednesday.
  const close = Date.UTC(2024, 0, 2, 20, 59, 59) - START;
  const evening = Date.UTC(2024, 0, 2, 21, 30) - START;
  const opening = Date.UTC(2024, 0, 3, 14, 30) - START;
  const regular = rule('price crosses above 150', { calendar: 'XNYS' });
  const all = rule('price crosses above 150', { calendar: 'XNYS', session: 'all' });
  assert.deepEqual(firings([close, 149], regular, [evening, 151], [opening, 152]), [opening]);
  assert.deepEqual(firings([close, 149], all, [evening, 151], [opening, 152]), [evening]);
  assert.deepEqual(firings([close, 149], [evening, 151], regular, [opening, 152]), [opening]);
  const skipping = rule('price crosses above 150', { calendar: 'XNYS', gap: 'skip', staleAfterMs: 100 * HOUR });
  assert.deepEqual(firings([close, 149], skipping, [opening, 152]), []);
  const before = new Engine();
  const effects: Effect[] = [];
  before.apply(tickOf(close, 149), effects);
  before.apply(skipping, effects);
  Engine.restore(before.snapshot()).apply(tickOf(opening, 152), effects);
  assert.deepEqual(
    effects.filter(({ kind }) => kind === 'trigger'),
    [],
    'also after a restart in the night',
  );
});

test('a percent of nothing is no way back from the level: what stays true does not fire again and again', () => {
  const back = { ...repeat(0), rearm: { value: 0.5, unit: 'percent' } } as const;
  for (const condition of ['volume >= 0', 'volume inside 0..5', 'not volume > 0'])
    assert.deepEqual(firings([0, 100, 0], rule(condition, back), [1, 101, 0], [2, 102, 0]), [0], condition);
});
