/**
 * How a signal is computed from an instrument's bars: which bars, and what is made of them.
 */
import type { Signal } from '../condition/tree.ts';
import type { CalendarId } from '../market/instrument.ts';
import type { Bar } from './bar/bar.ts';
import { type BarSize, barSizeOf } from './bar/bar.ts';
import { averageOf, barVolume, daySignal, extremeBars, timeExtreme } from './indicator/bar-signals.ts';
import type { Calculator } from './indicator/calculator.ts';
import { indicatorEntry } from './indicator/catalogue.ts';
import { Indicator } from './indicator/indicator.ts';

export interface BarRecipe {
  readonly kind: 'bars';
  readonly key: string;
  readonly size: BarSize;
  /** A new one, at its beginning. */
  readonly make: (calendar: CalendarId) => Indicator;
}

interface Making {
  readonly key: string;
  readonly size: BarSize;
  readonly make: (calendar: CalendarId) => Calculator<Bar>;
}

type BarSignal = Extract<Signal, { readonly kind: 'bar-volume' | 'extreme' | 'day' | 'indicator' | 'average' }>;

/** Null for an indicator or a size of bars that there is not; the checker lets none through. */
export function barRecipeOf(signal: BarSignal): BarRecipe | null {
  const making = makingOf(signal);
  if (making === null) return null;
  const { key, size, make } = making;
  return { kind: 'bars', key, size, make: (calendar) => new Indicator(make(calendar)) };
}

function makingOf(signal: Signal): Making | null {
  switch (signal.kind) {
    case 'bar-volume': {
      const size = barSizeOf(signal.barMs);
      return size === undefined ? null : { key: `volume(${size})`, size, make: barVolume };
    }
    case 'extreme': {
      const { of, windowMs } = signal;
      const size = extremeBars(windowMs);
      return { key: `${of}(${windowMs ?? ''})`, size, make: () => timeExtreme(of, windowMs) };
    }
    case 'day':
      return { key: signal.of, size: '1d', make: () => daySignal(signal.of) };
    case 'average': {
      const of = makingOf(signal.of);
      if (of === null) return null;
      const make = (calendar: CalendarId): Calculator<Bar> => averageOf(of.make(calendar), signal.count);
      return { key: `average(${of.key},${signal.count})`, size: of.size, make };
    }
    case 'indicator': {
      const { name, parameters } = signal;
      const entry = indicatorEntry(name);
      const size = signal.barMs === null ? entry?.bar : barSizeOf(signal.barMs);
      if (entry === undefined || size === undefined) return null;
      const output = signal.output ?? entry.outputs[0].name;
      const key = `${name}(${[...parameters, size].join()}).${output}`;
      return { key, size, make: (calendar) => entry.make(parameters, output, { size, calendar }) };
    }
    default:
      return null;
  }
}
