/**
 * The words of the language: phrases that join a signal to a level, with the ways people type them, and the names
 * of signals. Data only. The first spelling of each meaning is the one the printer writes.
 */
import { INDICATORS } from '../signal/indicator/catalogue.ts';
import type { Comparison } from './tree.ts';

export type Meaning =
  | { readonly kind: 'compare'; readonly op: Comparison }
  | { readonly kind: 'range'; readonly op: 'inside' | 'outside' }
  | { readonly kind: 'cross'; readonly direction: 'above' | 'below' | 'either' }
  | { readonly kind: 'channel'; readonly op: 'enters' | 'leaves' }
  | { readonly kind: 'move'; readonly direction: 'any' | 'rise' | 'fall' };

const each = (firsts: string, seconds: string): string[] =>
  firsts.split('|').flatMap((first) => seconds.split('|').map((second) => `${first} ${second}`));
const withIs = (phrases: string): string[] =>
  phrases.split('|').flatMap((phrase) => [phrase, `is ${phrase}`, `stays ${phrase}`]);
const withBy = (phrases: string): string[] =>
  phrases
    .split('|')
    .flatMap((phrase) => ['', ' by'].flatMap((by) => ['', ' at least'].map((least) => phrase + by + least)));

/** `makes a new 52 week high` goes over a high and under a low. */
export const NEW = 'a new';

const SPELLINGS: readonly (readonly [Meaning, readonly string[]])[] = [
  [
    { kind: 'compare', op: '>' },
    ['>', 'is >', 'exceeds', ...withIs('above|over|greater than|more than|higher than|bigger than')],
  ],
  [{ kind: 'compare', op: '>=' }, ['>=', 'is >=', ...withIs('at least|at or above|above or at|not below')]],
  [{ kind: 'compare', op: '<' }, ['<', 'is <', ...withIs('below|under|less than|lower than|smaller than')]],
  [{ kind: 'compare', op: '<=' }, ['<=', 'is <=', ...withIs('at most|at or below|below or at|not above')]],
  [{ kind: 'range', op: 'inside' }, withIs('inside|in|within|between')],
  [{ kind: 'range', op: 'outside' }, withIs('outside|outside of|not between|not inside')],
  [
    { kind: 'cross', direction: 'above' },
    [
      ...each('crosses|cross|crossing|crossed', 'above|over|up|upwards|up through|up over'),
      ...each('goes|moves|rises|climbs|jumps|gets|breaks|go|rise|climb|break|spikes', 'above|over'),
      ...each('rises|climbs|jumps|goes up|rise', 'to|through'),
    ],
  ],
  [
    { kind: 'cross', direction: 'below' },
    [
      ...each('crosses|cross|crossing|crossed', 'below|under|down|downwards|down through'),
      ...each('goes|moves|drops|falls|dips|sinks|slips|gets|breaks|go|drop|fall|dip|break', 'below|under'),
      ...each('falls|drops|dips|sinks|goes down|fall|drop', 'to|through'),
    ],
  ],
  [
    { kind: 'cross', direction: 'either' },
    [
      ...['crosses', 'cross', 'crossing', 'crossed', 'hits', 'hit', 'touches', 'reaches', 'goes through', 'passes'],
      ...each('makes|sets|hits|reaches', NEW),
    ],
  ],
  [{ kind: 'channel', op: 'enters' }, ['enters', 'enter', ...each('goes|moves|comes', 'into|inside|in')]],
  [{ kind: 'channel', op: 'leaves' }, ['leaves', 'leave', 'exits', 'exit', ...each('goes|moves', 'out of|outside')]],
  [{ kind: 'move', direction: 'any' }, withBy('moves|move|changes|moved')],
  [
    { kind: 'move', direction: 'rise' },
    withBy('rises|rise|gains|gain|climbs|jumps|increases|grows|rallies|goes up|moves up|is up|up'),
  ],
  [
    { kind: 'move', direction: 'fall' },
    withBy('falls|fall|drops|drop|loses|declines|decreases|dips|crashes|goes down|moves down|is down|down'),
  ],
];

export interface Phrase {
  readonly words: readonly string[];
  readonly meaning: Meaning;
}

/** Every phrase, longest first, so that "crosses above" is found before "crosses". */
export const PHRASES: readonly Phrase[] = SPELLINGS.flatMap(([meaning, phrases]) =>
  phrases.map((phrase) => ({ words: phrase.split(' '), meaning })),
).sort((a, b) => b.words.length - a.words.length);

/** The same by first word. */
export const PHRASES_FROM: ReadonlyMap<string, readonly Phrase[]> = Map.groupBy(
  PHRASES,
  ({ words }) => words[0] as string,
);

const isWord = (text: string): boolean => /^[a-z]/.test(text);

/** Words that a phrase can start with, canonical ones first: for "did you mean". */
export const VERBS: readonly string[] = [
  ...new Set(
    SPELLINGS.flatMap(([, phrases]) => phrases.map((phrase) => phrase.split(' ')[0] as string)).filter(isWord),
  ),
];

/** Words that may follow a phrase and make it another one: above and below after crosses. */
export function wordsAfter(words: readonly string[]): readonly string[] {
  const found = PHRASES.filter((phrase) => phrase.words.length > words.length)
    .filter((phrase) => words.every((word, index) => phrase.words[index] === word))
    .map((phrase) => phrase.words[words.length] as string);
  return [...new Set(found)].filter(isWord);
}

/** Names of signals by the words people type, each with the one the printer writes. */
export const SIGNAL_NAMES: ReadonlyMap<string, string> = new Map([
  ...['price', 'volume', 'change', 'abs', 'average', 'high', 'low', 'open', 'gap'].map((one) => [one, one] as const),
  ...INDICATORS.map(({ name }) => [name, name] as const),
  ...['previous', 'prev', 'prevclose'].map((word) => [word, 'previous close'] as const),
  ...['avg', 'mean'].map((word) => [word, 'average'] as const),
  ['vol', 'volume'],
  ['highest', 'high'],
  ['lowest', 'low'],
  ['ma', 'sma'],
  ...['bb', 'bbands', 'bollingerbands'].map((word) => [word, 'bollinger'] as const),
  ['stoch', 'stochastic'],
  ...['willr', 'williamsr'].map((word) => [word, 'williams'] as const),
  ['relvol', 'rvol'],
  ['z', 'zscore'],
]);

/** Names of several words, as people say them. */
export const SPOKEN_NAMES: readonly (readonly [words: readonly string[], name: string])[] = [
  ...['realised', 'realized'].map((word) => [[word, 'volatility'], 'volatility'] as const),
  [['relative', 'volume'], 'rvol'],
  [['volume', 'ratio'], 'rvol'],
  [['z', '-', 'score'], 'zscore'],
  [['williams', '%', 'r'], 'williams'],
  [['opening', 'gap'], 'gap'],
];

/** For "did you mean". */
export const SIGNAL_WORDS: readonly string[] = [...SIGNAL_NAMES.keys()].filter((word) => word.length > 1);

/** Other words for what is read of an indicator. */
export const OUTPUT_WORDS: ReadonlyMap<string, string> = new Map([
  ['hist', 'histogram'],
  ['macd', 'line'],
  ...['mid', 'basis', 'mean'].map((word) => [word, 'middle'] as const),
  ...['%b', 'b', 'percentb', 'pctb'].map((word) => [word, 'percent'] as const),
  ...['bandwidth', '%w'].map((word) => [word, 'width'] as const),
  ['%k', 'k'],
  ['%d', 'd'],
  ...['top', 'high'].map((word) => [word, 'upper'] as const),
  ...['bottom', 'low'].map((word) => [word, 'lower'] as const),
]);

/** Words of an alert's settings, which are not part of its condition, with the field they belong in. */
export const BESIDE: ReadonlyMap<string, string> = new Map([
  ...['once', 'repeat', 'every'].map((word) => [word, 'frequency'] as const),
  ['cooldown', 'cooldown'],
  ...['expires', 'until'].map((word) => [word, 'expiresAt'] as const),
  ['rearm', 'rearm'],
  ['remind', 'remindEvery'],
]);
