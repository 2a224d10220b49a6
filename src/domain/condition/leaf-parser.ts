/**
 * Reads one leaf: a signal with what is said of it, or that no data comes. Answers null after reporting what is wrong.
 */
import type { Cursor } from './cursor.ts';
import { inUnitOf, readSum, startsLevel } from './expression.ts';
import { isLevel } from './leaves.ts';
import type { Token } from './lexer.ts';
import { MAX_CHANGE_MS } from './limits.ts';
import { failBeside, readLevel, readRange, readWindow } from './operands.ts';
import { sayingAt } from './sayings.ts';
import { takeSince } from './signals.ts';
import { suggest } from './suggest.ts';
import type { Comparison, Leaf, Level, Operand, Signal } from './tree.ts';
import { unitOfSignal } from './units.ts';
import { type Meaning, NEW, PHRASES_FROM, type Phrase, VERBS, wordsAfter } from './vocabulary.ts';

type Direction = Extract<Leaf, { kind: 'cross' }>['direction'];

const FLIPPED: Readonly<Record<Comparison, Comparison>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' };

export function readLeaf(cursor: Cursor): Leaf | null {
  const from = cursor.peek();
  const leaf = cursor.isWord('no') ? readNoData(cursor) : cursor.isWord('any') ? failWatchlist(cursor) : read(cursor);
  return leaf && cursor.mark(leaf, from);
}

/** `no data for 10m`. */
function readNoData(cursor: Cursor): Leaf | null {
  cursor.next();
  const token = cursor.peek();
  if (!cursor.takeWord('data', 'price', 'prices', 'tick', 'ticks', 'trade', 'trades', 'update', 'updates', 'quotes'))
    return cursor.fail(token, `Expected data, found ${cursor.shown(token)}.`, ['data']);
  const next = cursor.peek();
  if (!cursor.takeWord('for', 'in', 'within', 'since'))
    return cursor.fail(next, `Expected for and a duration, found ${cursor.shown(next)}.`, ['for 10m']);
  cursor.takeWord('the');
  cursor.takeWord('last', 'past');
  const forMs = readWindow(cursor);
  return forMs === null ? null : { kind: 'no-data', forMs };
}

/** People write `any of my coins > 5`: which instruments is said beside the condition. */
function failWatchlist(cursor: Cursor): null {
  return cursor.fail(
    cursor.peek(),
    'A condition speaks of one instrument: to watch all of a watchlist, choose it as what the alert watches, and write price > 150.',
    ['price'],
  );
}

function read(cursor: Cursor): Leaf | null {
  cursor.takeWord('the');
  const first = cursor.peek();
  const starts = phraseHere(cursor);
  if (starts !== null && first.text !== 'in')
    return cursor.fail(first, `Say what is watched: price ${cursor.shown(first).slice(1, -1)} …`, [
      'price',
      'volume',
      'change(24h)',
    ]);
  const left = readSum(cursor, null);
  if (left === null) return null;
  if (isLevel(left)) return reversed(cursor, left);
  const verb = cursor.peek();
  const found = phraseHere(cursor);
  if (found === null) return failVerb(cursor, verb);
  for (let word = 0; word < found.words.length; word++) cursor.next();
  return rest(cursor, left, found.meaning, found.words);
}

/** `150 < price` says `price > 150`. */
function reversed(cursor: Cursor, level: Level): Leaf | null {
  const token = cursor.peek();
  const op = token.text;
  if (token.kind !== 'sign' || !(op === '<' || op === '<=' || op === '>' || op === '>='))
    return failComparison(cursor, level, token);
  cursor.next();
  const from = cursor.peek();
  const signal = readSum(cursor, null);
  if (signal === null) return null;
  if (isLevel(signal)) return cursor.fail(from, 'Compare a signal with the number, not a number.', ['price']);
  return { kind: 'compare', signal, op: FLIPPED[op], to: inUnitOf(cursor, level, signal) };
}

/** A number that no comparison follows: `50 day sma`. */
function failComparison(cursor: Cursor, level: Level, token: Token): null {
  const saying = sayingAt(cursor, cursor.spans.get(level) ?? token);
  const hint = saying === undefined ? '' : ` ${saying}`;
  return cursor.fail(token, `Expected a comparison, found ${cursor.shown(token)}.${hint}`, ['<', '<=', '>', '>=']);
}

/** The longest phrase that begins here. */
function phraseHere(cursor: Cursor): Phrase | null {
  const isHere = (word: string, index: number): boolean => cursor.isWord(word, index) || cursor.isSign(word, index);
  return PHRASES_FROM.get(cursor.peek().text)?.find(({ words }) => words.every(isHere)) ?? null;
}

function failVerb(cursor: Cursor, token: Token): null {
  const expected = ['>', '>=', '<', '<=', 'crosses', 'inside', 'outside', 'enters', 'leaves', 'moves'];
  if (token.text === 'is' && startsLevel(cursor, 1) && (cursor.isSign('%', 2) || cursor.isWord('percent', 2)))
    return cursor.fail(token, 'Write a distance in percent as a factor: price < 0.95 * high(52w).', expected);
  const isEqual =
    ['=', '!=', 'equals', 'equal'].includes(token.text) || (token.text === 'is' && startsLevel(cursor, 1));
  if (isEqual)
    return cursor.fail(token, 'A price is rarely exactly equal to a number: write crosses 150 or inside 149..151.', [
      'crosses',
      'inside',
      '>=',
      '<=',
    ]);
  if (token.text === 'closes' || token.text === 'close')
    return cursor.fail(token, 'Say what it is at the close, and of which bars: price > 150 at close of 5m.', expected);
  if (failBeside(cursor, token)) return null;
  if (token.text === 'since' || token.text === 'today')
    return cursor.fail(token, 'A change since then is written change(open) or change(previous close).', expected);
  const words = cursor.isWord('is') ? wordsAfter(['is']) : VERBS;
  const wrong = cursor.isWord('is') && cursor.peek(1).kind === 'word' ? cursor.peek(1) : token;
  const near = wrong.kind === 'word' ? suggest(wrong.text, words) : undefined;
  const saying = sayingAt(cursor, wrong) ?? sayingAt(cursor, token);
  const hint = saying !== undefined ? ` ${saying}` : near === undefined ? '' : ` Did you mean "${near}"?`;
  return cursor.fail(wrong, `Expected a comparison or crossing, found ${cursor.shown(wrong)}.${hint}`, expected);
}

function rest(cursor: Cursor, signal: Signal, meaning: Meaning, words: readonly string[]): Leaf | null {
  const unit = unitOfSignal(signal);
  switch (meaning.kind) {
    case 'compare':
    case 'cross': {
      const right = readSum(cursor, words);
      if (right === null) return null;
      const to = isLevel(right) ? inUnitOf(cursor, right, signal) : right;
      return meaning.kind === 'compare'
        ? { kind: 'compare', signal, op: meaning.op, to }
        : { kind: 'cross', signal, direction: directionOf(cursor, meaning.direction, words, to), to };
    }
    case 'range': {
      const range = readRange(cursor, unit);
      return range && { kind: 'range', signal, op: meaning.op, ...range };
    }
    case 'channel': {
      const range = readRange(cursor, unit);
      return range && { kind: 'channel', signal, op: meaning.op, ...range };
    }
    case 'move': {
      const by = readLevel(cursor, unit, words);
      if (by === null) return null;
      const token = cursor.peek();
      const since = cursor.isWord('from') ? null : takeSince(cursor);
      if (since !== null) return sinceDay(cursor, signal, meaning.direction, by, since);
      if (cursor.takeWord('from')) return trail(cursor, signal, meaning.direction, by);
      if (!cursor.takeWord('in', 'within', 'over', 'inside', 'during')) {
        if (failBeside(cursor, token)) return null;
        return cursor.fail(token, `Expected in and a duration, found ${cursor.shown(token)}.`, ['in 15m', 'in 1h']);
      }
      cursor.takeWord('the');
      cursor.takeWord('last', 'past');
      const windowMs = readWindow(cursor, MAX_CHANGE_MS);
      return windowMs === null ? null : { kind: 'move', signal, direction: meaning.direction, by, windowMs };
    }
  }
}

const UPWARDS = ['upwards', 'upward', 'up'];
const DOWNWARDS = ['downwards', 'downward', 'down'];

/** Which way is said with the verb, behind the level (`crosses 150 upwards`), or by what is made new. */
function directionOf(cursor: Cursor, said: Direction, words: readonly string[], to: Operand): Direction {
  if (said !== 'either') return said;
  if (cursor.takeWord(...UPWARDS)) return 'above';
  if (cursor.takeWord(...DOWNWARDS)) return 'below';
  if (!words.join(' ').endsWith(NEW) || isLevel(to) || to.kind !== 'extreme') return said;
  return to.of === 'high' ? 'above' : 'below';
}

/** `price rises 3% since open` says `change(open) >= 3%`, and `price rises 5 since open` says `price - open >= 5`. */
function sinceDay(
  cursor: Cursor,
  signal: Signal,
  direction: 'any' | 'rise' | 'fall',
  by: Level,
  of: 'open' | 'previous close',
): Leaf | null {
  if ((signal.kind === 'other' ? signal.of : signal).kind !== 'price')
    return cursor.fail(cursor.spans.get(signal) ?? cursor.peek(), 'Only a price has changed since then.', ['price']);
  const there = (own: Signal): Signal => (signal.kind === 'other' ? { ...signal, of: own } : own);
  const change: Signal =
    by.unit === 'percent'
      ? there({ kind: 'since', of })
      : { kind: 'arithmetic', op: '-', left: signal, right: there({ kind: 'day', of }) };
  cursor.moved(signal, change);
  if (direction === 'any') return { kind: 'compare', signal: { kind: 'abs', of: change }, op: '>=', to: by };
  if (direction === 'rise') return { kind: 'compare', signal: change, op: '>=', to: by };
  // Minus zero would print as 0 and then be another number.
  const to = cursor.moved(by, { ...by, value: by.value === 0 ? 0 : -by.value });
  return { kind: 'compare', signal: change, op: '<=', to };
}

const HIGHEST = ['high', 'peak', 'top', 'highest', 'maximum', 'max'];
const LOWEST = ['low', 'bottom', 'trough', 'lowest', 'minimum', 'min'];

/** `falls 8% from high`: measured from the extreme since the alert was armed. */
function trail(cursor: Cursor, signal: Signal, direction: 'any' | 'rise' | 'fall', by: Level): Leaf | null {
  cursor.takeWord('the', 'its', 'a');
  const token = cursor.peek();
  const from = HIGHEST.includes(token.text) ? 'fall' : LOWEST.includes(token.text) ? 'rise' : null;
  if (token.kind !== 'word' || from === null) {
    const saying = sayingAt(cursor, token);
    const hint = saying === undefined ? '' : ` ${saying}`;
    return cursor.fail(token, `Expected high or low, found ${cursor.shown(token)}.${hint}`, ['high', 'low']);
  }
  if (from !== direction)
    return cursor.fail(token, 'A price falls from its high and rises from its low.', [
      direction === 'fall' ? 'high' : 'low',
    ]);
  cursor.next();
  return { kind: 'trail', signal, direction, by };
}
