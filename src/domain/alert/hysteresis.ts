/**
 * How far back a value must go before a repeating alert arms again, as a person writes it: `1%`, or `250` in the unit of
 * what is watched.
 */
import { printNumber } from '../condition/number-text.ts';
import type { Hysteresis } from './alert.ts';

const WRITTEN = /^(\d{1,15}(?:\.\d{1,15})?) ?(%?)$/;

/** Undefined where it is not one, or not above zero. */
export function parseHysteresis(text: string): Hysteresis | undefined {
  const [, digits, sign] = WRITTEN.exec(text.trim()) ?? [];
  const value = Number(digits);
  return value > 0 ? { value, unit: sign === '%' ? 'percent' : 'amount' } : undefined;
}

export function printHysteresis({ value, unit }: Hysteresis): string {
  return `${printNumber(value)}${unit === 'percent' ? '%' : ''}`;
}
