/**
 * Reads the text of a condition into its tree.
 *
 *   condition := sequence confirmation?     sequence := any ("then" any "within" window)*
 *   any       := all ("or" all)*            all      := one ("and" one)*
 *   one       := "not" one | "(" sequence ")" | leaf
 *
 * Never throws and never guesses: a text is a tree or a list of problems, each with its place. The tree is flat (an
 * `and` holds no `and`) and without double `not`, so that one condition has one tree and one canonical text.
 */
import { readConfirmation, startsConfirmation } from './confirmation.ts';
import { Cursor, type Span } from './cursor.ts';
import { readLeaf } from './leaf-parser.ts';
import { lex, type Token } from './lexer.ts';
import { MAX_DEPTH, MAX_LEAVES, MAX_PROBLEMS, MAX_TEXT_LENGTH } from './limits.ts';
import { failBeside, readWindow } from './operands.ts';
import { sayingAt } from './sayings.ts';
import { suggest } from './suggest.ts';
import type { Condition, ConditionProblem, Leaf } from './tree.ts';
import { PHRASES_FROM, SIGNAL_NAMES } from './vocabulary.ts';

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
const COMPARING: ReadonlySet<string> = new Set([
  '>',
  '>=',
  '<',
  '<=',
  '=',
  '!=',
  'and',
  'or',
  'not',
  'then',
  'no',
  'any',
]);

/** `Alert me when …`, as the sentence under the text begins. */
function takeOpening(cursor: Cursor): void {
  const hasMe = cursor.isWord('me', 1) || cursor.isWord('you', 1);
  const when = hasMe ? 2 : 0;
  if (!cursor.isWord('when', when) && !cursor.isWord('if', when)) return;
  for (let word = 0; word <= when; word += 1) cursor.next();
}

class Parser {
  private readonly cursor: Cursor;
  private leaves = 0;
  /** Sequences whose second part is being read: a `within` belongs to the innermost. */
  private sequences = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  whole(): Condition | null {
    const { cursor } = this;
    if (cursor.peek().kind === 'end') {
      if (cursor.problems.length > 0) return null;
      return cursor.fail({ at: 0, length: cursor.text.length }, 'Write a condition.', EXAMPLES);
    }
    takeOpening(cursor);
    const from = cursor.peek();
    let condition = this.sequence();
    const suffix = cursor.peek();
    if (startsConfirmation(cursor)) {
      const by = readConfirmation(cursor);
      if (by === null) return null;
      const isLast = cursor.peek().kind === 'end';
      if (!isLast && startsConfirmation(cursor)) return cursor.fail(cursor.peek(), 'One confirmation is enough.');
      if (!isLast && ['and', 'or', 'then'].includes(cursor.peek().text)) return this.failSuffix(suffix);
      if (condition !== null) condition = cursor.mark({ kind: 'confirmed', of: condition, by }, from);
    }
    const rest = cursor.peek();
    if (rest.kind === 'end') return condition;
    if (cursor.isSign(')')) return cursor.fail(rest, 'This ) closes nothing.', ['and', 'or', 'the end']);
    if (condition !== null) this.failRest(rest);
    return null;
  }

  private failSuffix(token: Token): null {
    const message = 'A confirmation is said once, at the end, and means the whole condition.';
    return this.cursor.fail(token, message, ['and', 'or', 'the end']);
  }

  private sequence(): Condition | null {
    const { cursor } = this;
    const from = cursor.peek();
    let left = this.any();
    while (cursor.isWord('then') || this.isAndThen()) {
      cursor.takeWord('and');
      cursor.next();
      this.sequences += 1;
      const second = this.any();
      this.sequences -= 1;
      const withinMs = this.within(second);
      if (left === null || second === null || withinMs === null) left = null;
      else left = cursor.mark({ kind: 'then', first: left, second, withinMs }, from);
    }
    return left;
  }

  /** How soon the second part of a sequence has to follow. */
  private within(second: Condition | null): number | null {
    const { cursor } = this;
    if (cursor.takeWord('within', 'in')) return readWindow(cursor);
    const here = { at: cursor.peek().at, length: 0 };
    if (second !== null) cursor.fail(here, 'Say how soon after: A then B within 30m.', ['within 30m']);
    return null;
  }

  private isAndThen(): boolean {
    return this.cursor.isWord('and') && this.cursor.isWord('then', 1);
  }

  private any(): Condition | null {
    return this.list('or', () => this.list('and', () => this.one()));
  }

  private list(kind: 'and' | 'or', read: () => Condition | null): Condition | null {
    const { cursor } = this;
    const from = cursor.peek();
    const parts = [read()];
    while (!this.isAndThen() && cursor.takeWord(kind)) parts.push(read());
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
      const goesOn = ['and', 'or', 'then', ')'].includes(token.text) || startsConfirmation(cursor);
      const isTimed = this.sequences > 0 && (cursor.isWord('within') || cursor.isWord('in'));
      if (token.kind === 'end' || goesOn || isTimed) return condition;
      this.failRest(token);
    }
    cursor.recover(level);
    return null;
  }

  private unit(): Condition | null {
    const { cursor } = this;
    const token = cursor.peek();
    const isNot = cursor.isWord('not');
    if (!isNot && !(cursor.isSign('(') && this.isGroup())) return this.leaf();
    if (cursor.depth >= MAX_DEPTH) {
      cursor.fail(token, `At most ${MAX_DEPTH} levels of parentheses and not.`);
      cursor.toEnd();
      return null;
    }
    cursor.next();
    cursor.depth += 1;
    const inside = isNot ? this.unit() : this.grouped();
    cursor.depth -= 1;
    if (isNot) {
      if (inside?.kind === 'not') return inside.of;
      return inside && cursor.mark({ kind: 'not', of: inside }, token);
    }
    if (cursor.takeSign(')')) return inside;
    if (inside === null) return null;
    if (startsConfirmation(cursor)) return this.failSuffix(cursor.peek());
    return cursor.fail(token, 'This ( is never closed.', [') at the end']);
  }

  private grouped(): Condition | null {
    const { sequences } = this;
    this.sequences = 0;
    const inside = this.sequence();
    this.sequences = sequences;
    return inside;
  }

  /** Does this parenthesis hold a condition, and not a calculation? */
  private isGroup(): boolean {
    const { cursor } = this;
    let open = 0;
    for (let ahead = 0; cursor.peek(ahead).kind !== 'end'; ahead++) {
      const { kind, text } = cursor.peek(ahead);
      if (text === '(') open += 1;
      else if (text === ')' && --open === 0) return ahead === 1;
      if (COMPARING.has(text)) return true;
      if (kind === 'word' && PHRASES_FROM.has(text) && !SIGNAL_NAMES.has(text)) return true;
    }
    return true;
  }

  /** Something follows a condition that does not belong there. */
  private failRest(token: Token): void {
    const { cursor } = this;
    if (failBeside(cursor, token)) return;
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
    const near = token.kind === 'word' ? suggest(token.text, ['and', 'or', 'then', 'for']) : undefined;
    const two = token.kind === 'number' ? 'Write a number without spaces: 61600.' : undefined;
    const hint = sayingAt(cursor, token) ?? (near === undefined ? two : `Did you mean "${near}"?`);
    cursor.fail(
      token,
      `Expected and, or, or the end, found ${cursor.shown(token)}.${hint === undefined ? '' : ` ${hint}`}`,
      expected,
    );
  }

  private leaf(): Leaf | null {
    const { cursor } = this;
    this.leaves += 1;
    if (this.leaves > MAX_LEAVES) {
      if (this.leaves === MAX_LEAVES + 1)
        cursor.fail(cursor.peek(), `At most ${MAX_LEAVES} conditions can be joined; make several alerts.`);
      cursor.toEnd();
      return null;
    }
    return readLeaf(cursor);
  }
}
