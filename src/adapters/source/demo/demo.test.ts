import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { SourceWitness, sourceConformance } from '#contracts/source.conformance.ts';
import type { SourceContext } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { CATCH_UP_SECONDS, createDemo, FILLED_SECONDS, fillSeconds } from './demo.ts';

/** A Wednesday at 15:00 UTC: New York and London are open. */
const OPEN = Date.UTC(2025, 5, 4, 15);
const SUNDAY = Date.UTC(2025, 5, 1, 15);

// One clock for all trials: a restart comes later than what was before it.
const shared = new SimulatedClock(OPEN);
sourceConformance('demo', { resumes: true, listsInstruments: true }, () => ({
  source: createDemo({ seed: 1 }),
  clock: shared,
  feed: () => shared.advance(1000),
  timers: () => shared.waiting,
  close: async () => {},
}));

async function startAt(
  t: TestContext,
  at: number,
  resumeAfter: SourceContext['resumeAfter'] = new Map(),
): Promise<{ clock: SimulatedClock; witness: SourceWitness; stop: () => Promise<void> }> {
  const clock = new SimulatedClock(at);
  const witness = new SourceWitness();
  const source = createDemo({ seed: 1 });
  t.after(() => source.stop());
  await source.start({ clock, log: silentLog, metrics: noMetrics, resumeAfter, random: () => 0.5 }, witness);
  await clock.advance(0);
  return { clock, witness, stop: () => source.stop() };
}

function positions(ticks: readonly Tick[]): SourceContext['resumeAfter'] {
  return new Map(ticks.map(({ symbol, at, sequence }) => [symbol, { at, sequence: sequence ?? null }]));
}

const plain = (ticks: readonly Tick[]) => ticks.map(({ symbol, price, volume, at }) => [symbol, price, volume, at]);

test('there are at least twenty instruments that tick every second, day and night, all named as a demo', async (t) => {
  const instruments = await createDemo({ seed: 1 }).instruments();
  for (const { symbol, name, kind, aliases } of instruments) {
    assert.match(symbol, /^DEMO-/);
    assert.match(name, /\(demo /);
    assert.equal(kind, 'demo');
    assert.deepEqual(aliases, []);
  }
  const { clock, witness } = await startAt(t, SUNDAY);
  const before = witness.ticks.length;
  await clock.advance(5_000);
  const heard = witness.ticks.slice(before);
  const always = instruments.filter(({ calendar }) => calendar === '24/7');
  assert.ok(always.length >= 20);
  for (const { symbol } of always) assert.equal(heard.filter((tick) => tick.symbol === symbol).length, 5);
  assert.equal(heard.length, always.length * 5, 'exchanges are closed on a Sunday');
});

test('the first start fills the charts of three days, in order and bounded, and only then ticks', async (t) => {
  const { witness } = await startAt(t, OPEN);
  const oak = witness.past.filter(({ symbol }) => symbol === 'DEMO-OAK');
  assert.deepEqual(
    oak.map(({ at }) => at / 1000),
    [...fillSeconds(Number.NEGATIVE_INFINITY, OPEN / 1000)].map(({ second }) => second),
  );
  assert.ok(oak.length > 1_000 && oak.length < 2_000, `${oak.length} ticks`);
  assert.ok((oak[0]?.at ?? 0) >= OPEN - FILLED_SECONDS * 1000);
  assert.ok(witness.past.every(({ at }) => at < OPEN));
  assert.ok(witness.ticks.every(({ at }) => at === OPEN));
  assert.deepEqual(witness.gaps, []);
  const bell = witness.past.filter(({ symbol }) => symbol === 'DEMO-BELL');
  assert.ok(bell.length > 0 && bell.length < oak.length, 'an exchange closes at night');
});

test('a short stop is caught up second by second, on the same path as without it', async (t) => {
  const whole = await startAt(t, OPEN);
  await whole.clock.advance(20_000);
  const first = await startAt(t, OPEN);
  await first.clock.advance(6_000);
  await first.stop();
  const second = await startAt(t, OPEN + 12_000, positions(first.witness.ticks));
  await second.clock.advance(8_000);
  assert.deepEqual(plain([...first.witness.ticks, ...second.witness.ticks]), plain(whole.witness.ticks));
  assert.deepEqual(second.witness.gaps, []);
  assert.deepEqual(second.witness.past, []);
});

test('a long stop is a gap of every instrument that was trading, and charts are filled', async (t) => {
  const first = await startAt(t, OPEN);
  await first.clock.advance(6_000);
  await first.stop();
  const lastAt = OPEN + 6_000;
  const backAt = lastAt + 3_600_000;
  const { witness } = await startAt(t, backAt, positions(first.witness.ticks));
  const instruments = await createDemo({ seed: 1 }).instruments();
  assert.deepEqual(
    witness.gaps.map(({ symbol }) => symbol),
    instruments.map(({ symbol }) => symbol),
  );
  for (const { from, to } of witness.gaps) assert.deepEqual([from, to], [lastAt, backAt]);
  assert.ok(witness.past.length > 0);
  assert.ok(witness.past.every(({ at }) => at > lastAt && at < backAt));
  assert.ok(witness.ticks.every(({ at }) => at === backAt));
});

test('a machine that slept is caught up without a word of what nobody saw', async (t) => {
  const { clock, witness } = await startAt(t, OPEN);
  const told = witness.ticks.length;
  witness.hold();
  await clock.advance(1_000);
  await clock.advance((CATCH_UP_SECONDS + 60) * 1000);
  witness.release();
  await clock.advance(1_000);
  assert.ok(witness.gaps.length > 20);
  const live = witness.ticks.slice(told).filter(({ symbol }) => symbol === 'DEMO-OAK');
  assert.ok(live.length <= 4, `${live.length} ticks at once`);
  const seen = [...witness.past, ...witness.ticks].filter(({ symbol }) => symbol === ('DEMO-OAK' as InstrumentSymbol));
  assert.equal(new Set(seen.map(({ at }) => at)).size, seen.length, 'a second was told twice');
});
