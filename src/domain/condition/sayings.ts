/**
 * What traders say and the language writes otherwise: a word that is not understood gets the words that would be. Only
 * ever a hint beside a mistake: what a text means is never guessed.
 */
import { INDICATORS } from '../signal/indicator/catalogue.ts';
import type { Cursor, Span } from './cursor.ts';
import { SIGNAL_NAMES } from './vocabulary.ts';

const IN_PARENTHESES = 'The numbers and bars of an indicator stand in its parentheses: sma(50, 1d), rsi(14, 1h).';
/** For how near two things are. */
export const RANGE = 'Write a range: price inside 149..151.';
const SIZE = String.raw`(?:\d+ *-?(?:m|min|h|d|w|minutes?|hours?|days?|weeks?)|hourly|daily|weekly)`;

/** By what stands at the place of the mistake, in lower case; the first that fits. */
const SAYINGS: readonly (readonly [RegExp, string])[] = [
  [/^golden cross/, 'Write sma(50, 1d) crosses above sma(200, 1d).'],
  [/^death cross/, 'Write sma(50, 1d) crosses below sma(200, 1d).'],
  [/^(moving average|\d+ ?ma\b)/, 'Write a moving average as sma(50, 1d) or ema(50, 1d).'],
  [
    /^on (the )?\d/,
    'Bars stand in the parentheses of an indicator, rsi(14, 1h); judged at their ends: at close of 1h.',
  ],
  [/^(over|under)?(sold|bought)/, 'Say it in numbers: rsi(14, 1h) < 30.'],
  [/^(near|around|about|close to)\b/, RANGE],
  [/^of \w/, 'Another instrument stands in parentheses: price(BTC-USD).'],
  [/^(twice|double|triple|times|x)\b/, 'Write a factor: volume(5m) > 3 * average(volume(5m), 20).'],
  [/^trail/, 'Write price falls 5% from high: from the highest since the alert was armed.'],
  [/^(\d+|all)\W?\w* (high|low)/, 'From another high or low write a factor: price <= 0.95 * high(52w).'],
  [
    /^(at )?(a |an )?(new |its )?(all|\d+)\W?\w+ (high|low)/,
    'Write price makes a new 52 week high, or price >= high(52w).',
  ],
  [/^(day|daily|percent|24h) change/, 'Write change(24h), or change(previous close) for that of the day.'],
  [/^\d*-? ?(day|hour|minute|week)s? /, IN_PARENTHESES],
  [new RegExp(`^${SIZE} `), IN_PARENTHESES],
  [/^(a )?new\b/, 'Write price makes a new 52 week high, or price >= high(52w).'],
  [/^(turns|flips|goes positive|goes negative)/, 'Write crosses above 0, or crosses below 0.'],
  [/^(ratio|spread)\b/, 'Write price / price(ETH-USD) > 20, or price - price(ETH-USD) > 20.'],
  [/^(silent|silence|quiet|stale|offline)/, 'Write no data for 10m.'],
  [/^spikes?\b/, 'Write volume(5m) > 3 * average(volume(5m), 20), or price rises 3% in 15m.'],
  [/^gaps\b/, 'Write gap > 2% for one upwards, gap < -2% for one downwards.'],
];

/** What would be understood in place of what stands at `token`, or undefined. */
export function sayingAt(cursor: Cursor, token: Span): string | undefined {
  const here = cursor.text.slice(token.at).toLowerCase();
  const before = cursor.text.slice(0, token.at).toLowerCase();
  const [last = ''] = /[a-z]+(?= *$)/.exec(before) ?? [];
  const isAfterIndicator = INDICATORS.some(({ name }) => name === SIGNAL_NAMES.get(last));
  if (isAfterIndicator && /^\d/.test(here)) return IN_PARENTHESES;
  return SAYINGS.find(([said]) => said.test(here))?.[1] ?? outputHint(/^(?:its |the )?([a-z]+)/.exec(here)?.[1] ?? '');
}

/** `signal` alone: of what? */
function outputHint(word: string): string | undefined {
  const of = INDICATORS.filter(({ outputs }) => outputs.slice(1).some(({ name }) => name === word));
  if (of.length === 0) return undefined;
  return `"${word}" is read of an indicator: ${of.map(({ name }) => `${name}.${word}`).join(', ')}.`;
}
