/** docs/indicators.md, made from the catalogue of indicators. */
import { BAR_SIZES } from '../src/domain/signal/bar/bar.ts';
import { INDICATORS } from '../src/domain/signal/indicator/catalogue.ts';
import type { IndicatorEntry, Output } from '../src/domain/signal/indicator/entry.ts';

const UNITS = { price: 'price', percent: 'percent', volume: 'volume', none: 'a number' } as const;

function rangeOf({ range: [low, high] }: Output): string {
  if (low === null) return high === null ? 'any' : `up to ${high}`;
  return high === null ? `${low} and above` : `${low} to ${high}`;
}

function example({ name, parameters, bar }: IndicatorEntry, output: Output, isFirst: boolean): string {
  const values = [...parameters.map((parameter) => String(parameter.default)), bar].join(', ');
  return `\`${name}(${values})${isFirst ? '' : `.${output.name}`}\``;
}

function section(entry: IndicatorEntry): string {
  const parameters = entry.parameters.map(
    ({ name, meaning, min, max, default: usual }) => `\`${name}\` (${meaning}; ${min} to ${max}, usually ${usual})`,
  );
  const outputs = entry.outputs.map(
    (output, index) =>
      `| ${example(entry, output, index === 0)} | ${output.meaning} | ${UNITS[output.unit]} | ${rangeOf(output)} |`,
  );
  return `## ${entry.name}

${entry.title}, from ${entry.inputs.join(', ')}. ${parameters.length === 0 ? 'No parameters.' : `Parameters: ${parameters.join('; ')}.`}

| written | what it is | unit | range |
| --- | --- | --- | --- |
${outputs.join('\n')}

- Formula: ${entry.formula}
- Beginning: ${entry.seed}
- Source: ${entry.source}
`;
}

export function indicatorsPage(made: string): string {
  return `# Indicators

${made}

An indicator is computed from bars of one size: ${BAR_SIZES.map((size) => `\`${size}\``).join(', ')}. Its last argument
is that size. \`close[0]\` is the close of the newest bar, \`close[1]\` of the one before.

- **Live.** At each price, the bar being made counts as if it closed now. At the close of a bar, the value stays.
- **Unknown.** Until it has all the bars it needs, an indicator is unknown, and a condition on it neither true nor false.
- **Bars** hold what was traded in their time: a time without a price has no bar. Intraday bars of exchanges begin at the
  opening of the session, those of markets that never close at whole times of UTC. A day is the trading day (of
  currencies, from 17:00 in New York to 17:00), a week goes from Monday to Sunday.
- **Exact.** Sums are kept in 106 bits: after a million bars every value is within 1e-9 of its formula.
- **Checked** against TA-Lib, Tulip Indicators, pandas-ta, ta and talipp on five years of a share. They agree to the ten
  digits of the table, except: libraries that begin \`ema\`, \`rsi\`, \`macd\`, \`atr\` or \`adx\` with other values agree
  when those have faded (within 600 bars; ours begin as TA-Lib's do, save the \`macd\` line, whose fast average TA-Lib begins
  later); Tulip's \`macd\` uses other factors; \`obv\` begins with the first bar's volume in most, with 0 in Tulip, and ta
  counts bars that closed unchanged.

${INDICATORS.map(section).join('\n')}`;
}
