/**
 * Signals as people say them rather than call them: `52 week high`, `all-time low`.
 */
import { parseDuration } from '../time/duration.ts';
import type { Cursor } from './cursor.ts';
import { unitOf } from './lexer.ts';
import { MAX_EXTREME_MS, MIN_WINDOW_MS } from './limits.ts';
import type { Signal } from './tree.ts';

/** The signal that is said here, with its words taken; null where none is. */
export function takeSpoken(cursor: Cursor): Signal | null {
  const from = cursor.peek();
  const found = spokenTime(cursor);
  if (found === null) return null;
  const of = cursor.isWord('high', found.words) ? 'high' : cursor.isWord('low', found.words) ? 'low' : null;
  if (of === null || cursor.isSign('(', found.words + 1)) return null;
  for (let word = 0; word <= found.words; word++) cursor.next();
  cursor.signals += 1;
  return cursor.mark({ kind: 'extreme', of, windowMs: found.windowMs }, from);
}

/** `52w`, `52 week`, `52-week`, `all time`, `all-time`: how long, and in how many tokens. */
function spokenTime(cursor: Cursor): { readonly windowMs: number | null; readonly words: number } | null {
  const token = cursor.peek();
  const dash = cursor.isSign('-', 1) ? 1 : 0;
  if (cursor.isWord('all')) return cursor.isWord('time', 1 + dash) ? { windowMs: null, words: 2 + dash } : null;
  const unit = token.kind === 'number' ? unitOf(cursor.peek(1 + dash).text) : undefined;
  const isWhole = token.kind === 'duration';
  const windowMs = isWhole ? token.value : unit === undefined ? undefined : parseDuration(`${token.text}${unit}`);
  if (windowMs === undefined || !(windowMs >= MIN_WINDOW_MS && windowMs <= MAX_EXTREME_MS)) return null;
  return { windowMs, words: isWhole ? 1 : 2 + dash };
}
