import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import type { AlertId } from '#domain/alert/alert.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { openTestStore } from '../../../test/support/store.ts';
import { divide } from './division.ts';

const START = Date.UTC(2024, 0, 5, 12);
const SYMBOLS = ['A', 'B', 'C', 'D'] as InstrumentSymbol[];
const [A, , C] = SYMBOLS as [InstrumentSymbol, InstrumentSymbol, InstrumentSymbol];

const tick = (symbol: InstrumentSymbol, price: number, at: number) =>
  ({ kind: 'tick', tick: { symbol, price, at: START + at, receivedAt: START + at, source: 'test' } }) as const;

function put(symbol: InstrumentSymbol, text: string, other?: InstrumentSymbol): EngineEvent {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok);
  const policy = { frequency: 'repeat', cooldownMs: 0, expiresAt: null, session: 'regular', gap: 'fire' } as const;
  const hours = { calendar: '24/7', staleAfterMs: 3_600_000 } as const;
  return {
    kind: 'put-rule',
    symbol,
    rule: {
      ...{ ...policy, ...hours, symbol, alertId: `${symbol}${other ?? ''}` as AlertId, version: 1, paused: false },
      condition: compiled.condition,
      ...(other && { others: [{ symbol: other, ...hours }] }),
    },
  };
}

/** By the letter: A and C are together in two parts, and apart in four. */
const busOf = (partitions: number) => ({
  partitions: () => partitions,
  partitionOf: (_: string, symbol: string) => (symbol.charCodeAt(0) - 65) % partitions,
});

test('each instrument goes on where it stood, in the partition that its prices come by now', async (t) => {
  const store = await openTestStore();
  t.after(() => store.close());
  const { checkpoints } = store;
  const whole = new Engine();
  const out: Effect[] = [];
  for (const symbol of SYMBOLS) {
    whole.apply(tick(symbol, 90, 0), out);
    whole.apply(put(symbol, 'price crosses above 100'), out);
  }
  whole.apply(put(A, `price > price(${C})`, C), out);
  await divide(busOf(1), checkpoints, silentLog);
  await checkpoints.load(0);
  const texts = [...whole.snapshot()].map(([key, chunk]) => [key, JSON.stringify(chunk)] as const);
  assert.ok(texts.some(([key]) => key.includes('+')));
  await checkpoints.save(0, 7, new Map([...texts, ['duty', '5']]));

  await assert.rejects(divide(busOf(4), checkpoints, silentLog), /BUS_PARTITIONS=4.*A and C/);
  await divide(busOf(2), checkpoints, silentLog);
  const fired: string[] = [];
  for (const number of [0, 1]) {
    const checkpoint = await checkpoints.load(number);
    assert.equal(checkpoint?.nextOffset, 7);
    const chunks = new Map(checkpoint.chunks);
    assert.equal(chunks.get('duty'), number === 0 ? 5 : undefined);
    chunks.delete('duty');
    const engine = Engine.restore(chunks);
    const effects: Effect[] = [];
    for (const symbol of SYMBOLS) engine.apply(tick(symbol, symbol === A ? 102 : 101, 1_000), effects);
    for (const effect of effects) if (effect.kind === 'trigger') fired.push(`${number} ${effect.trigger.alertId}`);
  }
  assert.deepEqual(fired, ['0 A', '0 AC', '0 C', '1 B', '1 D']);
});
