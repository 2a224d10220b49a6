/**
 * Words for parts of a condition, shared by sentences and explanations. For reading, never for parsing.
 */
import { printDuration } from '../time/duration.ts';
import { groupNumber } from './number-text.ts';
import type { Level, Signal } from './tree.ts';

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

/** `61,600 USDT`, `-5%`. */
export function levelInWords(level: Level, signal: Signal, currency = ''): string {
  const number = groupNumber(level.value);
  if (level.unit === 'percent') return `${number}%`;
  return signal.kind === 'price' && currency !== '' ? `${number} ${currency}` : number;
}
