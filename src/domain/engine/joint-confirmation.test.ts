/** Confirmation, and one thing after another, of what looks at several instruments: docs/meaning.md by example. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId } from '../alert/alert.ts';
import { compileCondition } from '../condition/checker.ts';
import type { InstrumentSymbol } from '../market/instrument.ts';
import { Engine } from './engine.ts';
import type { Effect, EngineEvent, Rule } from './event.ts';

const [OWN, OTHER] = ['OWN', 'OTHER'] as unknown as readonly [InstrumentSymbol, InstrumentSymbol];
const ALERT = 'a' as AlertId;
const START = Date.UTC(2024, 0, 5, 15);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

function put(text: string, more: Partial<Rule> = {}): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const policy = { frequency: 'repeat', cooldownMs: 0, session: 'regular', gap: 'fire', expiresAt: null } as const;
  const hours = { calendar: '24/7', staleAfterMs: MINUTE } as const;
  const rule = { ...policy, ...hours, alertId: ALERT, version: 1, symbol: OWN, paused: false, ...more };
  const others = [{ symbol: OTHER, ...hours }];
  return { kind: 'put-rule', symbol: OWN, rule: { ...rule, condition: compiled.condition, others } };
}

const tick = (symbol: InstrumentSymbol, after: number, price: number): EngineEvent => ({
  kind: 'tick',
  tick: { symbol, price, at: START + after, receivedAt: START + after, source: 's' },
});
const clock = (after: number): EngineEvent => ({ kind: 'clock', at: START + after });

/** When it fired, in ms after the start. */
function firings(engine: Engine, ...events: EngineEvent[]): readonly number[] {
  const out: Effect[] = [];
  for (const event of events) engine.apply(event, out);
  return out.flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger.firedAt - START] : []));
}

/** One that watches the text, after both instruments were seen. */
function watching(text: string, more: Partial<Rule> = {}): Engine {
  const engine = new Engine();
  firings(engine, tick(OWN, 0, 1), tick(OTHER, 0, 1), put(text, more));
  return engine;
}

test('what is confirmed by time is ended by a tick of any of its instruments, and fires between them', () => {
  const text = 'price(OTHER) > 5 and price < 3 for 30s';
  const steady = watching(text);
  assert.deepEqual(firings(steady, tick(OTHER, 1 * SECOND, 6), tick(OWN, 20 * SECOND, 2)), []);
  assert.deepEqual(firings(steady, clock(40 * SECOND)), [31 * SECOND]);
  const broken = watching(text);
  const ticks = [tick(OTHER, 1 * SECOND, 6), tick(OWN, 20 * SECOND, 4), tick(OWN, 21 * SECOND, 2)];
  assert.deepEqual(firings(broken, ...ticks, clock(40 * SECOND)), []);
  assert.deepEqual(firings(broken, clock(55 * SECOND)), [51 * SECOND]);
});

test('what is too old when its time has come leaves it to the next tick', () => {
  for (const [price, expected] of [
    [7, [3 * MINUTE]],
    [4, []],
  ] as const) {
    const engine = watching('price(OTHER) > 5 for 2m');
    assert.deepEqual(firings(engine, tick(OTHER, 1 * SECOND, 6), clock(150 * SECOND)), []);
    assert.deepEqual(engine.explain(OWN, ALERT, START + 150 * SECOND)?.waits, [
      { kind: 'time', since: START + SECOND, until: START + 121 * SECOND },
    ]);
    assert.deepEqual(firings(engine, tick(OTHER, 3 * MINUTE, price)), expected);
  }
  const engine = watching('price(OTHER) > 5 for 2m');
  firings(engine, tick(OTHER, 1 * SECOND, 6), tick(OWN, 100 * SECOND, 1));
  assert.deepEqual(firings(engine, tick(OTHER, 110 * SECOND, 6), clock(3 * MINUTE)), [], 'unknown at a tick, it ended');
  const lost = {
    kind: 'gap',
    symbol: OTHER,
    from: START + 20 * SECOND,
    to: START + 25 * SECOND,
    reason: 'test',
  } as const;
  const blind = watching('price(OTHER) > 5 for 30s');
  assert.deepEqual(firings(blind, tick(OTHER, 1 * SECOND, 6), lost, clock(40 * SECOND)), [], 'nobody saw it hold');
  assert.deepEqual(firings(blind, tick(OTHER, 50 * SECOND, 6)), [50 * SECOND]);
});

test('prices of any of them confirm, also after a restart', () => {
  const engine = watching('price(OTHER) > 5 for 3 ticks');
  assert.deepEqual(firings(engine, tick(OTHER, 1 * SECOND, 6), tick(OWN, 2 * SECOND, 1)), []);
  const again = Engine.restore(new Map(JSON.parse(JSON.stringify([...engine.snapshot()])) as [string, unknown][]));
  assert.deepEqual(again.explain(OWN, ALERT, START + 3 * SECOND)?.waits, [
    { kind: 'ticks', since: START + SECOND, seen: 2, of: 3 },
  ]);
  assert.deepEqual(firings(again, tick(OWN, 3 * SECOND, 1)), [3 * SECOND]);
});

test('it is judged at the close of bars in which its own instrument was seen, on what counts then', () => {
  const engine = watching('price / price(OTHER) crosses above 2 at close of 1m');
  const second = [tick(OWN, 70 * SECOND, 12), tick(OTHER, 100 * SECOND, 5)];
  const third = [tick(OTHER, 125 * SECOND, 7), tick(OTHER, 181 * SECOND, 5)];
  assert.deepEqual(firings(engine, ...second, ...third), [2 * MINUTE], 'no close at 3 minutes: nothing of its own');
  const stale = watching('price / price(OTHER) crosses above 2 at close of 5m');
  const ticks = [tick(OWN, 250 * SECOND, 1), tick(OTHER, 280 * SECOND, 1), tick(OWN, 9 * MINUTE + 50 * SECOND, 12)];
  assert.deepEqual(firings(stale, ...ticks, clock(11 * MINUTE)), [], 'the other is too old at the close');
  const later = [tick(OWN, 14 * MINUTE + 30 * SECOND, 12), tick(OTHER, 14 * MINUTE + 40 * SECOND, 5)];
  assert.deepEqual(firings(stale, ...later, clock(16 * MINUTE)), [15 * MINUTE], 'from the last value that counted');
});

test('one thing may follow at a tick of another instrument, and not before', () => {
  const text = 'price(OTHER) > 5 then price crosses above 10 within 30s';
  const engine = watching(text);
  const before = [tick(OTHER, 1 * SECOND, 6), tick(OTHER, 2 * SECOND, 4)];
  assert.deepEqual(firings(engine, ...before, tick(OWN, 31 * SECOND, 12)), [31 * SECOND]);
  const late = watching(text);
  assert.deepEqual(firings(late, ...before, tick(OWN, 32 * SECOND, 12)), [], 'A was last true at the tick of 1 s');
  const lasting = watching('price(OTHER) > 5 then price > 10 or price(OTHER) < 4 within 2m');
  firings(lasting, tick(OTHER, 1 * SECOND, 6), tick(OWN, 2 * SECOND, 12));
  const stale = tick(OWN, 70 * SECOND, 12);
  assert.deepEqual(firings(lasting, stale), [70 * SECOND], 'too old to be true any more, it may be followed');
});

test('a checkpoint from before anything of this was kept goes on', () => {
  const engine = watching('price(OTHER) > 5');
  const chunks = new Map(JSON.parse(JSON.stringify([...engine.snapshot()])) as [string, unknown][]);
  const again = Engine.restore(chunks);
  firings(again, put('price(OTHER) > 5 for 2 ticks', { version: 2 }));
  assert.deepEqual(firings(again, tick(OTHER, 1 * SECOND, 6), tick(OTHER, 2 * SECOND, 6)), [2 * SECOND]);
});
