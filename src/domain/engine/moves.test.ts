/** Moves of other signals than the price: what is told in docs/meaning.md, by example. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent } from './event.ts';

const [OWN, OTHER] = ['OWN', 'OTHER'] as unknown as readonly [InstrumentSymbol, InstrumentSymbol];
const ALERT = 'a' as AlertId;
const START = Date.UTC(2024, 0, 5, 15);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

function put(text: string, version = 1): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const policy = { frequency: 'repeat', cooldownMs: 0, session: 'regular', gap: 'fire', expiresAt: null } as const;
  const hours = { calendar: '24/7', staleAfterMs: 10 * MINUTE } as const;
  const others = text.includes('OTHER') ? { others: [{ symbol: OTHER, ...hours }] } : {};
  const rule = { ...policy, ...hours, ...others, alertId: ALERT, version, symbol: OWN, paused: false };
  return { kind: 'put-rule', symbol: OWN, rule: { ...rule, condition: compiled.condition } };
}

const tick = (after: number, price: number, symbol = OWN): EngineEvent => ({
  kind: 'tick',
  tick: { symbol, price, at: START + after, receivedAt: START + after, source: 's' },
});

/** When it fired, in ms after the start. */
function firings(engine: Engine, ...events: EngineEvent[]): readonly number[] {
  const out: Effect[] = [];
  for (const event of events) engine.apply(event, out);
  return out.flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger.firedAt - START] : []));
}

function restarted(engine: Engine): Engine {
  return Engine.restore(new Map(JSON.parse(JSON.stringify([...engine.snapshot()])) as [string, unknown][]));
}

test('what is below zero moves by amounts, and starts anew where it fired', () => {
  const engine = new Engine();
  firings(engine, tick(0, 90), put('price - 100 moves 5 in 10s'));
  assert.deepEqual(firings(engine, tick(10 * SECOND, 96)), [10 * SECOND], 'from -10 to -4');
  assert.deepEqual(firings(engine, tick(11 * SECOND, 92), tick(12 * SECOND, 91)), [12 * SECOND], 'from -4 to -9');
  const again = restarted(engine);
  assert.deepEqual(firings(again, tick(13 * SECOND, 95.5), tick(14 * SECOND, 96)), [14 * SECOND]);
  const shares = new Engine();
  firings(shares, tick(0, 90), put('price - 100 moves 5% in 10s'));
  assert.deepEqual(firings(shares, tick(10 * SECOND, 99), tick(11 * SECOND, 101)), [], 'of what is below zero none');
  assert.deepEqual(firings(shares, tick(21 * SECOND, 102)), [21 * SECOND], 'from 1 to 2');
});

test('an indicator moves from what it was when an alert looked at it first', () => {
  const engine = new Engine();
  const bars = [0, 1, 2].map((minute) => tick(minute * MINUTE, 100 + minute));
  firings(engine, ...bars, put('sma(2, 1m) rises 3 in 1m'));
  assert.deepEqual(firings(engine, tick(3 * MINUTE, 103), tick(4 * MINUTE, 105)), [], 'known from the second bar on');
  const again = restarted(engine);
  assert.deepEqual(firings(again, put('sma(2, 1m) rises 4 in 1m', 2)), [], 'an edit goes on with what it had');
  const ticks = [tick(5 * MINUTE, 105), tick(6 * MINUTE, 112)];
  assert.deepEqual(firings(again, ...ticks), [], 'from 105 to 108.5');
  assert.deepEqual(firings(again, tick(6 * MINUTE + SECOND, 113)), [6 * MINUTE + SECOND]);
});

test('the window of a move is over when its own instrument ticks after it', () => {
  for (const [text, moving, beside] of [
    ['price(OTHER) rises 5% in 10s', OTHER, OWN],
    ['price rises 5% in 10s and price(OTHER) > 0', OWN, OTHER],
  ] as const) {
    const engine = new Engine();
    firings(engine, tick(0, 50, beside), tick(0, 100, moving), put(text));
    assert.deepEqual(firings(engine, tick(15 * SECOND, 106, moving)), [15 * SECOND]);
    const again = restarted(engine);
    assert.deepEqual(firings(again, tick(30 * SECOND, 50, beside)), [], `${text}: it has not moved again`);
    assert.deepEqual(firings(again, tick(31 * SECOND, 107, moving), tick(42 * SECOND, 113, moving)), [42 * SECOND]);
  }
});

test('what is calculated from several instruments moves at the ticks of any of them', () => {
  const engine = new Engine();
  firings(engine, tick(0, 100), tick(0, 50, OTHER), put('price / price(OTHER) rises 10% in 10s'));
  firings(engine, tick(5 * SECOND, 104), tick(6 * SECOND, 47.5, OTHER));
  const again = restarted(engine);
  assert.deepEqual(firings(again, tick(9 * SECOND, 105)), [], 'the window has not filled');
  assert.deepEqual(firings(again, tick(10 * SECOND, 47, OTHER)), [10 * SECOND], 'from 2 to 2.23');
  const anew = restarted(again);
  assert.deepEqual(firings(anew, tick(12 * SECOND, 114), tick(13 * SECOND, 116)), [13 * SECOND], 'from 2.23 to 2.47');
  assert.deepEqual(firings(anew, put('price > price(OTHER) * 9', 2)), []);
  const pasts = (): number => [...anew.snapshot().keys()].filter((key) => key.includes('/history/')).length;
  assert.ok(pasts() > 0);
  firings(anew, tick(14 * SECOND, 100));
  assert.equal(pasts(), 0);
});

test('a past that nobody needs any more leaves the checkpoint with the next tick', () => {
  const engine = new Engine();
  const saved = new Map<string, unknown>();
  const save = (): readonly string[] => {
    for (const [key, chunk] of engine.takeChanges())
      if (chunk === undefined) saved.delete(key);
      else saved.set(key, chunk);
    return [...saved.keys()].filter((key) => key.includes('/history/'));
  };
  firings(engine, tick(0, 90), put('price - 100 moves 5 in 10s'));
  assert.deepEqual(save(), ['OWN/history/0/0/24/7/(price-100)', 'OWN/history/1/0/24/7/(price-100)']);
  firings(engine, put('price > 1000', 2));
  assert.equal(save().length, 2);
  firings(engine, tick(SECOND, 91));
  assert.deepEqual(save(), []);
});

test('what looks back further than its values do says when its window has filled', () => {
  const engine = new Engine();
  const leaf = () => engine.explain(OWN, ALERT, START + MINUTE)?.leaves[0];
  firings(engine, tick(0, 100), put('abs(change(1h)) > 5%'), tick(30 * SECOND, 101));
  assert.deepEqual(leaf()?.filling, { windowMs: 60 * MINUTE, until: START + 60 * MINUTE });
  firings(engine, put('price - 5 rises 5 in 2h', 2));
  assert.deepEqual(leaf()?.filling, { windowMs: 120 * MINUTE, until: START + 30 * SECOND + 120 * MINUTE });
  firings(engine, put('abs(change(10s)) > 5%', 3));
  assert.deepEqual([leaf()?.value === null, leaf()?.filling], [false, undefined]);
});
