/**
 * Reads the text of a condition into its tree.
 *
 *   condition := all ("or" all)*            all := one ("and" one)*
 *   one       := "not" one | "(" condition ")" | leaf
 *   leaf      := signal phrase level | signal phrase range | signal phrase level "in" window
 *
 * Never throws and never guesses: a text is a tree or a list of problems, each with its place. The tree is flat (an
 * `and` holds no `and`) and without double `not`, so that one condition has one tree and one canonical text.
 */
import { Cursor, type Span } from './cursor.ts';
import { lex, type Token } from './lexer.ts';
import { MAX_DEPTH, MAX_LEAVES, MAX_PROBLEMS, MAX_TEXT_LENGTH } from './limits.ts';
import { failLater, readLevel, readRange, readSignal, readWindow } from './operands.ts';
import { suggest } from './suggest.ts';
import type { Comparison, Condition, ConditionProblem, Leaf, Signal } from './tree.ts';
import { unitOfSignal } from './units.ts';
import { type Meaning, PHRASES_FROM, type Phrase, VERBS, wordsAfter } from './vocabulary.ts';

export type ParseResult =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problems: readonly ConditionProblem[] };

/** The tree of `text`, or everything that is wrong with it. */
export function parseCondition(text: string): ParseResult {
  const result = parseWithSpans(text);
  return result.ok ? { ok: true, condition: result.condition } : result;
}

/** The same with the place in the text of every node, for checks that point at it. */
export function parseWithSpans(
  text: string,
):
  | { readonly ok: true; readonly condition: Condition; readonly spans: ReadonlyMap<object, Span> }
  | { readonly ok: false; readonly problems: readonly ConditionProblem[] } {
  if (text.length > MAX_TEXT_LENGTH) {
    const message = `A condition has at most ${MAX_TEXT_LENGTH} characters; this one has ${text.length}.`;
    const at = MAX_TEXT_LENGTH;
    return { ok: false, problems: [{ at, length: text.length - at, message, expected: [] }] };
  }
  const { tokens, problems } = lex(text);
  const cursor = new Cursor(text, tokens, problems);
  const condition = new Parser(cursor).whole();
  if (condition !== null && cursor.problems.length === 0) return { ok: true, condition, spans: cursor.spans };
  return { ok: false, problems: cursor.problems.toSorted((a, b) => a.at - b.at).slice(0, MAX_PROBLEMS) };
}

const EXAMPLES = ['price > 150', 'price crosses above 150', 'price moves 3% in 15m'];
const FLIPPED: Readonly<Record<Comparison, Comparison>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' };

class Parser {
  private readonly cursor: Cursor;
  private leaves = 0;
  private depth = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  whole(): Condition | null {
    const { cursor } = this;
    if (cursor.peek().kind === 'end') {
      if (cursor.problems.length > 0) return null;
      return cursor.fail({ at: 0, length: cursor.text.length }, 'Write a condition.', EXAMPLES);
    }
    const condition = this.any();
    const rest = cursor.peek();
    if (rest.kind !== 'end') return cursor.fail(rest, 'This ) closes nothing.', ['and', 'or', 'the end']);
    return condition;
  }

  private any(): Condition | null {
    return this.list('or', () => this.list('and', () => this.one()));
  }

  private list(kind: 'and' | 'or', read: () => Condition | null): Condition | null {
    const { cursor } = this;
    const from = cursor.peek();
    const parts = [read()];
    while (cursor.takeWord(kind)) parts.push(read());
    const good = parts.filter((part) => part !== null);
    if (good.length < parts.length) return null;
    if (good.length === 1) return good[0] as Condition;
    return cursor.mark({ kind, of: good.flatMap((part) => (part.kind === kind ? part.of : [part])) }, from);
  }

  private one(): Condition | null {
    const { cursor } = this;
    const level = cursor.open;
    const condition = this.unit();
    const token = cursor.peek();
    if (condition !== null) {
      if (token.kind === 'end' || cursor.isWord('and') || cursor.isWord('or') || cursor.isSign(')')) return condition;
      this.failRest(token);
    }
    cursor.recover(level);
    return null;
  }

  private unit(): Condition | null {
    const { cursor } = this;
    const token = cursor.peek();
    const isNot = cursor.isWord('not');
    if (!isNot && !cursor.isSign('(')) return this.leaf();
    if (this.depth >= MAX_DEPTH) {
      cursor.fail(token, `At most ${MAX_DEPTH} levels of parentheses and not.`);
      cursor.toEnd();
      return null;
    }
    cursor.next();
    this.depth += 1;
    const inside = isNot ? this.unit() : this.any();
    this.depth -= 1;
    if (isNot) {
      if (inside?.kind === 'not') return inside.of;
      return inside && cursor.mark({ kind: 'not', of: inside }, token);
    }
    if (cursor.takeSign(')')) return inside;
    if (inside !== null) cursor.fail(token, 'This ( is never closed.', [') at the end']);
    return null;
  }

  /** Something follows a condition that does not belong there. */
  private failRest(token: Token): void {
    const { cursor } = this;
    if (failLater(cursor, token)) return;
    if (token.kind === 'sign' && ['<', '<=', '>', '>='].includes(token.text)) {
      cursor.fail(token, 'One comparison at a time; for two ends write price inside 100..200.', ['and', 'or']);
      return;
    }
    const expected = ['and', 'or', 'the end'];
    if (token.kind === 'sign' && token.text === '..') {
      cursor.fail(token, 'For a range write price inside 90..110.', ['inside', 'outside']);
      return;
    }
    if (token.text === 'in' || token.text === 'within') {
      cursor.fail(token, 'Only a move has a window: price rises 5 in 1h, or price moves 3% in 15m.', expected);
      return;
    }
    if (/^"[A-Z]{3,5}"$/.test(cursor.shown(token))) {
      cursor.fail(token, `Leave ${cursor.shown(token)} out: levels are in the instrument's own currency.`, expected);
      return;
    }
    const near = token.kind === 'word' ? suggest(token.text, ['and', 'or', 'then']) : undefined;
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    const two = token.kind === 'number' ? ' Write a number without spaces: 61600.' : '';
    cursor.fail(token, `Expected and, or, or the end, found ${cursor.shown(token)}.${hint}${two}`, expected);
  }

  private leaf(): Leaf | null {
    const { cursor } = this;
    const from = cursor.peek();
    this.leaves += 1;
    if (this.leaves > MAX_LEAVES) {
      if (this.leaves === MAX_LEAVES + 1)
        cursor.fail(from, `At most ${MAX_LEAVES} conditions can be joined; make several alerts.`);
      cursor.toEnd();
      return null;
    }
    const leaf = this.isLevel() ? this.reversed() : this.forward();
    return leaf && cursor.mark(leaf, from);
  }

  /** Does a number stand here, or `ahead` further? */
  private isLevel(from = 0): boolean {
    const { cursor } = this;
    let ahead = from;
    while (['-', '+', '$'].some((sign) => cursor.isSign(sign, ahead))) ahead += 1;
    return cursor.peek(ahead).kind === 'number';
  }

  /** `150 < price` says `price > 150`. */
  private reversed(): Leaf | null {
    const { cursor } = this;
    const level = readLevel(cursor, 'amount');
    if (level === null) return null;
    const token = cursor.peek();
    const op = token.text;
    if (token.kind !== 'sign' || !(op === '<' || op === '<=' || op === '>' || op === '>='))
      return cursor.fail(token, `Expected a comparison, found ${cursor.shown(token)}.`, ['<', '<=', '>', '>=']);
    cursor.next();
    const signal = readSignal(cursor);
    if (signal === null) return null;
    const to = level.unit === 'amount' ? { ...level, unit: unitOfSignal(signal) } : level;
    const span = cursor.spans.get(level);
    if (span) cursor.spans.set(to, span);
    return { kind: 'compare', signal, op: FLIPPED[op], to };
  }

  private forward(): Leaf | null {
    const { cursor } = this;
    cursor.takeWord('the');
    const first = cursor.peek();
    const starts = this.phrase();
    if (starts !== null && first.text !== 'in')
      return cursor.fail(first, `Say what is watched: price ${cursor.shown(first).slice(1, -1)} …`, [
        'price',
        'volume',
        'change(24h)',
      ]);
    const signal = readSignal(cursor);
    if (signal === null) return null;
    const verb = cursor.peek();
    const found = this.phrase();
    if (found === null) return this.failVerb(verb);
    for (let word = 0; word < found.words.length; word++) cursor.next();
    return this.rest(signal, found.meaning, found.words);
  }

  /** The longest phrase that begins here. */
  private phrase(): Phrase | null {
    const { cursor } = this;
    const isHere = (word: string, index: number): boolean => cursor.isWord(word, index) || cursor.isSign(word, index);
    return PHRASES_FROM.get(cursor.peek().text)?.find(({ words }) => words.every(isHere)) ?? null;
  }

  private failVerb(token: Token): null {
    const { cursor } = this;
    const expected = ['>', '>=', '<', '<=', 'crosses', 'inside', 'outside', 'enters', 'leaves', 'moves'];
    const isEqual = ['=', '!=', 'equals', 'equal'].includes(token.text) || (token.text === 'is' && this.isLevel(1));
    if (isEqual)
      return cursor.fail(token, 'A price is rarely exactly equal to a number: write crosses 150 or inside 149..151.', [
        'crosses',
        'inside',
        '>=',
        '<=',
      ]);
    if (failLater(cursor, token)) return null;
    const words = cursor.isWord('is') ? wordsAfter(['is']) : VERBS;
    const wrong = cursor.isWord('is') && cursor.peek(1).kind === 'word' ? cursor.peek(1) : token;
    const near = wrong.kind === 'word' ? suggest(wrong.text, words) : undefined;
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    return cursor.fail(wrong, `Expected a comparison or crossing, found ${cursor.shown(wrong)}.${hint}`, expected);
  }

  private rest(signal: Signal, meaning: Meaning, words: readonly string[]): Leaf | null {
    const { cursor } = this;
    const unit = unitOfSignal(signal);
    switch (meaning.kind) {
      case 'compare': {
        const to = readLevel(cursor, unit, words);
        return to && { kind: 'compare', signal, op: meaning.op, to };
      }
      case 'cross': {
        const to = readLevel(cursor, unit, words);
        return to && { kind: 'cross', signal, direction: meaning.direction, to };
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
        if (!cursor.takeWord('in', 'within', 'over', 'inside', 'during')) {
          if (failLater(cursor, token)) return null;
          return cursor.fail(token, `Expected in and a duration, found ${cursor.shown(token)}.`, ['in 15m', 'in 1h']);
        }
        cursor.takeWord('the');
        cursor.takeWord('last', 'past');
        const windowMs = readWindow(cursor);
        return windowMs === null ? null : { kind: 'move', signal, direction: meaning.direction, by, windowMs };
      }
    }
  }
}
