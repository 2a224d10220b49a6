/**
 * Reads one signal: a name with what stands between its parentheses. Answers null after reporting what is wrong.
 */
import { BAR_MS } from '../signal/bar/bar.ts';
import { indicatorEntry } from '../signal/indicator/catalogue.ts';
import type { IndicatorEntry } from '../signal/indicator/entry.ts';
import { printDuration } from '../time/duration.ts';
import { readArguments } from './arguments.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { MAX_AVERAGED_BARS, MAX_CHANGE_MS, MAX_EXTREME_MS, MAX_SIGNALS } from './limits.ts';
import { closing, failBeside, readBarSize, readWindow, startsDuration } from './operands.ts';
import { sayingAt } from './sayings.ts';
import { suggest } from './suggest.ts';
import type { Signal } from './tree.ts';
import { OUTPUT_WORDS, SIGNAL_NAMES, SIGNAL_WORDS, SPOKEN_NAMES } from './vocabulary.ts';

export const SIGNALS = ['price', 'volume', 'change(24h)', 'sma(20, 1h)', 'high(52w)'];

/** Does a signal begin here, or what is meant as one? */
export function startsSignal(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token.kind !== 'word') return false;
  return SIGNAL_NAMES.has(token.text) || cursor.isSign('(', 1) || spokenName(cursor) !== undefined;
}

/** `realised volatility`, `z-score`: a name of several words that stands here. */
function spokenName(cursor: Cursor) {
  const isHere = (word: string, index: number): boolean => cursor.isWord(word, index) || cursor.isSign(word, index);
  return SPOKEN_NAMES.find(([words]) => words.every(isHere));
}

/** `readWhole` reads what `abs` and `average` go around. */
export function readSignal(cursor: Cursor, readWhole: () => Signal | null): Signal | null {
  const token = cursor.peek();
  if (token.kind !== 'word') return cursor.fail(token, `Expected a signal, found ${cursor.shown(token)}.`, SIGNALS);
  cursor.signals += 1;
  if (cursor.signals > MAX_SIGNALS) {
    if (cursor.signals === MAX_SIGNALS + 1)
      cursor.fail(token, `At most ${MAX_SIGNALS} signals fit into one condition; make several alerts.`);
    cursor.toEnd();
    return null;
  }
  const signal = readNamed(cursor, token, readWhole);
  return signal && cursor.mark(signal, token);
}

function readNamed(cursor: Cursor, token: Token, readWhole: () => Signal | null): Signal | null {
  const [words, name] = spokenName(cursor) ?? [[token.text], SIGNAL_NAMES.get(token.text)];
  // Up to the last of them, which is taken as a name of one word is.
  for (let word = 1; word < words.length; word += 1) cursor.next();
  switch (name) {
    case undefined:
      return unknownSignal(cursor, token);
    case 'price':
      cursor.next();
      return ofInstrument(cursor, { kind: 'price' });
    case 'volume':
      cursor.next();
      return readVolume(cursor);
    case 'change':
      cursor.next();
      return readChange(cursor, token);
    case 'high':
    case 'low':
      cursor.next();
      return withWindow(cursor, token, `${name}(52w)`, (windowMs) => ({ kind: 'extreme', of: name, windowMs }));
    case 'open':
    case 'gap':
      cursor.next();
      return ofInstrument(cursor, { kind: 'day', of: name });
    case 'previous close':
      cursor.next();
      if (token.text !== 'prevclose' && !cursor.takeWord('close', 'closing'))
        return cursor.fail(cursor.peek(), `Expected close, found ${cursor.shown(cursor.peek())}.`, ['previous close']);
      return ofInstrument(cursor, { kind: 'day', of: name });
    case 'abs':
      cursor.next();
      return readAbs(cursor, readWhole);
    case 'average':
      cursor.next();
      return readAverage(cursor, token, readWhole);
    default:
      cursor.next();
      return readIndicator(cursor, token, indicatorEntry(name) as IndicatorEntry);
  }
}

/** `signal`, or that of another instrument where its symbol follows between parentheses. */
function ofInstrument(cursor: Cursor, signal: Signal): Signal | null {
  if (!cursor.takeSign('(')) return signal;
  const token = cursor.peek();
  if (token.kind !== 'symbol')
    return cursor.fail(token, `Expected an instrument, found ${cursor.shown(token)}.`, [
      'an instrument such as BTC-USD',
    ]);
  cursor.next();
  return closing(cursor) ? other(cursor, signal, token) : null;
}

function other(cursor: Cursor, signal: Signal, symbol: Token | null): Signal {
  if (symbol === null) return signal;
  cursor.spans.set(signal, { at: symbol.at, length: symbol.length });
  return { kind: 'other', symbol: symbol.text, of: signal };
}

/** `volume`, `volume(5m)`, `volume(BTC-USD)`, `volume(BTC-USD, 5m)`. */
function readVolume(cursor: Cursor): Signal | null {
  if (!cursor.takeSign('(')) return { kind: 'volume' };
  const symbol = cursor.peek().kind === 'symbol' ? cursor.next() : null;
  if (symbol !== null && !cursor.takeSign(','))
    return closing(cursor) ? other(cursor, { kind: 'volume' }, symbol) : null;
  const barMs = readBarSize(cursor);
  if (barMs === null || !closing(cursor)) return null;
  return other(cursor, { kind: 'bar-volume', barMs }, symbol);
}

/** What of the trading day is named here: where a change is measured from. Null where nothing is. */
function takeDayPrice(cursor: Cursor): 'open' | 'previous close' | null {
  const isCloseOfBefore = cursor.isWord('last') || cursor.isWord('yesterday') || cursor.isWord('previous');
  if (isCloseOfBefore && (cursor.isWord('close', 1) || cursor.isWord('closing', 1))) {
    cursor.next();
    cursor.next();
    return 'previous close';
  }
  if (cursor.takeWord('prevclose', 'close')) return 'previous close';
  return cursor.takeWord('open', 'opening') ? 'open' : null;
}

/** `since open`, `today`: since the close before, as prices are quoted. Null where none is said. */
export function takeSince(cursor: Cursor): 'open' | 'previous close' | null {
  if (cursor.takeWord('today')) return 'previous close';
  if (!cursor.takeWord('since', 'from')) return null;
  cursor.takeWord('the', 'its');
  return takeDayPrice(cursor);
}

function readChange(cursor: Cursor, name: Token): Signal | null {
  const of = takeSince(cursor);
  if (of !== null) return { kind: 'since', of };
  return withWindow(cursor, name, 'change(24h)', (windowMs) => ({ kind: 'change', windowMs }));
}

function withWindow(cursor: Cursor, name: Token, example: string, make: (windowMs: number) => Signal): Signal | null {
  const isExtreme = !example.startsWith('change');
  if (!cursor.takeSign('('))
    return cursor.fail(
      name,
      `Say over which time: ${example}.`,
      isExtreme ? [example, `${name.text}(all)`] : [example, 'change(5m)'],
    );
  const symbol = cursor.peek().kind === 'symbol' ? cursor.next() : null;
  if (symbol !== null && !cursor.takeSign(','))
    return cursor.fail(symbol, `Say over which time: ${example}.`, [example]);
  let signal: Signal | null;
  const from = isExtreme ? null : takeDayPrice(cursor);
  if (from !== null) {
    signal = { kind: 'since', of: from };
  } else if (isExtreme && cursor.takeWord('all')) {
    signal = { ...(make(0) as Extract<Signal, { kind: 'extreme' }>), windowMs: null };
  } else {
    const windowMs = isExtreme ? readWindow(cursor, MAX_EXTREME_MS) : readWindow(cursor, MAX_CHANGE_MS);
    signal = windowMs === null ? null : make(windowMs);
  }
  return signal === null || !closing(cursor) ? null : other(cursor, signal, symbol);
}

function readAbs(cursor: Cursor, readWhole: () => Signal | null): Signal | null {
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
  if (cursor.isWord('abs')) return cursor.fail(inside, 'Expected ( after abs.', ['abs(change(5m))']);
  const of = readWhole();
  if (of === null) return null;
  for (; open > 0; open--) if (!closing(cursor)) return null;
  return of.kind === 'abs' ? of : { kind: 'abs', of };
}

/** `average(volume(5m), 20)`. */
function readAverage(cursor: Cursor, name: Token, readWhole: () => Signal | null): Signal | null {
  const example = 'average(volume(5m), 20)';
  if (!cursor.takeSign('(')) return cursor.fail(name, `Say of what: ${example}.`, [example]);
  const of = readWhole();
  if (of === null) return null;
  const inner = of.kind === 'other' ? of.of : of;
  if (inner.kind !== 'bar-volume' && inner.kind !== 'indicator')
    return cursor.fail(
      cursor.spans.get(of) ?? name,
      `An average is of something with bars: ${example}. For prices write sma(20, 1h).`,
      ['volume(5m)'],
    );
  const comma = cursor.peek();
  if (!cursor.takeSign(',')) return cursor.fail(comma, `Say over how many bars: ${example}.`, [', 20']);
  const token = cursor.peek();
  if (token.kind !== 'number' || startsDuration(cursor))
    return cursor.fail(token, `Expected a number of bars, found ${cursor.shown(token)}.`, ['20']);
  const count = cursor.next().value;
  if (!(Number.isInteger(count) && count >= 2 && count <= MAX_AVERAGED_BARS))
    return cursor.fail(token, `An average takes a whole number of bars from 2 to ${MAX_AVERAGED_BARS}.`, ['20']);
  return closing(cursor) ? { kind: 'average', of, count } : null;
}

/** `rsi(14, 1h)`, `macd(12, 26, 9, 1h).signal`; what is left out is as usual. */
function readIndicator(cursor: Cursor, name: Token, entry: IndicatorEntry): Signal | null {
  const example = exampleOf(entry);
  const none = { symbol: null, numbers: [], barMs: null };
  const found = cursor.takeSign('(') ? readArguments(cursor, example) : none;
  if (found === null) return null;
  const { symbol, numbers } = found;
  const count = entry.parameters.length;
  if (numbers.length > 0 && numbers.length !== count) {
    const takes = count === 0 ? 'no numbers' : count === 1 ? 'one number' : `${count} numbers`;
    return cursor.fail(numbers[count] ?? name, `${entry.name} takes ${takes}: ${example}.`);
  }
  const parameters: number[] = [];
  for (const [index, parameter] of entry.parameters.entries()) {
    const token = numbers[index];
    const { min, max, isWhole } = parameter;
    const value = token?.value ?? parameter.default;
    if (token !== undefined && !(value >= min && value <= max && (!isWhole || Number.isInteger(value)))) {
      const kind = isWhole ? 'whole number' : 'number';
      return cursor.fail(token, `${capital(parameter.meaning)}: a ${kind} from ${min} to ${max}.`, [
        String(parameter.default),
      ]);
    }
    parameters.push(value);
  }
  const output = readOutput(cursor, entry);
  if (output === undefined) return null;
  const barMs = found.barMs ?? BAR_MS[entry.bar];
  return other(cursor, { kind: 'indicator', name: entry.name, parameters, barMs, output }, symbol);
}

/** Null is the first one; undefined after a problem. */
function readOutput(cursor: Cursor, { name, outputs }: IndicatorEntry): string | null | undefined {
  const token = cursor.peek();
  if (token.kind !== 'output') return null;
  const names = outputs.map((one) => one.name);
  const said = OUTPUT_WORDS.get(token.text) ?? token.text;
  if (names.includes(said)) {
    cursor.next();
    return said === names[0] ? null : said;
  }
  const dotted = names.map((one) => `.${one}`);
  const near = suggest(token.text, names);
  const rest = near !== undefined ? `Did you mean ".${near}"?` : `It has ${dotted.join(', ')}.`;
  cursor.fail(token, `${name} has no ${cursor.shown(token)}. ${rest}`, dotted);
  return undefined;
}

function exampleOf({ name, parameters, bar }: IndicatorEntry): string {
  return `${name}(${[...parameters.map((one) => one.default), printDuration(BAR_MS[bar])].join(', ')})`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function unknownSignal(cursor: Cursor, token: Token): null {
  const shown = cursor.shown(token);
  if (failBeside(cursor, token)) return null;
  if (['and', 'or', 'not', 'then'].includes(token.text))
    return cursor.fail(token, `Expected a signal, found ${shown}.`, SIGNALS);
  if (token.text === 'close')
    return cursor.fail(token, 'Write price for the last price, or previous close.', ['price', 'previous close']);
  const near = suggest(token.text, SIGNAL_WORDS);
  if (near !== undefined) return cursor.fail(token, `Unknown signal ${shown}. Did you mean "${near}"?`, [near]);
  if (/^"[A-Z][A-Z0-9_]+"$/.test(shown))
    return cursor.fail(
      token,
      `Expected a signal, found ${shown}. The instrument is chosen beside the condition; write price here, or price(${symbolAt(cursor, token)}) for another one.`,
      SIGNALS,
    );
  const hint = sayingAt(cursor, token);
  return cursor.fail(token, `Unknown signal ${shown}.${hint === undefined ? '' : ` ${hint}`}`, SIGNALS);
}

/** The symbol that was typed without `price` around it. */
function symbolAt({ text }: Cursor, { at, length }: Token): string {
  const typed = /^[A-Z0-9^][A-Z0-9.\-^=_]{0,31}/.exec(text.slice(at))?.[0] ?? '';
  return typed.length < length ? text.slice(at, at + length) : typed;
}
