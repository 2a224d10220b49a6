/** Alerts that look at several instruments: what is told in docs/meaning.md, by example. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent, Rule } from './event.ts';

const [OWN, OTHER] = ['OWN', 'OTHER'] as unknown as readonly [InstrumentSymbol, InstrumentSymbol];
const ALERT = 'a' as AlertId;
const START = Date.UTC(2024, 0, 5, 15);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

function put(text: string, more: Partial<Rule> = {}, otherCalendar: CalendarId = '24/7'): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const policy = { frequency: 'repeat', cooldownMs: 0, session: 'regular', gap: 'fire', expiresAt: null } as const;
  const hours = { calendar: '24/7', staleAfterMs: MINUTE } as const;
  const others = text.includes('OTHER') ? [{ symbol: OTHER, calendar: otherCalendar, staleAfterMs: MINUTE }] : [];
  const rule = { ...policy, ...hours, alertId: ALERT, version: 1, symbol: OWN, paused: false, ...more };
  const looked = others.length === 0 ? {} : { others };
  return { kind: 'put-rule', symbol: OWN, rule: { ...rule, condition: compiled.condition, ...looked } };
}

const tick = (symbol: InstrumentSymbol, after: number, price: number): EngineEvent => ({
  kind: 'tick',
  tick: { symbol, price, at: START + after, receivedAt: START + after, source: 's' },
});

/** When it fired, in ms after the start, and over which gap. */
function firings(engine: Engine, ...events: EngineEvent[]): readonly (readonly [number, number | null])[] {
  const out: Effect[] = [];
  for (const event of events) engine.apply(event, out);
  return out.flatMap((effect) => {
    if (effect.kind !== 'trigger') return [];
    const { firedAt, gap } = effect.trigger;
    return [[firedAt - START, gap === null ? null : gap.from - START] as const];
  });
}

test('a crossing of one is not seen again at a tick of another', () => {
  const found = firings(
    new Engine(),
    ...[tick(OWN, 0, 99), tick(OTHER, 0, 5), put('price crosses 100 or price(OTHER) crosses 10')],
    ...[
      tick(OWN, 1 * SECOND, 101),
      tick(OTHER, 2 * SECOND, 6),
      tick(OTHER, 3 * SECOND, 11),
      tick(OWN, 4 * SECOND, 102),
    ],
  );
  assert.deepEqual(found, [
    [1 * SECOND, null],
    [3 * SECOND, null],
  ]);
});

test('a crossing while one side is silent is seen when it comes back, labelled with the gap of that side', () => {
  const found = firings(
    new Engine(),
    ...[tick(OWN, 0, 99), tick(OTHER, 0, 100), put('price - price(OTHER) crosses above 0')],
    ...[tick(OWN, 50 * SECOND, 98), tick(OWN, 80 * SECOND, 103), tick(OWN, 100 * SECOND, 104)],
    tick(OTHER, 110 * SECOND, 101),
  );
  assert.deepEqual(found, [[110 * SECOND, 0]]);
});

test('what is stale is unknown, and said to be', () => {
  const engine = new Engine();
  const found = firings(engine, tick(OWN, 0, 99), tick(OTHER, 0, 5), put('price > 100 and price(OTHER) < 10'));
  assert.deepEqual(found, []);
  assert.deepEqual(firings(engine, tick(OWN, 2 * MINUTE, 101)), []);
  const why = engine.explain(OWN, ALERT, START + 2 * MINUTE);
  assert.deepEqual(why?.reasons, ['other-stale', 'unknown']);
  assert.deepEqual(
    why.others.map(({ symbol, last, isStale }) => [symbol, last?.price, isStale]),
    [[OTHER, 5, true]],
  );
  assert.deepEqual(firings(engine, tick(OTHER, 2 * MINUTE + SECOND, 5)), [[2 * MINUTE + SECOND, 0]]);
});

test('an exchange that is closed rests on its last price, however long', () => {
  const engine = new Engine();
  const friday = 5 * 60 * MINUTE;
  const saturday = friday + 20 * 60 * MINUTE;
  firings(engine, put('price / price(OTHER) > 2', {}, 'XNYS'), tick(OTHER, friday + 59 * MINUTE + 30 * SECOND, 50));
  assert.deepEqual(firings(engine, tick(OWN, friday, 90), tick(OWN, saturday, 101)), [[saturday, friday]]);
});

test('an alert keeps its count when it begins to look at another instrument, and when it no longer does', () => {
  const engine = new Engine();
  const out: Effect[] = [];
  const texts = ['price > 100', 'price > price(OTHER)', 'price > 200'];
  for (const [index, text] of texts.entries()) engine.apply(put(text, { version: index + 1 }), out);
  engine.apply(put('price > price(OTHER)', { version: 2 }), out);
  engine.apply({ kind: 'remove-rule', symbol: OWN, alertId: ALERT, version: 3 }, out);
  engine.apply(put('price > price(OTHER)', { version: 3 }), out);
  assert.deepEqual(
    out.map((effect) => (effect.kind === 'alert-state' ? [effect.version, effect.epoch, effect.status] : effect)),
    [
      [1, 1, 'armed'],
      [2, 2, 'armed'],
      [3, 3, 'armed'],
    ],
  );
  assert.deepEqual(
    [...engine.snapshot().keys()].filter((key) => key.includes('+')),
    [],
    'nothing is left of what nobody looks at',
  );
});

test('the bars that a rule brings of another instrument are known at once', () => {
  const engine = new Engine();
  const bars = Array.from({ length: 3 }, (_, index) => {
    const close = 10 + index;
    return { at: START + index * MINUTE, open: close, high: close, low: close, close, volume: 1, trades: 1 };
  });
  const rule = put('sma(OTHER, 3, 1m) > 12');
  assert.ok(rule.kind === 'put-rule');
  firings(engine, tick(OWN, 0, 1), { ...rule, elsewhere: { [OTHER]: { history: { '1m': bars } } } });
  firings(engine, tick(OTHER, 3 * MINUTE, 10));
  assert.equal(engine.explain(OWN, ALERT, START + 3 * MINUTE)?.leaves[0]?.value, (11 + 12 + 10) / 3);
});
