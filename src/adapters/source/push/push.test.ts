import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { SourceWitness, sourceConformance } from '#contracts/source.conformance.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { createPush, MAX_WAITING_TICKS } from './push.ts';

const clock = new SimulatedClock();
const tick = (sequence: number): Tick => ({
  symbol: 'BEER-PRICE' as InstrumentSymbol,
  price: 4 + sequence / 100,
  at: clock.now() + sequence,
  receivedAt: clock.now() + sequence,
  source: 'push',
  sequence,
});
const context = { clock, log: silentLog, metrics: noMetrics, resumeAfter: new Map(), random: () => 0 };

sourceConformance('push', { resumes: false, listsInstruments: false }, () => {
  const source = createPush(clock);
  let pushed = 0;
  return {
    source,
    clock,
    feed: async () => {
      void source.push([tick(++pushed)]).catch(() => {});
    },
    timers: () => clock.waiting,
    close: async () => {},
  };
});

test('each sender gets the verdicts of its own prices, though pushes that waited went on together', async () => {
  const push = createPush(clock);
  const batches: number[] = [];
  const witness = new SourceWitness();
  witness.emit = async (ticks) => {
    batches.push(ticks.length);
    await Promise.resolve();
    return ticks.map((each) => ((each.sequence ?? 0) % 2 === 0 ? 'accepted' : 'late'));
  };
  await push.start(context, witness);
  const answers = await Promise.all([
    push.push([tick(1)]),
    push.push([tick(2), tick(3)]),
    push.push([]),
    push.push([{ ...tick(4), source: 'someone' }]),
  ]);
  assert.deepEqual(answers, [['late'], ['accepted', 'late'], [], ['accepted']]);
  assert.deepEqual(batches, [1, 3]);
  await push.stop();
});

test('a push that failed is told so, and the next one goes on', async () => {
  const push = createPush(clock);
  const witness = new SourceWitness();
  const emit = witness.emit.bind(witness);
  witness.emit = async () => {
    throw new Failure('store-unavailable', 'gone');
  };
  await push.start(context, witness);
  await assert.rejects(push.push([tick(1)]), { code: 'store-unavailable' });
  witness.emit = emit;
  assert.deepEqual(await push.push([tick(2)]), ['accepted']);
});

test('too many waiting prices are refused, and taken again when there is room', async () => {
  const push = createPush(clock);
  const witness = new SourceWitness();
  await push.start(context, witness);
  witness.hold();
  const first = push.push(Array.from({ length: MAX_WAITING_TICKS }, (_, index) => tick(index)));
  await assert.rejects(push.push([tick(MAX_WAITING_TICKS)]), { code: 'overloaded', retryAfterMs: 1000 });
  witness.release();
  assert.equal((await first).length, MAX_WAITING_TICKS);
  assert.deepEqual(await push.push([tick(MAX_WAITING_TICKS)]), ['accepted']);
});

test('a push before the start waits for it, though not for ever; after the stop it is refused', async () => {
  const push = createPush(clock);
  const witness = new SourceWitness();
  const tooEarly = push.push([tick(1)]);
  await clock.advance(5_000);
  const early = [push.push([tick(2)]), push.push([tick(3)])];
  const refused = assert.rejects(tooEarly, { code: 'not-ready' });
  await clock.advance(3_000);
  await refused;
  await push.start(context, witness);
  assert.deepEqual(await Promise.all(early), [['accepted'], ['accepted']]);
  assert.deepEqual(
    witness.ticks.map(({ sequence }) => sequence),
    [2, 3],
  );
  await push.stop();
  await assert.rejects(push.push([tick(4)]), { code: 'not-ready' });
  assert.equal(clock.waiting, 0);
});

test('what waits for a start that does not come is refused at the stop, and the line has room again', async () => {
  const push = createPush(clock);
  const refused = assert.rejects(push.push(Array.from({ length: MAX_WAITING_TICKS }, (_, index) => tick(index))), {
    code: 'not-ready',
  });
  await assert.rejects(push.push([tick(1)]), { code: 'overloaded' });
  await push.stop();
  await refused;
  await push.start(context, new SourceWitness());
  assert.deepEqual(await push.push([tick(1)]), ['accepted']);
  assert.equal(clock.waiting, 0);
});
