/**
 * The formulas of the catalogue written down directly, from all bars to one number, without a care for speed. Shares
 * nothing with the calculators.
 */
import type { Bar } from '../../bar/bar.ts';

type Numbers = readonly number[];

const sum = (values: Numbers): number => values.reduce((total, value) => total + value, 0);
const mean = (values: Numbers): number => sum(values) / values.length;
const last = (values: Numbers, count: number): Numbers | null =>
  count <= values.length ? values.slice(values.length - count) : null;
const deviation = (values: Numbers, less: number): number => {
  const middle = mean(values);
  const off = values.map((value) => value - middle);
  // Rounding of the mean itself is taken out again.
  const squares = sum(off.map((value) => value * value)) - sum(off) ** 2 / values.length;
  const allEqual = values.every((value) => value === values[0]);
  return allEqual ? 0 : Math.sqrt(squares / (values.length - less));
};
const smoothed = (values: Numbers, count: number, factor: number): number => {
  if (values.length < count) return Number.NaN;
  return values
    .slice(count)
    .reduce((before, value) => before + factor * (value - before), mean(values.slice(0, count)));
};
const prefixes = (values: Numbers): readonly Numbers[] => values.map((_, index) => values.slice(0, index + 1));
const changes = (values: Numbers): Numbers => values.slice(1).map((value, index) => value - (values[index] as number));
const known = (values: Numbers): Numbers => values.filter((value) => !Number.isNaN(value));
const ema = (values: Numbers, count: number): number => smoothed(values, count, 2 / (count + 1));
const typical = ({ high, low, close }: Bar): number => (high + low + close) / 3;
const place = (low: number, high: number, value: number): number => (high > low ? (value - low) / (high - low) : 0.5);
const lowest = (bars: readonly Bar[]): number => Math.min(...bars.map(({ low }) => low));
const highest = (bars: readonly Bar[]): number => Math.max(...bars.map(({ high }) => high));

function moves(bars: readonly Bar[]): readonly { up: number; down: number; range: number }[] {
  return bars.slice(1).map((bar, index) => {
    const before = bars[index] as Bar;
    const up = bar.high - before.high;
    const down = before.low - bar.low;
    return {
      up: up > down && up > 0 ? up : 0,
      down: down > up && down > 0 ? down : 0,
      range: Math.max(bar.high - bar.low, Math.abs(bar.high - before.close), Math.abs(bar.low - before.close)),
    };
  });
}

function directional(bars: readonly Bar[], count: number, output: string): number {
  const all = moves(bars);
  const sums = { up: 0, down: 0, range: 0 };
  const balances: number[] = [];
  for (const [index, move] of all.entries()) {
    for (const key of ['up', 'down', 'range'] as const)
      sums[key] = sums[key] - (index < count - 1 ? 0 : sums[key] / count) + move[key];
    if (index < count - 1) continue;
    const both = sums.up + sums.down;
    balances.push(both === 0 ? 0 : (100 * Math.abs(sums.up - sums.down)) / both);
  }
  if (output === 'adx') return smoothed(balances, count, 1 / count);
  if (balances.length === 0) return Number.NaN;
  return sums.range === 0 ? 0 : (100 * (output === 'plus' ? sums.up : sums.down)) / sums.range;
}

function stochastic(bars: readonly Bar[], count: number, smooth: number, signal: number, output: string): number {
  const raw = bars.map((bar, index) => {
    if (index + 1 < count) return Number.NaN;
    const some = bars.slice(index + 1 - count, index + 1);
    return 100 * place(lowest(some), highest(some), bar.close);
  });
  const over = (values: Numbers, length: number): Numbers =>
    values.map((_, index) => (index + 1 < length ? Number.NaN : mean(values.slice(index + 1 - length, index + 1))));
  const k = over(raw, smooth);
  return (output === 'k' ? k : over(k, signal)).at(-1) as number;
}

type Formula = (bars: readonly Bar[], closes: Numbers, parameters: Numbers, output: string) => number;

const FORMULAS: Readonly<Record<string, Formula>> = {
  sma: (_, closes, [n = 0]) => mean(last(closes, n) ?? [Number.NaN]),
  ema: (_, closes, [n = 0]) => ema(closes, n),
  wma: (_, closes, [n = 0]) => {
    const some = last(closes, n) ?? [Number.NaN];
    return sum(some.map((close, index) => close * (index + 1))) / sum(some.map((_close, index) => index + 1));
  },
  rsi: (_, closes, [n = 0]) => {
    const up = smoothed(
      changes(closes).map((change) => Math.max(change, 0)),
      n,
      1 / n,
    );
    const down = smoothed(
      changes(closes).map((change) => Math.max(-change, 0)),
      n,
      1 / n,
    );
    return up + down === 0 ? 50 : 100 - 100 / (1 + up / down);
  },
  macd: (_, closes, [fast = 0, slow = 0, signal = 0], output) => {
    const lines = prefixes(closes).map((some) => ema(some, fast) - ema(some, slow));
    const line = lines.at(-1) as number;
    const smooth = ema(known(lines), signal);
    return output === 'line' ? line : output === 'signal' ? smooth : line - smooth;
  },
  bollinger: (_, closes, [n = 0, k = 0], output) => {
    const some = last(closes, n);
    if (some === null) return Number.NaN;
    const middle = mean(some);
    const reach = k * deviation(some, 0);
    const bands = { middle, upper: middle + reach, lower: middle - reach, width: (200 * reach) / middle };
    if (output !== 'percent') return bands[output as keyof typeof bands];
    return reach === 0 ? 0.5 : 0.5 + ((closes.at(-1) as number) - middle) / (2 * reach);
  },
  atr: (bars, _, [n = 0]) =>
    smoothed(
      moves(bars).map(({ range }) => range),
      n,
      1 / n,
    ),
  adx: (bars, _, [n = 0], output) => directional(bars, n, output),
  stochastic: (bars, _, [n = 0, smooth = 0, signal = 0], output) => stochastic(bars, n, smooth, signal, output),
  cci: (bars, _, [n = 0]) => {
    const some = last(bars.map(typical), n);
    if (some === null) return Number.NaN;
    const middle = mean(some);
    const off = mean(some.map((value) => Math.abs(value - middle)));
    return off <= 1e-15 * middle ? 0 : ((some.at(-1) as number) - middle) / (0.015 * off);
  },
  mfi: (bars, _, [n = 0]) => {
    const prices = bars.map(typical);
    const flows = last(
      changes(prices).map(
        (change, index) => Math.sign(change) * (prices[index + 1] as number) * (bars[index + 1] as Bar).volume,
      ),
      n,
    );
    if (flows === null) return Number.NaN;
    const up = sum(flows.filter((flow) => flow > 0));
    const down = -sum(flows.filter((flow) => flow < 0));
    return up + down === 0 ? 50 : (100 * up) / (up + down);
  },
  roc: (_, closes, [n = 0]) => 100 * ((closes.at(-1) as number) / (closes.at(-1 - n) ?? Number.NaN) - 1),
  williams: (bars, closes, [n = 0]) => {
    const some = bars.slice(-n);
    return some.length < n ? Number.NaN : -100 * (1 - place(lowest(some), highest(some), closes.at(-1) as number));
  },
  obv: (bars, closes) =>
    sum(
      bars.map(
        ({ volume }, index) =>
          (index === 0 ? 1 : Math.sign((closes[index] as number) - (closes[index - 1] as number))) * volume,
      ),
    ),
  vwap: (bars) => {
    const today = bars.filter(({ day }) => day === bars.at(-1)?.day);
    return sum(today.map((bar) => typical(bar) * bar.volume)) / sum(today.map(({ volume }) => volume));
  },
  donchian: (bars, _, [n = 0], output) => {
    const some = bars.slice(-n);
    if (some.length < n) return Number.NaN;
    const bands = { upper: highest(some), lower: lowest(some), middle: (highest(some) + lowest(some)) / 2 };
    return bands[output as keyof typeof bands];
  },
  rvol: (bars, _, [n = 0]) => {
    const before = last(
      bars.slice(0, -1).map(({ volume }) => volume),
      n,
    );
    return before === null || sum(before) === 0 ? Number.NaN : (bars.at(-1)?.volume ?? 0) / mean(before);
  },
  zscore: (_, closes, [n = 0]) => {
    const some = last(closes, n);
    if (some === null) return Number.NaN;
    const off = deviation(some, 0);
    return off === 0 ? 0 : ((some.at(-1) as number) - mean(some)) / off;
  },
  volatility: (_, closes, [n = 0]) => {
    const returns = last(
      closes.slice(1).map((close, index) => Math.log(close / (closes[index] as number))),
      n,
    );
    // An hour's bar of New York: seven a day, 252 days.
    return returns === null ? Number.NaN : 100 * deviation(returns, 1) * Math.sqrt(7 * 252);
  },
  drawdown: (bars, closes, [n = 0]) => {
    const some = n === 0 ? bars : bars.slice(-n);
    return some.length < n ? Number.NaN : 100 * ((closes.at(-1) as number) / highest(some) - 1);
  },
};

export function formulaOf(name: string, parameters: Numbers, output: string): (bars: readonly Bar[]) => number {
  const formula = FORMULAS[name] as Formula;
  return (bars) =>
    formula(
      bars,
      bars.map(({ close }) => close),
      parameters,
      output,
    );
}
