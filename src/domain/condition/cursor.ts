/**
 * A place in the tokens of one text, with the problems found so far and where in the text each node of the tree came
 * from. What the parser's parts share; it decides nothing about the grammar.
 */
import type { Token } from './lexer.ts';
import type { ConditionProblem } from './tree.ts';

export interface Span {
  readonly at: number;
  readonly length: number;
}

/** A message repeats this much of a word at most. */
const MAX_SHOWN = 40;

export class Cursor {
  readonly text: string;
  readonly problems: ConditionProblem[];
  /** Where each node stands in the text; the checker points there. */
  readonly spans = new Map<object, Span>();
  private readonly tokens: readonly Token[];
  private index = 0;
  /** Parentheses opened and not yet closed up to here. */
  open = 0;
  /** Signals read so far. */
  signals = 0;
  /** Levels of parentheses, calls and `not` around here. */
  depth = 0;

  constructor(text: string, tokens: readonly Token[], problems: readonly ConditionProblem[]) {
    this.text = text;
    this.tokens = tokens;
    this.problems = [...problems];
  }

  /** The token here, or `ahead` further; past the end it is `end`. */
  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind === 'end') return token;
    this.index += 1;
    if (token.kind === 'sign' && token.text === '(') this.open += 1;
    if (token.kind === 'sign' && token.text === ')') this.open -= 1;
    return token;
  }

  isSign(sign: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'sign' && token.text === sign;
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text === word;
  }

  takeSign(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.next();
    return true;
  }

  takeWord(...words: readonly string[]): boolean {
    const token = this.peek();
    if (token.kind !== 'word' || !words.includes(token.text)) return false;
    this.next();
    return true;
  }

  /** Reports at a token; answers null, so that a parser can say `return cursor.fail(…)`. */
  fail(token: Span, message: string, expected: readonly string[] = []): null {
    this.problems.push({ at: token.at, length: token.length, message, expected });
    return null;
  }

  /** The token as it was typed, for messages: `"prise"`, or `the end`. */
  shown(token: Token): string {
    if (token.kind === 'end') return 'the end';
    const typed = this.text.slice(token.at, token.at + token.length);
    return typed.length > MAX_SHOWN ? `"${typed.slice(0, MAX_SHOWN)}…"` : `"${typed}"`;
  }

  /** Notes that `node` was read from the tokens between `from` and here. */
  mark<const T extends object>(node: T, from: Token): T {
    this.spans.set(node, this.spanFrom(from));
    return node;
  }

  /** From a token to the last one that was read. */
  spanFrom(from: Span): Span {
    const last = this.tokens[Math.max(this.index - 1, 0)] as Token;
    return { at: from.at, length: Math.max(0, last.at + last.length - from.at) };
  }

  /** Notes that `node` stands where `old` did. */
  moved<const T extends object>(old: object, node: T): T {
    const span = this.spans.get(old);
    if (span) this.spans.set(node, span);
    return node;
  }

  /**
   * Skips to where reading can go on after a mistake: `and`, `or` or `)` with as many parentheses open as `level`, or
   * the end.
   */
  recover(level: number): void {
    while (this.peek().kind !== 'end') {
      if (this.open <= level && ['and', 'or', 'then', ')'].includes(this.peek().text)) return;
      this.next();
    }
  }

  /** Gives up on the rest. */
  toEnd(): void {
    this.index = this.tokens.length - 1;
  }
}
