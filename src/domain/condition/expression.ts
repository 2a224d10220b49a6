/**
 * Reads calculations of signals and numbers, with the usual precedence:
 *
 *   sum    := product (("+" | "-") product)*        product := factor (("*" | "/") factor)*
 *   factor := number | "(" sum ")" | signal
 *
 * A bare number beside a percentage is a percentage too.
 */
import type { Cursor } from './cursor.ts';
import { isLevel } from './leaves.ts';
import { MAX_DEPTH } from './limits.ts';
import { printNumber } from './number-text.ts';
import { closing, readLevel } from './operands.ts';
import { sayingAt } from './sayings.ts';
import { readSignal, SIGNALS, startsSignal } from './signals.ts';
import { takeSpoken } from './spoken.ts';
import type { Level, Operand, Signal } from './tree.ts';
import { unitOfSignal } from './units.ts';

type Operator = '+' | '-' | '*' | '/';

/** `phrase`: what was read before it and might have gone on; then what stands here is a number, unless it is a signal. */
export function readSum(cursor: Cursor, phrase: readonly string[] | null): Operand | null {
  return readChain(cursor, ['+', '-'], () => readChain(cursor, ['*', '/'], () => readFactor(cursor, phrase)));
}

/** The level counted in what it meets. */
export function inUnitOf(cursor: Cursor, level: Level, signal: Signal): Level {
  const unit = unitOfSignal(signal);
  if (unit === 'amount' || level.unit === unit) return level;
  return cursor.moved(level, { ...level, unit });
}

function readChain(cursor: Cursor, operators: readonly Operator[], read: () => Operand | null): Operand | null {
  const from = cursor.peek();
  let left = read();
  for (;;) {
    const op = operators.find((sign) => cursor.isSign(sign));
    if (left === null || op === undefined) return left;
    cursor.next();
    const right = read();
    if (right === null) return null;
    const result = calculated(cursor, op, left, right);
    left = result && cursor.mark(result, from);
  }
}

function calculated(cursor: Cursor, op: Operator, left: Operand, right: Operand): Signal | null {
  const place = cursor.spans.get(right) ?? cursor.peek();
  if (op === '/' && isLevel(right) && right.value === 0) return cursor.fail(place, 'Nothing can be divided by 0.');
  if (isLevel(left) && isLevel(right)) {
    const result = printNumber(Number(worked(op, left.value, right.value).toPrecision(15)));
    const both = cursor.spanFrom(cursor.spans.get(left) ?? place);
    return cursor.fail(both, `Numbers alone are not calculated here: write ${result}.`, [result]);
  }
  if (op === '*' || op === '/') return { kind: 'arithmetic', op, left, right };
  const adapt = (one: Operand, beside: Operand): Operand =>
    isLevel(one) && !isLevel(beside) ? inUnitOf(cursor, one, beside) : one;
  return { kind: 'arithmetic', op, left: adapt(left, right), right: adapt(right, left) };
}

function worked(op: Operator, a: number, b: number): number {
  return op === '+' ? a + b : op === '-' ? a - b : op === '*' ? a * b : a / b;
}

function readFactor(cursor: Cursor, phrase: readonly string[] | null): Operand | null {
  const token = cursor.peek();
  if (cursor.isSign('(')) {
    if (cursor.depth >= MAX_DEPTH) {
      cursor.fail(token, `At most ${MAX_DEPTH} levels of parentheses and not.`);
      cursor.toEnd();
      return null;
    }
    cursor.next();
    cursor.depth += 1;
    const inside = readSum(cursor, phrase);
    cursor.depth -= 1;
    return inside !== null && closing(cursor) ? inside : null;
  }
  const spoken = takeSpoken(cursor);
  if (spoken !== null) return spoken;
  if (token.kind === 'word' && (phrase === null || startsSignal(cursor))) return readWhole(cursor);
  const isNumber = token.kind === 'number' || token.kind === 'sign';
  if (phrase === null && !(isNumber && startsLevel(cursor))) {
    const saying = sayingAt(cursor, token);
    const hint = saying === undefined ? '' : ` ${saying}`;
    return cursor.fail(token, `Expected a signal, found ${cursor.shown(token)}.${hint}`, SIGNALS);
  }
  return readLevel(cursor, 'amount', phrase ?? []);
}

/** Does a number stand here, or `ahead` further? */
export function startsLevel(cursor: Cursor, from = 0): boolean {
  let ahead = from;
  while (['-', '+', '$'].some((sign) => cursor.isSign(sign, ahead))) ahead += 1;
  return cursor.peek(ahead).kind === 'number';
}

/** A signal; what `abs` and `average` go around is a calculation that is more than a number. */
function readWhole(cursor: Cursor): Signal | null {
  return readSignal(cursor, () => {
    const token = cursor.peek();
    if (cursor.depth >= MAX_DEPTH) {
      cursor.fail(token, `At most ${MAX_DEPTH} levels of parentheses and not.`);
      cursor.toEnd();
      return null;
    }
    cursor.depth += 1;
    const inside = readSum(cursor, null);
    cursor.depth -= 1;
    if (inside === null || !isLevel(inside)) return inside;
    return cursor.fail(cursor.spans.get(inside) ?? token, 'Expected a signal, found a number.', SIGNALS);
  });
}
