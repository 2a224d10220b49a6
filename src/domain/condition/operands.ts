/**
 * Reads the parts of a single condition: signals, levels, ranges and windows. Each answers null after reporting what
 * is wrong and where.
 */
import { parseDuration, printDuration } from '../time/duration.ts';
import type { Cursor } from './cursor.ts';
import { type Token, unitOf } from './lexer.ts';
import { MAX_WINDOW_MS, MIN_WINDOW_MS } from './limits.ts';
import { printNumber } from './number-text.ts';
import { suggest } from './suggest.ts';
import type { Level, Signal, Unit } from './tree.ts';
import { BESIDE, LATER, SIGNAL_WORDS, wordsAfter } from './vocabulary.ts';

const SIGNALS = ['price', 'volume', 'change(24h)', 'abs(change(5m))'];
const A_NUMBER = 'a number such as 150 or 61600.01';
const A_WINDOW = 'a duration such as 30s, 15m, 1h or 1d';
/** Said alone, one of them: within the last hour. */
const ONE_UNIT: ReadonlySet<string> = new Set(['second', 'minute', 'hour', 'day', 'week']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/']);

/** Reports a form that the language will have, or that is said elsewhere; true where the token begins one. */
export function failLater(cursor: Cursor, token: Token, expected: readonly string[] = []): boolean {
  const isSign = token.kind === 'sign' && ARITHMETIC.has(token.text);
  const later = isSign ? 'arithmetic between signals' : token.kind === 'word' ? LATER.get(token.text) : undefined;
  if (later !== undefined) cursor.fail(token, `Not available yet: ${later}.`, expected);
  else if (token.kind === 'word' && BESIDE.has(token.text))
    cursor.fail(token, `${cursor.shown(token)} is a setting of the alert, beside its condition.`, expected);
  else return false;
  return true;
}

export function readSignal(cursor: Cursor): Signal | null {
  const token = cursor.peek();
  if (token.kind !== 'word') {
    if (failLater(cursor, token, SIGNALS)) return null;
    return cursor.fail(token, `Expected a signal, found ${cursor.shown(token)}.`, SIGNALS);
  }
  switch (token.text) {
    case 'price':
      cursor.next();
      if (cursor.isSign('(')) return cursor.fail(token, 'Not available yet: prices of other instruments.', ['price']);
      return cursor.mark({ kind: 'price' }, token);
    case 'volume':
      cursor.next();
      if (cursor.isSign('(')) return cursor.fail(token, 'Not available yet: volume over a window.', ['volume']);
      return cursor.mark({ kind: 'volume' }, token);
    case 'change': {
      cursor.next();
      if (!cursor.takeSign('('))
        return cursor.fail(token, 'Say over which time: change(24h).', ['change(24h)', 'change(5m)']);
      const windowMs = readWindow(cursor);
      if (windowMs === null || !closing(cursor)) return null;
      return cursor.mark({ kind: 'change', windowMs }, token);
    }
    case 'abs': {
      cursor.next();
      if (!cursor.takeSign('(')) return cursor.fail(cursor.peek(), 'Expected ( after abs.', ['abs(change(5m))']);
      // abs(abs(x)) is abs(x): read in a loop, so that no text can make the reading deep.
      let inside = cursor.peek();
      let open = 1;
      while (cursor.isWord('abs') && cursor.isSign('(', 1)) {
        cursor.next();
        cursor.next();
        open += 1;
        inside = cursor.peek();
      }
      if (inside.kind === 'word' && inside.text === 'abs')
        return cursor.fail(inside, 'Expected ( after abs.', ['abs(change(5m))']);
      const of = readSignal(cursor);
      if (of === null) return null;
      for (; open > 0; open--) if (!closing(cursor)) return null;
      return cursor.mark({ kind: 'abs', of }, token);
    }
    default:
      return unknownSignal(cursor, token);
  }
}

function unknownSignal(cursor: Cursor, token: Token): null {
  if (failLater(cursor, token, SIGNALS)) return null;
  const shown = cursor.shown(token);
  if (['and', 'or', 'not'].includes(token.text))
    return cursor.fail(token, `Expected a signal, found ${shown}.`, SIGNALS);
  const near = suggest(token.text, SIGNAL_WORDS);
  if (near !== undefined) return cursor.fail(token, `Unknown signal ${shown}. Did you mean "${near}"?`, [near]);
  if (/^"[A-Z][A-Z0-9_]+"$/.test(shown))
    return cursor.fail(
      token,
      `Expected a signal, found ${shown}. The instrument is chosen beside the condition; write price here.`,
      SIGNALS,
    );
  return cursor.fail(token, `Unknown signal ${shown}.`, SIGNALS);
}

function closing(cursor: Cursor): boolean {
  if (cursor.takeSign(')')) return true;
  const token = cursor.peek();
  if (!failLater(cursor, token)) cursor.fail(token, `Expected ), found ${cursor.shown(token)}.`, [')']);
  return false;
}

/** A window: `15m`, `15 minutes`, `hour`. */
export function readWindow(cursor: Cursor): number | null {
  cursor.takeWord('a', 'an', 'one');
  const token = cursor.peek();
  let ms: number | undefined;
  if (token.kind === 'duration') {
    cursor.next();
    ms = token.value;
    if (cursor.peek().kind === 'duration') return cursor.fail(cursor.peek(), 'A duration has one unit: 90m.', []);
  } else if (token.kind === 'number' && cursor.peek(1).kind === 'word') {
    const unit = unitOf(cursor.peek(1).text);
    if (unit === undefined) return cursor.fail(token, `Expected a duration, found ${cursor.shown(token)}.`, [A_WINDOW]);
    cursor.next();
    cursor.next();
    ms = parseDuration(`${token.text}${unit}`);
  } else if (token.kind === 'word' && ONE_UNIT.has(token.text)) {
    cursor.next();
    ms = parseDuration(`1${unitOf(token.text)}`);
  } else {
    if (failLater(cursor, token)) return null;
    if (token.kind === 'number' && token.problem !== undefined)
      return cursor.fail(
        token,
        `A duration is a whole number of one unit, such as 90m; found ${cursor.shown(token)}.`,
        [A_WINDOW],
      );
    const example = token.kind === 'number' ? '; add a unit, such as 15m' : '';
    return cursor.fail(token, `Expected a duration, found ${cursor.shown(token)}${example}.`, [A_WINDOW]);
  }
  if (ms === undefined || !(ms >= MIN_WINDOW_MS && ms <= MAX_WINDOW_MS))
    return cursor.fail(
      token,
      `A window lasts a whole number of units, from ${printDuration(MIN_WINDOW_MS)} to ${printDuration(MAX_WINDOW_MS)}.`,
      [A_WINDOW],
    );
  return ms;
}

/** A level: `150`, `-5%`, `$61,600.01`, `3 percent`. `phrase` is what was read before it and might have gone on. */
export function readLevel(cursor: Cursor, unit: Unit, phrase: readonly string[] = []): Level | null {
  const first = cursor.peek();
  let negative = false;
  if (cursor.isSign('-') || cursor.isSign('+')) negative = cursor.next().text === '-';
  cursor.takeSign('$');
  if (!negative && cursor.isSign('-')) {
    negative = true;
    cursor.next();
  }
  const token = cursor.peek();
  if (token.kind !== 'number') return notANumber(cursor, token, phrase.length === 0 ? [] : wordsAfter(phrase));
  if (token.problem !== undefined) return cursor.fail(token, token.problem, [A_NUMBER]);
  cursor.next();
  const percent = cursor.takeSign('%') || cursor.takeWord('percent', 'pct');
  cursor.takeSign('$');
  // Minus zero would print as 0 and then be another number.
  const value = negative && token.value !== 0 ? -token.value : token.value;
  return cursor.mark({ kind: 'number', value, unit: percent ? 'percent' : unit }, first);
}

function notANumber(cursor: Cursor, token: Token, follow: readonly string[]): null {
  const expected = [A_NUMBER, ...['above', 'below'].filter((word) => follow.includes(word))];
  if (token.kind === 'duration')
    return cursor.fail(token, `Expected a number, found the duration ${cursor.shown(token)}.`, expected);
  if (token.kind === 'word') {
    if (SIGNAL_WORDS.includes(token.text) || (LATER.has(token.text) && cursor.isSign('(', 1)))
      return cursor.fail(token, 'Not available yet: comparing a signal with a signal.', [A_NUMBER]);
    if (failLater(cursor, token)) return null;
    const near = suggest(token.text, follow);
    if (near !== undefined)
      return cursor.fail(token, `Expected a number, found ${cursor.shown(token)}. Did you mean "${near}"?`, expected);
  }
  return cursor.fail(token, `Expected a number, found ${cursor.shown(token)}.`, expected);
}

/** `90..110`, `90 to 110`, `90 and 110`. Where one end is in percent, both are. */
export function readRange(cursor: Cursor, unit: Unit): { readonly low: Level; readonly high: Level } | null {
  const low = readLevel(cursor, unit);
  if (low === null) return null;
  const token = cursor.peek();
  if (!cursor.takeSign('..') && !cursor.takeWord('to', 'and')) {
    const isDash = cursor.isSign('-') && cursor.peek(1).kind === 'number';
    const example = isDash ? `: ${printNumber(low.value)}..${cursor.peek(1).text}` : ', such as 90..110';
    return cursor.fail(token, `Expected .. and the other end of the range${example}.`, ['a range such as 90..110']);
  }
  const high = readLevel(cursor, unit);
  if (high === null) return null;
  if (low.unit === high.unit) return { low, high };
  const inPercent = (level: Level): Level => {
    const copy: Level = { ...level, unit: 'percent' };
    const span = cursor.spans.get(level);
    if (span) cursor.spans.set(copy, span);
    return copy;
  };
  return { low: inPercent(low), high: inPercent(high) };
}
