/**
 * Reads what stands between the parentheses of an indicator: an instrument's symbol first, then numbers and the size
 * of its bars in any order. What the indicator makes of them is its own matter.
 */
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { readBarSize, startsDuration } from './operands.ts';

export interface Arguments {
  readonly symbol: Token | null;
  readonly numbers: readonly Token[];
  readonly barMs: number | null;
}

/** What other programs ask for first; in capitals they are symbols. */
const SOURCES: ReadonlySet<string> = new Set(['close', 'open', 'high', 'low', 'price', 'hl2', 'hlc3', 'ohlc4']);

/** No signal has more. */
const MAX_ARGUMENTS = 8;

/** Everything after the opening parenthesis, with the closing one; null after a problem was reported. */
export function readArguments(cursor: Cursor, example: string): Arguments | null {
  const numbers: Token[] = [];
  let symbol: Token | null = null;
  let barMs: number | null = null;
  for (let count = 0; !cursor.takeSign(')'); count++) {
    if (count > 0 && !cursor.takeSign(','))
      return cursor.fail(cursor.peek(), `Expected , or ), found ${cursor.shown(cursor.peek())}.`, [',', ')']);
    const token = cursor.peek();
    if (count === MAX_ARGUMENTS) return cursor.fail(token, `Write it like ${example}.`);
    if (token.kind === 'symbol') {
      const typed = cursor.text.slice(token.at, token.at + token.length);
      if (typed !== token.text && SOURCES.has(typed.toLowerCase()))
        return cursor.fail(token, `Leave "${typed}" out: the bars' own prices are used.`);
      symbol = cursor.next();
    } else if (startsDuration(cursor)) {
      if (barMs !== null) return cursor.fail(token, `One size of bars is enough: ${example}.`);
      barMs = readBarSize(cursor);
      if (barMs === null) return null;
    } else if (token.kind === 'number') {
      if (token.problem !== undefined) return cursor.fail(token, token.problem);
      numbers.push(cursor.next());
    } else {
      return cursor.fail(
        token,
        `Expected a number or a size of bars, found ${cursor.shown(token)}; write it like ${example}.`,
      );
    }
  }
  return { symbol, numbers, barMs };
}
