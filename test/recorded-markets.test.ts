/**
 * What recorded markets do that a made-up one does not: hours that the provider lost, minutes in which nothing traded,
 * prices before the opening and after the close, weekends. Each recording goes through its source, the gate and the engine.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { binanceFrames } from '#adapters/source/binance/recorded-frames.ts';
import { createReplay } from '#adapters/source/replay/replay.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { SourceWitness } from '#contracts/source.conformance.ts';
import type { AlertId } from '#domain/alert/alert.ts';
import type { Trigger } from '#domain/alert/trigger.ts';
import { sessionAt } from '#domain/calendar/session.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, EngineEvent, Rule } from '#domain/engine/event.ts';
import { coverageOf } from '#domain/market/coverage.ts';
import { Gate } from '#domain/market/gate.ts';
import type { Instrument } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { needShared } from './support/need.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

const MINUTE = 60_000;
const COINBASE = 'bars_1m/lean_coinbase_1m_btcusd_ethusd_ltcusd_btceur_20180404-06.csv.gz';
const NEW_YORK = 'bars_1m/lean_us_equity_1m_aig_bac_ibm_spy_20131004-11.csv.gz';
const OANDA = 'bars_1m/lean_oanda_1m_eurusd_nzdusd_xauusd_bidask_20140501-15.csv.gz';

interface Recorded {
  readonly instrument: Instrument;
  readonly ticks: readonly Tick[];
}

/** All ticks of one instrument; the gate must let each of them pass. */
async function recorded(t: TestContext, file: string, symbol: string): Promise<Recorded | null> {
  const path = needShared(t, file);
  if (path === null) return null;
  const source = createReplay({ path, speed: 'max', symbol: null, frames: binanceFrames });
  const witness = new SourceWitness();
  const clock = new SimulatedClock();
  await source.start({ clock, log: silentLog, metrics: noMetrics, resumeAfter: new Map(), random: () => 0.5 }, witness);
  await witness.until(() => witness.states.at(-1) === 'ended');
  const instrument = (await source.instruments()).find((one) => one.symbol === symbol) as Instrument;
  await source.stop();
  const ticks = witness.ticks.filter((tick) => tick.symbol === symbol);
  const gate = new Gate();
  for (const tick of ticks)
    assert.equal(gate.judge(tick, tick.receivedAt, instrument.staleAfterMs).verdict, 'accepted');
  return { instrument, ticks };
}

/** What an alert fires that is armed at `from`, with the time told every minute. */
function firings({ instrument, ticks }: Recorded, text: string, from: number, more: Partial<Rule> = {}): Trigger[] {
  const { symbol, calendar, staleAfterMs } = instrument;
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const rule: Rule = {
    ...{ alertId: 'a' as AlertId, version: 1, symbol, condition: compiled.condition, paused: false },
    ...{ calendar, staleAfterMs, frequency: 'once', cooldownMs: 0, expiresAt: null, session: 'regular', gap: 'fire' },
    ...more,
  };
  const engine = new Engine();
  const effects: Effect[] = [];
  const apply = (event: EngineEvent): void => engine.apply(event, effects);
  let told = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    if (told < from && tick.at >= from) apply({ kind: 'put-rule', symbol, rule });
    for (let at = Math.max(told, tick.at - 5 * 24 * 60 * MINUTE) + MINUTE; at < tick.at; at += MINUTE)
      apply({ kind: 'clock', at });
    told = tick.at;
    apply({ kind: 'tick', tick });
  }
  return effects.flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger] : []));
}
const repeat: Partial<Rule> = { frequency: 'repeat', cooldownMs: 0 };

test('seven hours that Coinbase lost: a level passed in them fires once they are over, labelled, and the alert was blind', async (t) => {
  const bitcoin = await recorded(t, COINBASE, 'BTC-USD');
  if (bitcoin === null) return;
  const armed = Date.UTC(2018, 3, 4, 16, 40);
  const gap = { from: Date.UTC(2018, 3, 4, 16, 48) - 1, to: Date.UTC(2018, 3, 5) };
  const below = 'price crosses below 6800';
  const [fired] = firings(bitcoin, below, armed);
  assert.deepEqual([fired?.firedAt, fired?.before?.price, fired?.after.price], [gap.to, 6894.01, 6791.68]);
  assert.deepEqual(fired?.gap, gap);
  // It is passed again later that day; over the gap it was not seen to be.
  assert.ok(firings(bitcoin, below, armed, { gap: 'skip' }).every(({ gap: label }) => label === null));
  assert.deepEqual(
    firings(bitcoin, 'no data for 1h', armed).map(({ firedAt }) => firedAt),
    [gap.from + 60 * MINUTE],
  );
  const coverage = [2, 4, 60, 431].map((minutes) =>
    coverageOf(bitcoin.instrument, gap.from, gap.from + minutes * MINUTE),
  );
  assert.deepEqual(coverage, ['live', 'stale', 'blind', 'blind']);
});

test('a minute in which nothing traded is no gap; one too many is', async (t) => {
  const thin = await recorded(t, COINBASE, 'BTC-EUR');
  if (thin === null) return;
  const triggers = firings(thin, 'price crosses 5540', 0, repeat);
  let over = 0;
  for (const { before, after, gap } of triggers) {
    const isGap: boolean = after.at - (before?.at ?? 0) > thin.instrument.staleAfterMs;
    assert.deepEqual(gap, isGap ? { from: before?.at, to: after.at } : null);
    if (isGap) over += 1;
  }
  assert.ok(over > 0 && triggers.length > 10 * over, `${triggers.length} triggers, ${over} over a gap`);
});

test('what traded before the opening and after the close is for alerts that watch all hours', async (t) => {
  const ibm = await recorded(t, NEW_YORK, 'IBM');
  if (ibm === null) return;
  // On 7 October 2013 it cost 181.35 before the opening and 181.85 at the lowest after; on the 8th 178.45 in the evening.
  const [monday, tuesday] = [Date.UTC(2013, 9, 7), Date.UTC(2013, 9, 8)];
  const [early] = firings(ibm, 'price < 181.5', monday, { session: 'all' });
  assert.ok(early && early.firedAt < Date.UTC(2013, 9, 7, 13, 30));
  const [regular] = firings(ibm, 'price < 181.5', monday);
  assert.ok(regular && regular.firedAt > tuesday && sessionAt('XNYS', regular.firedAt).open);
  assert.deepEqual(firings(ibm, 'price < 178.6', monday), []);
  assert.equal(firings(ibm, 'price < 178.6', monday, { session: 'all' }).length, 1);
  const triggers = firings(ibm, 'price crosses 182', monday, repeat);
  assert.ok(triggers.length > 3 && triggers.every(({ firedAt }) => sessionAt('XNYS', firedAt).open));
});

test('a weekend is no silence, and what moved over it is said to have', async (t) => {
  const euro = await recorded(t, OANDA, 'EUR-USD');
  if (euro === null) return;
  const friday = Date.UTC(2014, 4, 9, 20, 59);
  assert.deepEqual(firings(euro, 'no data for 30m', friday, repeat), []);
  assert.equal(firings(euro, 'no data for 30m', friday, { ...repeat, session: 'all' }).length, 1);
  const gap = { from: Date.UTC(2014, 4, 9, 21) - 1, to: Date.UTC(2014, 4, 11, 21) };
  const below = 'price crosses below 1.3757';
  const [fired] = firings(euro, below, friday);
  assert.deepEqual([fired?.firedAt, fired?.before?.price, fired?.after.price], [gap.to, 1.37599, 1.375375]);
  assert.deepEqual(fired?.gap, gap);
  assert.ok(firings(euro, below, friday, { gap: 'skip' }).every(({ firedAt }) => firedAt > gap.to));
});
