/**
 * The indicators: names, parameters, units and formulas. Language, documents and engine read this one table.
 */
import type { BarSize } from '../bar/bar.ts';
import { barsPerYear } from '../bar/bars-per-year.ts';
import { overCloses } from './calculator.ts';
import { donchian, drawdown, Stochastic, williams } from './channels.ts';
import { CommodityChannel } from './commodity-channel.ts';
import { AverageTrueRange, DirectionalIndex } from './directional.ts';
import type { BarKind, IndicatorEntry, IndicatorUnit, Output, Parameter } from './entry.ts';
import { Indicator } from './indicator.ts';
import { SimpleAverage, SmoothedAverage, WeightedAverage } from './moving-average.ts';
import { AverageConvergence, RateOfChange, RelativeStrength } from './oscillators.ts';
import { type Band, bollinger, RealisedVolatility, standardScore } from './spreads.ts';
import { MoneyFlow, OnBalanceVolume, RelativeVolume, VolumeWeightedPrice } from './volumes.ts';

/** The longest any indicator looks back: four years of days. Each keeps that many numbers for each instrument. */
export const MAX_LENGTH = 1000;
/** More deviations than any price moves. */
const MAX_DEVIATIONS = 10;

function length(value: number, min = 1, name = 'length', meaning = 'number of bars'): Parameter {
  return { name, default: value, min, max: MAX_LENGTH, isWhole: true, meaning };
}

function output(name: string, unit: IndicatorUnit, meaning: string, range: Output['range'] = [null, null]): Output {
  return { name, unit, meaning, range };
}

const PERCENTAGE = [0, 100] as const;
const ABOVE_ZERO = [0, null] as const;
const WILDER = 'J. W. Wilder, New Concepts in Technical Trading Systems (1978)';
const DAY: BarSize = '1d';

export const INDICATORS: readonly IndicatorEntry[] = [
  {
    name: 'sma',
    title: 'Simple moving average',
    parameters: [length(20)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('average', 'price', 'the mean of the last closes', ABOVE_ZERO)],
    formula: '(close[0] + … + close[length − 1]) / length',
    seed: 'Known with `length` bars.',
    source: 'Arithmetic mean.',
    make: ([bars = 0]) => overCloses(new SimpleAverage(bars)),
  },
  {
    name: 'ema',
    title: 'Exponential moving average',
    parameters: [length(20)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('average', 'price', 'an average in which old closes fade', ABOVE_ZERO)],
    formula: 'ema = before + 2 / (length + 1) × (close − before)',
    seed: 'Begins with the mean of the first `length` closes.',
    source: 'R. G. Brown, Exponential Smoothing for Predicting Demand (1956); the seed of TA-Lib.',
    make: ([bars = 0]) => overCloses(SmoothedAverage.exponential(bars)),
  },
  {
    name: 'wma',
    title: 'Weighted moving average',
    parameters: [length(20)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('average', 'price', 'an average in which the newest close weighs most', ABOVE_ZERO)],
    formula: '(length × close[0] + … + 1 × close[length − 1]) / (length × (length + 1) / 2)',
    seed: 'Known with `length` bars.',
    source: 'Arithmetic mean with weights falling by one.',
    make: ([bars = 0]) => overCloses(new WeightedAverage(bars)),
  },
  {
    name: 'rsi',
    title: 'Relative strength index',
    parameters: [length(14)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('rsi', 'none', 'the share of the gains in all movement', PERCENTAGE)],
    formula: '100 × gains / (gains + losses), each smoothed: before + (now − before) / length',
    seed: 'Gains and losses begin with the means of the first `length` changes. 50 where nothing has moved.',
    source: WILDER,
    make: ([bars = 0]) => overCloses(new RelativeStrength(bars)),
  },
  {
    name: 'macd',
    title: 'Moving average convergence and divergence',
    parameters: [
      length(12, 1, 'fast', 'length of the fast average'),
      length(26, 1, 'slow', 'length of the slow average'),
      length(9, 1, 'signal', 'length of the average of the line'),
    ],
    bar: DAY,
    inputs: ['close'],
    outputs: [
      output('line', 'price', 'the fast average less the slow one'),
      output('signal', 'price', 'the exponential average of the line'),
      output('histogram', 'price', 'the line less its signal'),
    ],
    formula: 'line = ema(fast) − ema(slow); signal = ema(signal) of line; histogram = line − signal',
    seed: 'Each average begins with the mean of its own first values.',
    source: 'G. Appel, The Moving Average Convergence Divergence Trading Method (1979)',
    make: ([fast = 0, slow = 0, signal = 0], name) =>
      overCloses(new AverageConvergence(fast, slow, signal, name as 'line' | 'signal' | 'histogram')),
  },
  {
    name: 'bollinger',
    title: 'Bollinger bands',
    parameters: [
      length(20, 2),
      {
        ...{ name: 'deviations', default: 2, min: 0.1, max: MAX_DEVIATIONS, isWhole: false },
        meaning: 'distance of the bands in deviations',
      },
    ],
    bar: DAY,
    inputs: ['close'],
    outputs: [
      output('middle', 'price', 'the mean of the last closes', ABOVE_ZERO),
      output('upper', 'price', 'the band above', ABOVE_ZERO),
      output('lower', 'price', 'the band below'),
      output('percent', 'none', 'where the close stands: 0 on the lower band, 1 on the upper one (%B)'),
      output('width', 'percent', 'how far apart the bands are, in percent of the middle', ABOVE_ZERO),
    ],
    formula:
      'middle ± deviations × σ; percent = (close − lower) / (upper − lower); width = 100 × (upper − lower) / middle',
    seed: 'Known with `length` bars. σ divides by `length` (population). percent is 0.5 where σ is 0.',
    source: 'J. Bollinger, Bollinger on Bollinger Bands (2001)',
    make: ([bars = 0, deviations = 0], name) => overCloses(bollinger(bars, deviations, name as Band)),
  },
  {
    name: 'atr',
    title: 'Average true range',
    parameters: [length(14)],
    bar: DAY,
    inputs: ['high', 'low', 'close'],
    outputs: [output('range', 'price', 'how far the price goes in a bar, jumps included', ABOVE_ZERO)],
    formula:
      'true range = max(high, close before) − min(low, close before), smoothed: before + (now − before) / length',
    seed: 'Begins with the mean of `length` true ranges; the first bar has none.',
    source: `${WILDER}; the seed of TA-Lib.`,
    make: ([bars = 0]) => new AverageTrueRange(bars),
  },
  {
    name: 'adx',
    title: 'Average directional index',
    parameters: [length(14, 2)],
    bar: DAY,
    inputs: ['high', 'low', 'close'],
    outputs: [
      output('adx', 'none', 'how strong the trend is, up or down', PERCENTAGE),
      output('plus', 'none', 'the up moves in percent of the true range (+DI)', PERCENTAGE),
      output('minus', 'none', 'the down moves in percent of the true range (−DI)', PERCENTAGE),
    ],
    formula: 'balance = 100 × |plus − minus| / (plus + minus), smoothed: before + (now − before) / length',
    seed: 'The sums of moves and ranges begin with the `length` − 1 bars after the first and lose 1 / length with each bar after those; adx begins with the mean of `length` balances. A balance is 0 where nothing has moved.',
    source: `${WILDER}; the seed of TA-Lib.`,
    make: ([bars = 0], name) => new DirectionalIndex(bars, name as 'adx' | 'plus' | 'minus'),
  },
  {
    name: 'stochastic',
    title: 'Stochastic oscillator',
    parameters: [
      length(14),
      length(3, 1, 'smooth', 'bars over which k is averaged'),
      length(3, 1, 'signal', 'bars over which d averages k'),
    ],
    bar: DAY,
    inputs: ['high', 'low', 'close'],
    outputs: [
      output('k', 'none', 'where the close stands between lowest and highest', PERCENTAGE),
      output('d', 'none', 'the average of k', PERCENTAGE),
    ],
    formula: 'k = sma(smooth) of 100 × (close − lowest low) / (highest high − lowest low); d = sma(signal) of k',
    seed: 'Known when its windows are full. 50 where highest and lowest are the same.',
    source: 'G. C. Lane, Lane’s Stochastics (1984)',
    make: ([bars = 0, smooth = 0, signal = 0], name) => new Stochastic(bars, smooth, signal, name as 'k' | 'd'),
  },
  {
    name: 'cci',
    title: 'Commodity channel index',
    parameters: [length(20, 2)],
    bar: DAY,
    inputs: ['high', 'low', 'close'],
    outputs: [output('cci', 'none', 'how unusual the typical price is')],
    formula: '(typical − mean) / (0.015 × mean distance from the mean), typical = (high + low + close) / 3',
    seed: 'Known with `length` bars. 0 where all typical prices are the same.',
    source: 'D. R. Lambert, Commodity Channel Index (1980)',
    make: ([bars = 0]) => new CommodityChannel(bars),
  },
  {
    name: 'mfi',
    title: 'Money flow index',
    parameters: [length(14)],
    bar: DAY,
    inputs: ['high', 'low', 'close', 'volume'],
    outputs: [output('mfi', 'none', 'the share of the money that flowed at rising prices', PERCENTAGE)],
    formula: '100 × up / (up + down), the sums of typical × volume of the bars whose typical price rose or fell',
    seed: 'Known with `length` + 1 bars. 50 where no money has flowed.',
    source: 'G. Quong and A. Soudack, Volume-Weighted RSI: Money Flow (1989)',
    make: ([bars = 0]) => new MoneyFlow(bars),
  },
  {
    name: 'roc',
    title: 'Rate of change',
    parameters: [length(10)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('change', 'percent', 'the change against the close `length` bars ago', [-100, null])],
    formula: '100 × (close[0] / close[length] − 1)',
    seed: 'Known with `length` + 1 bars. Unknown where the old close is not above 0.',
    source: 'Percentage change.',
    make: ([bars = 0]) => overCloses(new RateOfChange(bars)),
  },
  {
    name: 'williams',
    title: 'Williams %R',
    parameters: [length(14)],
    bar: DAY,
    inputs: ['high', 'low', 'close'],
    outputs: [output('r', 'none', 'how far the close is below the highest', [-100, 0])],
    formula: '−100 × (highest high − close) / (highest high − lowest low)',
    seed: 'Known with `length` bars. −50 where highest and lowest are the same.',
    source: 'L. Williams, How I Made One Million Dollars Last Year Trading Commodities (1973)',
    make: ([bars = 0]) => williams(bars),
  },
  {
    name: 'obv',
    title: 'On-balance volume',
    parameters: [],
    bar: DAY,
    inputs: ['close', 'volume'],
    outputs: [output('volume', 'volume', 'volume of rising bars less that of falling ones')],
    formula: 'obv = before + volume × (1 where the close rose, −1 where it fell, else 0)',
    seed: 'Begins with the volume of the first bar: only its changes mean something.',
    source: 'J. E. Granville, New Key to Stock Market Profits (1963)',
    make: () => new OnBalanceVolume(),
  },
  {
    name: 'vwap',
    title: 'Volume-weighted average price',
    parameters: [],
    bar: '1m',
    inputs: ['high', 'low', 'close', 'volume', 'day'],
    outputs: [output('price', 'price', 'what was paid on average in this trading day', ABOVE_ZERO)],
    formula: 'sum of typical × volume / sum of volume, over the bars of the trading day',
    seed: 'Begins anew with each trading day. Unknown while nothing was traded.',
    source: 'S. Berkowitz, D. Logue and E. Noser, The Total Cost of Transactions on the NYSE (1988)',
    make: () => new VolumeWeightedPrice(),
  },
  {
    name: 'donchian',
    title: 'Donchian channel',
    parameters: [length(20)],
    bar: DAY,
    inputs: ['high', 'low'],
    outputs: [
      output('upper', 'price', 'the highest high', ABOVE_ZERO),
      output('lower', 'price', 'the lowest low', ABOVE_ZERO),
      output('middle', 'price', 'the mean of the two', ABOVE_ZERO),
    ],
    formula: 'highest high and lowest low of `length` bars, the newest included',
    seed: 'Known with `length` bars.',
    source: 'R. Donchian, Commodities: Trend-Following Timing (1960)',
    make: ([bars = 0], name) => donchian(bars, name as 'upper' | 'lower' | 'middle'),
  },
  {
    name: 'rvol',
    title: 'Relative volume',
    parameters: [length(20)],
    bar: DAY,
    inputs: ['volume'],
    outputs: [output('ratio', 'none', 'the volume of the bar against the usual one', ABOVE_ZERO)],
    formula: 'volume / mean volume of the `length` bars before',
    seed: 'Known with `length` + 1 bars. Unknown where nothing was traded before.',
    source: 'Ratio to an arithmetic mean.',
    make: ([bars = 0]) => new RelativeVolume(bars),
  },
  {
    name: 'zscore',
    title: 'Standard score',
    parameters: [length(20, 2)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('score', 'none', 'how many deviations the close stands from the mean')],
    formula: '(close − mean) / σ of the last `length` closes',
    seed: 'Known with `length` bars. σ divides by `length` (population). 0 where σ is 0.',
    source: 'Standard score.',
    make: ([bars = 0]) => overCloses(standardScore(bars)),
  },
  {
    name: 'volatility',
    title: 'Realised volatility',
    parameters: [length(20, 2)],
    bar: DAY,
    inputs: ['close'],
    outputs: [output('year', 'percent', 'how far the price usually moves in a year', ABOVE_ZERO)],
    formula: '100 × s × √(bars of a year), s = deviation of ln(close[0] / close[1]) over `length` returns',
    seed: 'Known with `length` + 1 bars. s divides by `length` − 1 (sample). Days of a year: 365 where the market never closes, 260 for currencies, 252 in New York, 253 in London; intraday, times the bars of a regular session.',
    source: 'J. C. Hull, Options, Futures, and Other Derivatives, chapter on volatility',
    make: ([bars = 0], _, { size, calendar }) => overCloses(new RealisedVolatility(bars, barsPerYear(size, calendar))),
  },
  {
    name: 'drawdown',
    title: 'Drawdown',
    parameters: [{ ...length(0, 0), meaning: 'number of bars; 0 for all since prices are known' }],
    bar: DAY,
    inputs: ['high', 'low', 'close'],
    outputs: [output('loss', 'percent', 'how far the close is below the highest high', [-100, 0])],
    formula: '100 × (close / highest high of `length` bars − 1)',
    seed: 'Known with `length` bars; without a length, from the first.',
    source: 'Percentage change from the running maximum.',
    make: ([bars = 0]) => drawdown(bars === 0 ? Number.POSITIVE_INFINITY : bars),
  },
];

const BY_NAME: ReadonlyMap<string, IndicatorEntry> = new Map(INDICATORS.map((entry) => [entry.name, entry]));

export function indicatorEntry(name: string): IndicatorEntry | undefined {
  return BY_NAME.get(name);
}

/** An indicator at its beginning. `output` is null for the first. The language has checked all of this before. */
export function makeIndicator(
  name: string,
  parameters: readonly number[],
  output: string | null,
  bars: BarKind,
): Indicator {
  const entry = BY_NAME.get(name);
  if (entry === undefined) throw new Error(`no indicator is called ${name}`);
  return new Indicator(entry.make(parameters, output ?? entry.outputs[0].name, bars));
}
