/** Tracing changes nothing of what is evaluated: the same triggers, effects and state, with and without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanOptions, Tracing } from '#contracts/tracing.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, PutRule } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { BatchTraces } from './batch-traces.ts';

interface Begun extends SpanOptions {
  readonly name: string;
  readonly traceparent: string;
  ended: boolean;
}

function witness(): { readonly tracing: Tracing; readonly begun: Begun[] } {
  const begun: Begun[] = [];
  const begin: Tracing['begin'] = (name, options) => {
    const one: Begun = { ...options, name, traceparent: `span ${begun.length}`, ended: false };
    begun.push(one);
    const end = (): void => {
      one.ended = true;
    };
    return { traceparent: one.traceparent, ids: { trace_id: '', span_id: '' }, end };
  };
  return { tracing: { on: true, samples: () => true, begin }, begun };
}

const SYMBOL = 'TEST' as InstrumentSymbol;
const compiled = compileCondition('price crosses above 150');
assert.ok(compiled.ok);
const rule: PutRule = {
  kind: 'put-rule',
  symbol: SYMBOL,
  rule: {
    ...{ alertId: 'a', version: 1, symbol: SYMBOL, condition: compiled.condition, frequency: 'repeat' },
    ...{ cooldownMs: 0, expiresAt: null, session: 'all', gap: 'fire', paused: false },
    ...{ calendar: '24/7', staleAfterMs: 60_000 },
  } as PutRule['rule'],
};
const PRICES = [149, 151, 148, 152];

function run(trace?: string): { readonly effects: Effect[]; readonly state: string } {
  const engine = new Engine();
  const effects: Effect[] = [];
  engine.apply(rule, effects);
  for (const [index, price] of PRICES.entries()) {
    const tick = { symbol: SYMBOL, price, at: index * 1000, receivedAt: index * 1000, source: 'test' };
    engine.apply({ kind: 'tick', tick, ...(trace === undefined ? {} : { trace }) }, effects);
  }
  return { effects, state: JSON.stringify([...engine.eachChange()]) };
}

test('a tick that carries a trace gives the same effects and the same state', () => {
  assert.deepEqual(run('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), run());
});

test('a trigger goes on from its tick where that is traced, and begins a trace at its receipt where not', () => {
  const { effects } = run();
  const places = effects.flatMap(({ kind }, place) => (kind === 'trigger' ? [place] : []));
  assert.equal(places.length, 2);
  const [first = 0, second = 0] = places;
  const { tracing, begun } = witness();
  const traced = [{ trace: 'carried', symbol: SYMBOL, from: first, to: first + 1 }];
  const traces = new BatchTraces({ tracing, traced, agoMs: 5, ageOf: () => 40 });
  // In two pieces, as they are recorded.
  const stored = [...traces.begin(effects.slice(0, second), 0), ...traces.begin(effects.slice(second), second)];
  assert.deepEqual(
    begun.map(({ name, parent, agoMs }) => [name, parent, agoMs]),
    [
      ['evaluate', 'carried', 5],
      ['trigger', 'span 0', 5],
      ['trigger', undefined, 40],
    ],
  );
  assert.deepEqual(stored, [
    ['a.1', 'span 1'],
    ['a.2', 'span 2'],
  ]);
  traces.end();
  assert.deepEqual(
    begun.map(({ ended }) => ended),
    [true, false, false],
    'a trigger ends its own when it is known to be new',
  );
});
