/** Indicators of how far closes lie apart: Bollinger's bands, the z-score, realised volatility. */
import { type Calculator, type Course, placeIn } from './calculator.ts';
import { RollingSpread, type Spread } from './rolling-spread.ts';
import type { Loading, Saving } from './saving.ts';

/** A number read from the spread of the last `length` values and the newest of them. */
export class SpreadReading implements Calculator<number> {
  readonly warmUp: number;
  readonly course?: Course;
  readonly #spread: RollingSpread;
  readonly #read: (spread: Spread, value: number) => number;
  #last = Number.NaN;

  constructor(length: number, course: Course | undefined, read: (spread: Spread, value: number) => number) {
    this.warmUp = length;
    this.#spread = new RollingSpread(length);
    this.#read = read;
    if (course !== undefined) this.course = course;
  }

  get value(): number {
    return this.#read(this.#spread.closed, this.#last);
  }

  push(value: number): void {
    this.#spread.push(value);
    this.#last = value;
  }

  live(value: number): number {
    return this.#read(this.#spread.look(value), value);
  }

  save(to: Saving): void {
    to.add(this.#last);
    this.#spread.save(to);
  }

  load(from: Loading): void {
    this.#last = from.take();
    this.#spread.load(from);
  }
}

export type Band = 'middle' | 'upper' | 'lower' | 'percent' | 'width';

/** The further a value is from the rest, the faster the deviation grows with it. */
const BAND_COURSES: Readonly<Partial<Record<Band, Course>>> = { middle: 'one way', upper: 'valley', lower: 'hill' };

/** The mean, `deviations` deviations above and below it, where between those the value stands, and how far apart. */
export function bollinger(length: number, deviations: number, band: Band): SpreadReading {
  return new SpreadReading(length, BAND_COURSES[band], ({ mean, population }, value) => {
    const reach = deviations * population;
    switch (band) {
      case 'middle':
        return mean;
      case 'upper':
        return mean + reach;
      case 'lower':
        return mean - reach;
      case 'percent':
        return Number.isNaN(mean) ? Number.NaN : placeIn(mean - reach, mean + reach, value);
      case 'width':
        return (100 * 2 * reach) / mean;
    }
  });
}

/** How many deviations the value stands from the mean. */
export function standardScore(length: number): SpreadReading {
  return new SpreadReading(length, 'one way', ({ mean, population }, value) =>
    population === 0 ? 0 : (value - mean) / population,
  );
}

/**
 * The sample deviation of the logarithmic returns, scaled to a year, in percent. A value that is not above zero has no
 * return: it starts anew.
 */
export class RealisedVolatility implements Calculator<number> {
  readonly warmUp: number;
  readonly #spread: RollingSpread;
  readonly #scale: number;
  #last = Number.NaN;

  constructor(length: number, perYear: number) {
    this.warmUp = length + 1;
    this.#spread = new RollingSpread(length);
    this.#scale = 100 * Math.sqrt(perYear);
  }

  get value(): number {
    return this.#scale * this.#spread.closed.sample;
  }

  push(value: number): void {
    const gain = Math.log(value / this.#last);
    if (Number.isFinite(gain)) this.#spread.push(gain);
    else this.#spread.clear();
    this.#last = value;
  }

  live(value: number): number {
    const gain = Math.log(value / this.#last);
    return Number.isFinite(gain) ? this.#scale * this.#spread.look(gain).sample : Number.NaN;
  }

  save(to: Saving): void {
    to.add(this.#last);
    this.#spread.save(to);
  }

  load(from: Loading): void {
    this.#last = from.take();
    this.#spread.load(from);
  }
}
