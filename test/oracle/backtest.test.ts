/**
 * A back-test and a replay of the same bars fire alike: the rows are read the way a replay reads them, go through the
 * log as JSON with clock marks and a checkpoint in between, and the engine's triggers are held against the back-test's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { binanceFrames } from '#adapters/source/binance/recorded-frames.ts';
import { readHeader } from '#adapters/source/replay/header.ts';
import { recordedInstrument } from '#adapters/source/replay/recorded-instrument.ts';
import type { RecordedTick } from '#adapters/source/replay/row-reader.ts';
import type { AlertId } from '#domain/alert/alert.ts';
import { Backtest } from '#domain/backtest/backtest.ts';
import { barsOf } from '#domain/backtest/bars.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect, EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';

const MINUTE_MS = 60_000;
/** Friday before the opening in New York: the bars run into regular hours, and jump over a night. */
const START = Date.UTC(2024, 1, 2, 14, 0);
const HEADER = 'ts_ms_utc,symbol,open,high,low,close,volume';
const TEXTS = [
  'price crosses 100',
  'price crosses above 101 and change(5m) > 0.5%',
  'price enters 99..101',
  'price inside 99..101',
  'price > 102 or change(3m) <= -2%',
  'price moves 2% in 10m',
  'price - 100 moves 1 in 10m',
  'rsi(3, 5m) falls 20 in 15m',
  'not price > 100 and volume > 3',
  'rsi(3, 5m) < 40',
  'price crosses above sma(3, 5m) and volume(5m) > 8',
  'price > high(1h)',
  'price falls 1% from high',
  'no data for 20m',
] as const;

interface Row {
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const price = fc.integer({ min: 960, max: 1040 }).map((value) => value / 10);
const rows = fc
  .array(
    fc.tuple(price, price, price, price, fc.integer({ min: 1, max: 6 }), fc.constantFrom(1, 1, 1, 1, 2, 30, 1100)),
    {
      minLength: 1,
      maxLength: 300,
    },
  )
  .map((parts): Row[] => {
    let minute = 0;
    return parts.map(([open, a, b, close, volume, skip]) => {
      minute += skip;
      const high = Math.max(open, a, b, close);
      const low = Math.min(open, a, b, close);
      return { at: START + minute * MINUTE_MS, open, high, low, close, volume };
    });
  });

function ticksOf(bars: readonly Row[], symbol: InstrumentSymbol): RecordedTick[] {
  const { reader } = readHeader({ path: 'bars.csv', symbol: null, frames: binanceFrames }, HEADER);
  const ticks: RecordedTick[] = [];
  bars.forEach((bar, index) => {
    const row = [bar.at, symbol, bar.open, bar.high, bar.low, bar.close, bar.volume].join();
    assert.equal(reader.row(row, index + 2, ticks), undefined);
  });
  reader.end(ticks);
  return ticks;
}

test('a back-test fires as the engine does on the log of a replay of the same bars', () => {
  const policies = fc.record({
    frequency: fc.constantFrom('once', 'repeat', 'once-per-bar'),
    rearm: fc.constantFrom(null, { value: 0.5, unit: 'percent' as const }),
    remindEveryMs: fc.constantFrom(null, 600_000),
    barMs: fc.constantFrom(300_000, 3_600_000),
    cooldownMs: fc.constantFrom(0, 90_000, 3_600_000),
    session: fc.constantFrom('regular', 'all'),
    gap: fc.constantFrom('fire', 'skip'),
  });
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom(...TEXTS),
      policies,
      fc.constantFrom('AAPL', 'BTC-USD'),
      fc.nat(400),
      (bars, text, policy, name, pause) => {
        const symbol = name as InstrumentSymbol;
        const compiled = compileCondition(text);
        assert.ok(compiled.ok, text);
        const { calendar, staleAfterMs } = recordedInstrument(symbol, 2, MINUTE_MS);
        const rule = { ...policy, condition: compiled.condition, expiresAt: null, calendar, staleAfterMs } as const;

        const log: EngineEvent[] = [
          { kind: 'put-rule', symbol, rule: { ...rule, alertId: 'a' as AlertId, version: 1, symbol, paused: false } },
        ];
        for (const tick of ticksOf(bars, symbol))
          log.push({ kind: 'clock', at: tick.at - 1 }, { kind: 'tick', tick: { ...tick, source: 'replay' } });
        log.push({ kind: 'clock', at: (bars.at(-1) as Row).at + MINUTE_MS });
        let engine = new Engine();
        const effects: Effect[] = [];
        log.forEach((event, offset) => {
          if (offset === pause)
            engine = Engine.restore(new Map(JSON.parse(JSON.stringify([...engine.snapshot()])) as [string, unknown][]));
          engine.apply(JSON.parse(JSON.stringify(event)) as EngineEvent, effects);
        });
        const live = effects.flatMap((effect) =>
          effect.kind === 'trigger'
            ? [
                {
                  firedAt: effect.trigger.firedAt,
                  price: effect.trigger.after.price,
                  before: effect.trigger.before?.price ?? null,
                  gap: effect.trigger.gap,
                },
              ]
            : [],
        );

        const backtest = new Backtest(rule, { from: START, intervalMs: MINUTE_MS });
        backtest.advance(barsOf(bars));
        assert.equal(backtest.finish().count, live.length);
        assert.deepEqual(
          backtest.takeComplete().map(({ after: _, ...firing }) => firing),
          live,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a back-test over several instruments fires as the engine does on the log of their ticks by time', () => {
  const texts = [
    'price / price(OTHER) crosses 1',
    'price crosses 100 and price(OTHER) > 99',
    'sma(OTHER, 3, 5m) > price',
    'price > price(OTHER) for 3m',
    'price(OTHER) rises 1% in 10m',
    'price - price(OTHER) moves 1 in 10m',
    'price(OTHER) crosses 100 at close of 5m',
    'price(OTHER) crosses above 100 then price crosses below 100 within 10m',
  ];
  fc.assert(
    fc.property(rows, rows, fc.constantFrom(...texts), (own, other, text) => {
      const [symbol, theirs] = ['OWN', 'OTHER'] as unknown as readonly [InstrumentSymbol, InstrumentSymbol];
      const compiled = compileCondition(text);
      assert.ok(compiled.ok, text);
      const hours = { calendar: '24/7', staleAfterMs: 3 * MINUTE_MS } as const;
      const policy = { frequency: 'repeat', cooldownMs: 90_000, session: 'all', gap: 'fire', expiresAt: null } as const;
      const others = [{ symbol: theirs, ...hours }];
      const rule = { ...policy, ...hours, condition: compiled.condition, others };
      const put = { ...rule, alertId: 'a' as AlertId, version: 1, symbol, paused: false };
      const ticks = [...ticksOf(other, theirs), ...ticksOf(own, symbol)].toSorted((a, b) => a.at - b.at);
      const engine = new Engine();
      const effects: Effect[] = [];
      engine.apply({ kind: 'put-rule', symbol, rule: put }, effects);
      for (const tick of ticks) {
        engine.apply({ kind: 'clock', at: tick.at - 1 }, effects);
        engine.apply({ kind: 'tick', tick: { ...tick, source: 'replay' } }, effects);
      }
      const end = Math.max((own.at(-1) as Row).at, (other.at(-1) as Row).at) + MINUTE_MS;
      engine.apply({ kind: 'clock', at: end }, effects);
      const live = effects.flatMap((effect) => (effect.kind === 'trigger' ? [effect.trigger.firedAt] : []));
      const backtest = new Backtest(rule, { from: START, intervalMs: MINUTE_MS });
      backtest.advanceTogether(barsOf(own), [{ of: others[0] as (typeof others)[number], bars: barsOf(other) }]);
      backtest.finish();
      assert.deepEqual(
        backtest.takeComplete().map(({ firedAt }) => firedAt),
        live,
      );
    }),
    { numRuns: 150 },
  );
});
