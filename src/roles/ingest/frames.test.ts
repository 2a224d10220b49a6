import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '#contracts/bus.ts';
import { ticksIn } from '#contracts/price-events.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { framed } from './frames.ts';

const partitionOf = (key: string): number => key.charCodeAt(0) % 2;

/** What is said in each partition, one thing after the other. */
function said(messages: readonly Message<PriceEvent>[]): readonly string[][] {
  const all: string[][] = [[], []];
  for (const { key, value } of messages) {
    const partition = all[partitionOf(key)] as string[];
    if (value.kind !== 'ticks') partition.push(JSON.stringify(value));
    for (const tick of value.kind === 'ticks' ? value.ticks : []) {
      assert.equal(partitionOf(tick.symbol), partitionOf(key));
      partition.push(JSON.stringify({ kind: 'tick', tick }));
    }
  }
  return all;
}

test('the same is said in the same order in each partition; only ticks share a message, at most fifty', () => {
  const symbol = fc.constantFrom('A', 'B', 'C', 'D') as fc.Arbitrary<InstrumentSymbol>;
  const tickOf = (of: InstrumentSymbol, at: number) => ({ symbol: of, price: 1, at, receivedAt: at, source: 'test' });
  const value = fc.tuple(symbol, fc.nat(), fc.constantFrom('tick', 'tick', 'tick', 'traced', 'gap', 'late'));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 300, size: 'max' }), (things) => {
      const messages = things.map(([of, at, kind]): Message<PriceEvent> => {
        if (kind === 'gap')
          return { key: of, value: { kind: 'gap', symbol: of, from: at, to: at + 1, reason: 'test' } };
        const tick = tickOf(of, at);
        if (kind === 'late') return { key: of, value: { kind: 'late-tick', tick, reason: 'late' } };
        return { key: of, value: { kind: 'tick', tick, ...(kind === 'traced' ? { trace: 'one' } : {}) } };
      });
      const frames = framed(messages, partitionOf);
      assert.deepEqual(said(frames), said(messages));
      for (const { value: frame } of frames) assert.ok(frame.kind !== 'ticks' || ticksIn(frame).length <= 50);
    }),
  );
});

test('ticks of a publish go in as few messages as may be', () => {
  const messages = Array.from({ length: 120 }, (_, at): Message<PriceEvent> => {
    const symbol = 'ABCD'[at % 4] as InstrumentSymbol;
    return { key: symbol, value: { kind: 'tick', tick: { symbol, price: 1, at, receivedAt: at, source: 'test' } } };
  });
  assert.deepEqual(
    framed(messages, partitionOf).map(({ value }) => ticksIn(value).length),
    [50, 50, 10, 10],
  );
  assert.equal(framed(messages.slice(0, 1), partitionOf)[0]?.value.kind, 'tick');
});
