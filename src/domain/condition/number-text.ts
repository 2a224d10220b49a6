/**
 * Numbers of the language as text, both ways. Printing a number that was read gives the same number back; a number is
 * refused rather than rounded, so that a level is always the one that was typed.
 */
import { MAX_NUMBER, MAX_NUMBER_LENGTH, MIN_NUMBER } from './limits.ts';

export type NumberReading =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly message: string };

const PLAIN = /^(?:\d+(?:_\d+)*|\d{1,3}(?:,\d{3})+)?(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d{1,4})?$/;
const DECIMAL_COMMA = /^(\d{1,3}(?:\.\d{3})+|\d+),(\d+)$/;
const SCALES: Readonly<Record<string, number>> = { k: 3, K: 3, mn: 6, mio: 6, M: 6, bn: 9, B: 9 };

/** The number in `text` (no sign, no unit): `61600.01`, `61_600`, `61,600`, `1e-8`, `.5`. */
export function readNumber(text: string): NumberReading {
  if (text.length > MAX_NUMBER_LENGTH) return refuse(`A number has at most ${MAX_NUMBER_LENGTH} characters`);
  const comma = DECIMAL_COMMA.exec(text);
  if (comma && !PLAIN.test(text)) {
    const decimal = `${(comma[1] as string).replaceAll('.', '')}.${comma[2]}`;
    return refuse(`"${text}" can be read in two ways; write ${decimal} with a point for the decimals`);
  }
  const scale = /^([\d.]+)([a-zA-Z]+)$/.exec(text);
  const power = scale ? SCALES[scale[2] as string] : undefined;
  if (scale && power !== undefined) {
    const full = Number(`${scale[1]}e${power}`);
    return refuse(
      Number.isFinite(full) ? `Write "${text}" in full: ${printNumber(full)}` : `"${text}" is not a number`,
    );
  }
  if (!PLAIN.test(text)) return refuse(`"${text}" is not a number`);
  const plain = text.replaceAll(/[_,]/g, '');
  const value = Number(plain);
  if (value > MAX_NUMBER) return refuse(`${text} is too large: numbers go up to ${MAX_NUMBER}`);
  if (value < MIN_NUMBER && /[1-9]/.test(plain.split(/[eE]/)[0] as string))
    return refuse(`${text} is too small: numbers other than 0 start at ${MIN_NUMBER}`);
  if (digitsOf(plain) !== digitsOf(printNumber(value)))
    return refuse(`${text} has more digits than can be kept exactly; 15 digits always can`);
  return { ok: true, value };
}

function refuse(message: string): NumberReading {
  return { ok: false, message };
}

/** Leading and trailing zeros, point and exponent taken away: equal for two spellings of numbers of one scale. */
function digitsOf(text: string): string {
  return (text.split(/[eE]/)[0] as string).replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
}

/** The shortest decimal text that reads back to the same double, never with an exponent: `0.00000001`. */
export function printNumber(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign, first, rest = '', exponent] = match;
  const digits = `${first}${rest}`;
  const power = Number(exponent);
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  return `${sign}${digits.padEnd(power + 1, '0')}`;
}

/** For reading, not for parsing: thousands grouped, at least `decimals` digits after the point: `61,412.50`. */
export function groupNumber(value: number, decimals = 0): string {
  const [whole = '', fraction = ''] = printNumber(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const padded = fraction.padEnd(decimals, '0');
  return padded === '' ? grouped : `${grouped}.${padded}`;
}
