/**
 * Words for parts of a condition, shared by sentences and explanations. For reading, never for parsing.
 */
import { indicatorEntry } from '../signal/indicator/catalogue.ts';
import { printDuration } from '../time/duration.ts';
import { groupNumber } from './number-text.ts';
import type { Level, Signal } from './tree.ts';
import { dimensionOf } from './units.ts';

const UNIT_WORDS: Readonly<Record<string, string>> = {
  ms: 'millisecond',
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
};

/** `15 minutes`; a day and a week as people say them: `24 hours`, `7 days`. */
export function durationInWords(ms: number): string {
  const [count, unit] = countAndUnit(ms);
  return `${count} ${unit}${count === '1' ? '' : 's'}`;
}

/** Before a noun: `15-minute`, `24-hour`. */
export function durationAsAdjective(ms: number): string {
  return countAndUnit(ms).join('-');
}

function countAndUnit(ms: number): readonly [string, string] {
  const text = printDuration(ms);
  if (text === '1d') return ['24', 'hour'];
  if (text === '1w') return ['7', 'day'];
  const [, count = '', unit = ''] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
  return [count, UNIT_WORDS[unit] ?? unit];
}

/** `RSI (14) on 1-hour bars`, `Bollinger bands (20, 2) upper on daily bars`. */
export function indicatorInWords({ name, parameters, barMs, output }: Extract<Signal, { kind: 'indicator' }>): string {
  const { title = name, outputs = [] } = indicatorEntry(name) ?? {};
  const numbers = parameters.some((one) => one !== 0)
    ? ` (${parameters.map((one) => groupNumber(one)).join(', ')})`
    : '';
  const part = output ?? outputs[0]?.name ?? name;
  const shownPart = outputs.length > 1 && part !== name ? ` ${part}` : '';
  return `${INITIALS.has(name) ? name.toUpperCase() : inSentence(title)}${numbers}${shownPart} on ${barsInWords(barMs)}`;
}

/** Better known by their initials. */
const INITIALS: ReadonlySet<string> = new Set('sma ema wma rsi macd atr adx cci mfi obv vwap'.split(' '));

/** Without the capital of a heading, which the name of a person keeps. */
function inSentence(title: string): string {
  if (/^(Bollinger|Donchian|Williams)/.test(title)) return title;
  return `${title.slice(0, 1).toLowerCase()}${title.slice(1)}`;
}

/** `5-minute bars`, `daily bars`: unlike a day of 24 hours, a bar's day is the market's. */
export function barsInWords(barMs: number): string {
  return `${barAsAdjective(barMs)} bars`;
}

export function barAsAdjective(barMs: number): string {
  return barMs === 86_400_000 ? 'daily' : barMs === 604_800_000 ? 'weekly' : durationAsAdjective(barMs);
}

/** `61,600 USDT`, `-5%`. */
export function levelInWords(level: Level, signal: Signal, currency = ''): string {
  const number = groupNumber(level.value);
  if (level.unit === 'percent') return `${number}%`;
  return isPrice(signal) && currency !== '' ? `${number} ${currency}` : number;
}

/** A price of the instrument itself: another one's may be in another currency. */
function isPrice(signal: Signal): boolean {
  return signal.kind !== 'other' && signal.kind !== 'arithmetic' && dimensionOf(signal) === 'price';
}
