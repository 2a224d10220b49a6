/**
 * Cuts a condition's text into tokens. Knows spelling, not meaning: every character ends up in a token or in a problem,
 * and the parser always gets a list that ends with `end`. Offsets are UTF-16 units, as editors count.
 */
import { parseSymbol } from '../market/instrument.ts';
import { parseDuration } from '../time/duration.ts';
import { readNumber } from './number-text.ts';
import type { ConditionProblem } from './tree.ts';

/** `output` is what is read of an indicator: `.signal`. A `symbol` names an instrument: `price(BTC-USD)`. */
export type TokenKind = 'word' | 'number' | 'duration' | 'sign' | 'symbol' | 'output' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Words in lower case, symbols in upper case, signs in their one spelling (`>=` for `≥`), else as typed. */
  readonly text: string;
  readonly at: number;
  readonly length: number;
  /** The number, or the duration in ms; NaN where it is wrong. */
  readonly value: number;
  /** What is wrong with a number, for where one is expected. */
  readonly problem?: string;
}

/** Longest first. */
const SIGNS: readonly (readonly [string, string])[] = [
  ['...', '..'],
  ['..', '..'],
  ['…', '..'],
  ['>=', '>='],
  ['=>', '>='],
  ['≥', '>='],
  ['<=', '<='],
  ['=<', '<='],
  ['≤', '<='],
  ['!=', '!='],
  ['<>', '!='],
  ['≠', '!='],
  ['==', '='],
  ['&&', 'and'],
  ['||', 'or'],
  ['−', '-'],
  ...['>', '<', '=', '(', ')', ',', '%', '$', '+', '-', '*', '/'].map((sign) => [sign, sign] as const),
  ['&', 'and'],
  ['|', 'or'],
  ['!', 'not'],
];
const WORD_SIGNS: ReadonlySet<string> = new Set(['and', 'or', 'not']);
/** Words before a parenthesis that is no call: the condition goes on in it. */
const NOT_CALLED: ReadonlySet<string> = new Set([...WORD_SIGNS, 'then', 'above', 'below', 'over', 'under', 'crosses']);
/** A duration said alone: within the last hour. */
export const ONE_UNIT: ReadonlySet<string> = new Set(['second', 'minute', 'hour', 'day', 'week']);
/** The only argument of `high` and others; before another one it is a symbol. */
const ALONE: ReadonlySet<string> = new Set([...ONE_UNIT, 'all']);

const SPACE = /\s+/y;
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const TAIL = String.raw`(?:[eE][+-]?\d+)?[\p{L}\p{N}_]*`;
const NUMBER = new RegExp(String.raw`(?:\d[\d_]*|\.(?=\d))(?:\.(?!\.)[\d_]*|,(?=\d)[\d_]*|[\d_]+)*${TAIL}`, 'uy');
/** Between the parentheses of `sma(20, 300)` a comma parts arguments, not thousands. */
const NUMBER_IN_CALL = new RegExp(String.raw`(?:\d[\d_]*|\.(?=\d))(?:\.(?!\.)[\d_]*|[\d_]+)*${TAIL}`, 'uy');

const LAST_ARGUMENT = /\s*\)/y;
/** What may be a symbol: everything up to the end of the argument. */
const FIRST_ARGUMENT = /[^\s,()]+(?=\s*[,)])/y;
const NUMBER_OR_TIME = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+|[a-zA-Z]{1,3}|min|mins|hours?|days?|weeks?)?$/;
/** The only argument of `change`: what it is measured from. */
const MEASURED_FROM: ReadonlySet<string> = new Set([...ONE_UNIT, 'open', 'prevclose']);
/** What stands between their parentheses are signals, not arguments. */
const AROUND_SIGNALS: ReadonlySet<string> = new Set(['abs', 'average', 'avg', 'mean']);
/** Their one argument is a symbol, whatever it looks like. */
const OF_INSTRUMENT: ReadonlySet<string> = new Set(['price', 'open', 'close', 'gap']);
const OUTPUT = /\.[\p{L}%][\p{L}\p{N}_%]*/uy;

const DURATION = /^(\d+)([a-zA-Z]+)$/;
/** Spellings of the units that people type; `M` is left out: minutes, months or millions? */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  ms: ['ms', 'milliseconds'],
  s: ['s', 'S', 'sec', 'secs', 'second', 'seconds'],
  m: ['m', 'min', 'mins', 'minute', 'minutes'],
  h: ['h', 'H', 'hr', 'hrs', 'hour', 'hours'],
  d: ['d', 'D', 'day', 'days'],
  w: ['w', 'W', 'wk', 'wks', 'week', 'weeks'],
};

/** The unit that a spelling stands for, undefined where there is none. */
export function unitOf(spelling: string): string | undefined {
  return Object.entries(UNITS).find(([, spellings]) => spellings.includes(spelling))?.[0];
}

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly problems: readonly ConditionProblem[];
}

export function lex(text: string): Lexed {
  const tokens: Token[] = [];
  const problems: ConditionProblem[] = [];
  /** For each open parenthesis: does it hold arguments? */
  const calls: boolean[] = [];
  let at = 0;
  /** Where the first argument of a call begins. */
  let callAt = -1;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, raw: string, canonical: string, value = Number.NaN, problem?: string): void => {
    tokens.push({ kind, text: canonical, at, length: raw.length, value, ...(problem ? { problem } : {}) });
    at += raw.length;
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space) {
      if (callAt === at) callAt += space.length;
      at += space.length;
      continue;
    }
    const symbol = callAt === at ? symbolAt() : undefined;
    if (symbol) {
      push('symbol', symbol, symbol.toUpperCase());
      continue;
    }
    const output = endsSignal(tokens.at(-1)) ? match(OUTPUT) : undefined;
    if (output) {
      push('output', output, output.slice(1).toLowerCase());
      continue;
    }
    const word = match(WORD);
    if (word) {
      push('word', word, word.toLowerCase());
      continue;
    }
    const digits = match(calls.at(-1) ? NUMBER_IN_CALL : NUMBER);
    if (digits) {
      pushDigits(digits);
      continue;
    }
    const sign = SIGNS.find(([spelling]) => text.startsWith(spelling, at));
    if (sign) {
      if (sign[1] === '(') {
        const isCall = tokens.at(-1)?.kind === 'word' && !NOT_CALLED.has(tokens.at(-1)?.text ?? '');
        calls.push(isCall);
        if (isCall) callAt = at + sign[0].length;
      }
      if (sign[1] === ')') calls.pop();
      push(WORD_SIGNS.has(sign[1]) ? 'word' : 'sign', sign[0], sign[1]);
      continue;
    }
    const stray = String.fromCodePoint(text.codePointAt(at) as number);
    problems.push({ at, length: stray.length, message: strayMessage(stray), expected: [] });
    at += stray.length;
  }
  push('end', '', '');
  return { tokens, problems };

  function symbolAt(): string | undefined {
    const argument = match(FIRST_ARGUMENT);
    const call = tokens.at(-2)?.text ?? '';
    if (argument === undefined || AROUND_SIGNALS.has(call) || parseSymbol(argument) === undefined) return undefined;
    if (OF_INSTRUMENT.has(call)) return argument;
    if (NUMBER_OR_TIME.test(argument)) return undefined;
    LAST_ARGUMENT.lastIndex = at + argument.length;
    const alone = call.startsWith('vol') ? ONE_UNIT : call === 'change' ? MEASURED_FROM : ALONE;
    const isAlone = alone.has(argument.toLowerCase());
    return isAlone && LAST_ARGUMENT.test(text) ? undefined : argument;
  }

  function pushDigits(raw: string): void {
    const duration = DURATION.exec(raw);
    const unit = duration ? unitOf(duration[2] as string) : undefined;
    if (duration && unit) {
      push('duration', raw, raw, parseDuration(`${duration[1]}${unit}`));
      return;
    }
    const number = readNumber(raw);
    if (number.ok) push('number', raw, raw, number.value);
    else push('number', raw, raw, Number.NaN, `${number.message}.`);
  }
}

function endsSignal(last: Token | undefined): boolean {
  return last !== undefined && (last.kind === 'word' || last.text === ')');
}

function strayMessage(stray: string): string {
  if (/\p{Sc}/u.test(stray)) return `Leave "${stray}" out: levels are in the instrument's own currency.`;
  if (/["'`“”‘’]/u.test(stray)) return 'Quotation marks are not part of a condition.';
  return `"${stray}" is not part of a condition.`;
}
