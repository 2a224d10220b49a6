/**
 * Where an alert would have fired over the bars that are drawn: the same back-test as the server's, run in the browser
 * while one types. It waits for a pause of the hand and runs in slices, so that typing stays smooth.
 */
import { useEffect, useState } from 'react';
import type { InstrumentView } from '#api/contract/instrument.ts';
import type { CandleView } from '#api/contract/price.ts';
import { DEFAULT_COOLDOWN_MS } from '#domain/alert/alert.ts';
import { parseHysteresis } from '#domain/alert/hysteresis.ts';
import { Backtest, type TriedRule } from '#domain/backtest/backtest.ts';
import { type Bars, barsOf } from '#domain/backtest/bars.ts';
import { finestMs, reachBackMs } from '#domain/backtest/reach-back.ts';
import { compileCondition } from '#domain/condition/checker.ts';
import { otherSignalsOf } from '#domain/condition/elsewhere.ts';
import { BAR_MS, type BarSize } from '#domain/signal/bar/bar.ts';
import { parseDuration } from '#domain/time/duration.ts';

/** What of a draft decides when it fires. */
export interface TriedAlert {
  readonly condition: string;
  readonly frequency: TriedRule['frequency'];
  readonly cooldown: string;
  /** Empty for none. */
  readonly rearm: string;
  /** Empty for none. */
  readonly remindEvery: string;
  readonly bar: BarSize;
  readonly session: TriedRule['session'];
  readonly gap: TriedRule['gap'];
}

export interface WouldFire {
  readonly firedAt: readonly number[];
  /** How much of the bars was tried: without those that only fill the windows of the condition. */
  readonly spanMs: number;
  /** It is set to fire once; what is shown is how often, were it armed again an hour later each time. */
  readonly isOnce: boolean;
}

/** Longer than between two keys of someone who types. */
const PAUSE_MS = 180;
/** About a millisecond on a phone. */
const SLICE_BARS = 150;

/**
 * The bars cannot try it: they do not even fill its windows, or are longer than one of them, or it looks at other
 * instruments, whose bars are not here.
 */
export type CannotTry = 'too-short' | 'too-coarse' | 'others';

/** Undefined while there is nothing to say. */
export function useWouldFire(
  { calendar, staleAfterMs }: Pick<InstrumentView, 'calendar' | 'staleAfterMs'>,
  alert: TriedAlert | undefined,
  candles: readonly CandleView[] | undefined,
  intervalMs: number,
): WouldFire | CannotTry | undefined {
  const [found, setFound] = useState<WouldFire | CannotTry | undefined>();
  const key = JSON.stringify(alert ?? null);
  useEffect(() => {
    const rule = ruleOf(JSON.parse(key) as TriedAlert | null, { calendar, staleAfterMs });
    if (rule === undefined || candles === undefined || candles.length === 0) {
      setFound(undefined);
      return;
    }
    let timer = setTimeout(() => {
      if (otherSignalsOf(rule.condition).length > 0) {
        setFound('others');
        return;
      }
      if (finestMs(rule.condition) < intervalMs) {
        setFound('too-coarse');
        return;
      }
      const bars = barsOf(candles);
      const back = reachBackMs(rule.condition, calendar);
      // What looks at all there is has all there is here.
      const from = (bars.at[0] as number) + (Number.isFinite(back) ? back : 0);
      const spanMs = (bars.at[bars.length - 1] as number) + intervalMs - from;
      if (spanMs <= 0) {
        setFound('too-short');
        return;
      }
      const backtest = new Backtest(rule, { from, intervalMs });
      const next = (start: number): void => {
        if (start < bars.length) {
          timer = slice(backtest, bars, start, next);
          return;
        }
        backtest.finish();
        const firedAt = backtest.takeComplete().map((firing) => firing.firedAt);
        setFound({ firedAt, spanMs, isOnce: (JSON.parse(key) as TriedAlert).frequency === 'once' });
      };
      next(0);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [key, candles, intervalMs, calendar, staleAfterMs]);
  return found;
}

function slice(backtest: Backtest, bars: Bars, start: number, next: (start: number) => void) {
  const end = Math.min(bars.length, start + SLICE_BARS);
  backtest.advance(bars, start, end);
  return setTimeout(() => next(end), 0);
}

function ruleOf(
  alert: TriedAlert | null,
  instrument: Pick<TriedRule, 'calendar' | 'staleAfterMs'>,
): TriedRule | undefined {
  const compiled = alert === null || alert.condition.trim() === '' ? undefined : compileCondition(alert.condition);
  if (alert === null || !compiled?.ok) return undefined;
  const { frequency, rearm, remindEvery, session, gap } = alert;
  const isOnce = frequency === 'once';
  const repeats = frequency === 'repeat';
  return {
    ...{ condition: compiled.condition, session, gap, expiresAt: null, ...instrument },
    frequency: isOnce ? 'repeat' : frequency,
    cooldownMs: isOnce ? DEFAULT_COOLDOWN_MS : (parseDuration(alert.cooldown) ?? 0),
    rearm: repeats ? (parseHysteresis(rearm) ?? null) : null,
    remindEveryMs: repeats ? (parseDuration(remindEvery) ?? null) : null,
    barMs: frequency === 'once-per-bar' ? BAR_MS[alert.bar] : null,
  };
}
