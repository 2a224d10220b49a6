/**
 * Reads what may follow a whole condition: `for 30s`, `for 3 ticks`, `at close of 5m`.
 */
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { MAX_CONFIRMING_TICKS } from './limits.ts';
import { readBarSize, readWindow, startsDuration } from './operands.ts';
import { sayingAt } from './sayings.ts';
import type { Confirmation } from './tree.ts';

const EXAMPLES = ['at close of 5m', 'at close of 1h'];

export function startsConfirmation(cursor: Cursor): boolean {
  return cursor.isWord('for') || cursor.isWord('at') || cursor.isWord('on');
}

/** Null after a problem was reported. */
export function readConfirmation(cursor: Cursor): Confirmation | null {
  const from = cursor.peek();
  const found = cursor.takeWord('for') ? readHold(cursor) : readClose(cursor);
  return found && cursor.mark(found, from);
}

function readHold(cursor: Cursor): Confirmation | null {
  if (cursor.isWord('at') && cursor.isWord('least', 1)) {
    cursor.next();
    cursor.next();
  }
  const token = cursor.peek();
  if (token.kind !== 'number' || startsDuration(cursor)) {
    const ms = readWindow(cursor);
    return ms === null ? null : { kind: 'time', ms };
  }
  cursor.next();
  if (!cursor.takeWord('ticks', 'tick', 'prices', 'trades', 'updates')) return failCount(cursor, token);
  if (cursor.takeWord('in')) {
    cursor.takeWord('a');
    cursor.takeWord('row');
  }
  const count = token.value;
  if (Number.isInteger(count) && count >= 2 && count <= MAX_CONFIRMING_TICKS) return { kind: 'ticks', count };
  return cursor.fail(token, `A whole number of ticks from 2 to ${MAX_CONFIRMING_TICKS} confirms.`, ['3']);
}

function failCount(cursor: Cursor, token: Token): null {
  const counts = cursor.isWord('bars') || cursor.isWord('candles') || cursor.isWord('closes');
  const hint = counts ? ' Bars are not counted: write a time, or at close of 5m.' : '';
  const message = `Expected ticks or a unit of time after ${cursor.shown(token)}.${hint}`;
  return cursor.fail(token, message, ['30s', '3 ticks']);
}

function readClose(cursor: Cursor): Confirmation | null {
  const from = cursor.next();
  cursor.takeWord('the', 'each', 'every');
  if (!cursor.takeWord('close', 'closing', 'closes', 'end'))
    return cursor.fail(
      from,
      sayingAt(cursor, from) ?? `Expected at close of 5m, found ${cursor.shown(from)}.`,
      EXAMPLES,
    );
  if (!cursor.takeWord('of', 'on'))
    return cursor.fail(cursor.spanFrom(from), 'Say of which bars: at close of 5m.', EXAMPLES);
  cursor.takeWord('the', 'each', 'every', 'a', 'an');
  const barMs = readBarSize(cursor);
  if (barMs === null) return null;
  cursor.takeWord('bar', 'bars', 'candle', 'candles');
  return { kind: 'close', barMs };
}
