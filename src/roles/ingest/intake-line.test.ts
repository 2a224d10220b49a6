import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '#domain/market/gate.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { settle } from '../../../test/support/simulated-clock.ts';
import { IntakeLine, type IntakeLineDeps } from './intake-line.ts';

test('whoever joins the line just as the last of it was answered is served too', async () => {
  let published = 0;
  const deps = {
    bus: {
      partitionOf: () => 0,
      publish: async () => {
        published += 1;
      },
    },
    gate: new Gate(),
    persistence: { untilDone: (_: string, attempt: () => Promise<unknown>) => attempt() },
    part: null,
    broadcast: async () => {},
    stopping: new AbortController().signal,
    onBug: (error: unknown) => {
      throw error;
    },
  } as unknown as IntakeLineDeps;
  const line = new IntakeLine(deps);
  const gap = () => line.gap('A' as InstrumentSymbol, 1, 2, 'test');
  // So many steps of the promises that are settled may lie between the answer and the next word.
  for (let steps = 0; steps < 12; steps++) {
    await gap();
    for (let step = 0; step < steps; step++) await null;
    let isServed = false;
    void gap().then(() => {
      isServed = true;
    });
    await settle();
    assert.ok(isServed, `after ${steps} steps`);
    await line.empty();
  }
  assert.equal(published, 24);
});
