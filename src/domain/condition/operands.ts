/**
 * Reads the parts of a single condition that are not signals: levels, ranges, windows and sizes of bars. Each answers
 * null after reporting what is wrong and where.
 */
import { BAR_SIZES, barSizeOf } from '../signal/bar/bar.ts';
import { parseDuration, printDuration } from '../time/duration.ts';
import type { Cursor } from './cursor.ts';
import { ONE_UNIT, type Token, unitOf } from './lexer.ts';
import { MAX_EXTREME_MS, MAX_WINDOW_MS, MIN_WINDOW_MS } from './limits.ts';
import { printNumber } from './number-text.ts';
import { RANGE, sayingAt } from './sayings.ts';
import { suggest } from './suggest.ts';
import type { Level, Unit } from './tree.ts';
import { BESIDE, SIGNAL_NAMES, SIGNAL_WORDS, wordsAfter } from './vocabulary.ts';

const A_NUMBER = 'a number such as 150 or 61600.01';
const A_WINDOW = 'a duration such as 30s, 15m, 1h or 1d';

/** Reports what is said elsewhere: a setting of the alert. True where the token begins one. */
export function failBeside(cursor: Cursor, token: Token): boolean {
  const field = token.kind === 'word' ? BESIDE.get(token.text) : undefined;
  if (field === undefined) return false;
  const message = `${cursor.shown(token)} is a setting of the alert, beside its condition: ${field}.`;
  cursor.fail(token, message, ['the end']);
  return true;
}

export function closing(cursor: Cursor): boolean {
  if (cursor.takeSign(')')) return true;
  const token = cursor.peek();
  cursor.fail(token, `Expected ), found ${cursor.shown(token)}.`, [')']);
  return false;
}

/** Does a duration stand here: `15m`, `15 minutes`, `hour`? */
export function startsDuration(cursor: Cursor): boolean {
  const token = cursor.peek();
  const next = cursor.peek(1);
  if (token.kind === 'number') return next.kind === 'word' && unitOf(next.text) !== undefined;
  return token.kind === 'duration' || (token.kind === 'word' && ONE_UNIT.has(token.text));
}

/** The size of bars: `5m`, `1d`, `1 hour`. */
export function readBarSize(cursor: Cursor): number | null {
  const token = cursor.peek();
  const ms = readWindow(cursor, MAX_EXTREME_MS);
  if (ms === null) return null;
  if (barSizeOf(ms) !== undefined) return ms;
  return cursor.fail(token, `Bars come in ${BAR_SIZES.slice(0, -1).join(', ')} and ${BAR_SIZES.at(-1)}.`, BAR_SIZES);
}

/** A window: `15m`, `15 minutes`, `hour`. */
export function readWindow(cursor: Cursor, maxMs: number = MAX_WINDOW_MS): number | null {
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
    if (failBeside(cursor, token)) return null;
    const years = /^(\d{1,2})y/i.exec(token.text)?.[1];
    if (years !== undefined) return cursor.fail(token, `A year is 52 weeks: ${52 * Number(years)}w.`, ['52w']);
    if (token.kind === 'number' && token.problem !== undefined)
      return cursor.fail(
        token,
        `A duration is a whole number of one unit, such as 90m; found ${cursor.shown(token)}.`,
        [A_WINDOW],
      );
    const example = token.kind === 'number' ? '; add a unit, such as 15m' : '';
    return cursor.fail(token, `Expected a duration, found ${cursor.shown(token)}${example}.`, [A_WINDOW]);
  }
  if (ms === undefined || !(ms >= MIN_WINDOW_MS && ms <= maxMs))
    return cursor.fail(
      token,
      `A window lasts a whole number of units, from ${printDuration(MIN_WINDOW_MS)} to ${printDuration(maxMs)}.`,
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
    if (failBeside(cursor, token)) return null;
    const near = suggest(token.text, follow) ?? suggest(token.text, SIGNAL_WORDS);
    if (near !== undefined)
      return cursor.fail(token, `Expected a number, found ${cursor.shown(token)}. Did you mean "${near}"?`, expected);
  }
  const saying = sayingAt(cursor, token);
  const hint = saying === undefined ? '' : ` ${saying}`;
  return cursor.fail(token, `Expected a number, found ${cursor.shown(token)}.${hint}`, expected);
}

/** `90..110`, `90 to 110`, `90 and 110`. Where one end is in percent, both are. */
export function readRange(cursor: Cursor, unit: Unit): { readonly low: Level; readonly high: Level } | null {
  const from = cursor.peek();
  if (from.kind === 'word' && SIGNAL_NAMES.has(from.text))
    return cursor.fail(from, 'The ends of a range are numbers; compare with each signal by itself.', [A_NUMBER]);
  const low = readLevel(cursor, unit);
  if (low === null) return null;
  const token = cursor.peek();
  if (!cursor.takeSign('..') && !cursor.takeWord('to', 'and')) {
    const isDash = cursor.isSign('-') && cursor.peek(1).kind === 'number';
    const example = isDash ? `: ${printNumber(low.value)}..${cursor.peek(1).text}` : ', such as 90..110';
    const message = cursor.isWord('of') ? RANGE : `Expected .. and the other end of the range${example}.`;
    return cursor.fail(token, message, ['a range such as 90..110']);
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
