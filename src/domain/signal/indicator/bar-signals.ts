/**
 * Signals of bars that the language writes in words of its own: the volume of a bar, what a trading day began with, the
 * highest and lowest price of a time, the average of another signal over some bars.
 */
import { BAR_MS, type Bar, type BarSize } from '../bar/bar.ts';
import type { Calculator } from './calculator.ts';
import { SimpleAverage } from './moving-average.ts';
import { percentFrom } from './oscillators.ts';
import { BarReading } from './plain-readings.ts';
import { TimeExtreme } from './time-extreme.ts';

/** `volume(5m)`: what was traded in the bar. */
export function barVolume(): Calculator<Bar> {
  return new BarReading('the bar', ({ volume }) => volume);
}

/** Of a trading day, with bars of 1d: its first price, the last one of the day before, and the jump between in percent. */
export function daySignal(of: 'open' | 'previous close' | 'gap'): Calculator<Bar> {
  if (of === 'open') return new BarReading('the bar', ({ open }) => open);
  if (of === 'previous close') return new BarReading('the close before', (_, before) => before);
  return new BarReading('the close before', ({ open }, before) => percentFrom(before, open));
}

/**
 * The bars from which `high(52w)` or `low(1h)` is taken: so small that the window's start is rounded by a fiftieth of it
 * at most, save that nothing is smaller than a minute. Without a window, days.
 */
export function extremeBars(windowMs: number | null): BarSize {
  const sizes = ['1d', '1h', '5m'] as const;
  return windowMs === null ? '1d' : (sizes.find((size) => BAR_MS[size] * SHARE <= windowMs) ?? '1m');
}

const SHARE = 50;

/** `high(52w)`, `low(1h)`; null for all that is known. */
export function timeExtreme(of: 'high' | 'low', windowMs: number | null): Calculator<Bar> {
  return new TimeExtreme(of, windowMs ?? Number.POSITIVE_INFINITY, BAR_MS[extremeBars(windowMs)]);
}

/** The mean of the last `count` values of another calculator: `average(volume(5m), 20)`. */
export function averageOf(inner: Calculator<Bar>, count: number): Calculator<Bar> {
  const average = new SimpleAverage(count);
  return {
    warmUp: inner.warmUp + count - 1,
    ...(inner.course === undefined ? {} : { course: inner.course }),
    get value() {
      return average.value;
    },
    push(bar) {
      inner.push(bar);
      average.push(inner.value);
    },
    live: (bar) => average.live(inner.live(bar)),
    save(to) {
      inner.save(to);
      average.save(to);
    },
    load(from) {
      inner.load(from);
      average.load(from);
    },
  };
}
