/** One row of the catalogue: all that language, documents and engine need to know of an indicator. */
import type { CalendarId } from '../../market/instrument.ts';
import type { Bar, BarSize } from '../bar/bar.ts';
import type { Calculator } from './calculator.ts';

export interface Parameter {
  readonly name: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  readonly meaning: string;
}

/** What a value counts. `price`: an amount in the instrument's currency; `none`: a bare number. */
export type IndicatorUnit = 'price' | 'percent' | 'volume' | 'none';

export interface Output {
  readonly name: string;
  readonly unit: IndicatorUnit;
  /** The lowest and highest value there can be; null where there is no bound. */
  readonly range: readonly [low: number | null, high: number | null];
  readonly meaning: string;
}

/** The bars a calculator is made for. */
export interface BarKind {
  readonly size: BarSize;
  readonly calendar: CalendarId;
}

export interface IndicatorEntry {
  readonly name: string;
  readonly title: string;
  readonly parameters: readonly Parameter[];
  /** The size of its bars where none is given. */
  readonly bar: BarSize;
  /** What it reads of a bar. */
  readonly inputs: readonly ('open' | 'high' | 'low' | 'close' | 'volume' | 'day')[];
  /** The first is the one meant where none is named. */
  readonly outputs: readonly [Output, ...Output[]];
  readonly formula: string;
  /** How it begins, and where a value would be divided by nothing. */
  readonly seed: string;
  readonly source: string;
  /** `output` is the name of one of its outputs. */
  readonly make: (parameters: readonly number[], output: string, bars: BarKind) => Calculator<Bar>;
}
