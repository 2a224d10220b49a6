/**
 * How far a condition is from firing, and in words what holds it back: "price is 61,412.50, 187.50 (0.31%) below
 * 61,600". For people; the engine decides by itself.
 */
import { printDuration } from '../time/duration.ts';
import { compares, isInside, leafTruth, type Reading, type Snapshot } from './judge.ts';
import { isLevel, numberOf, signalsOf, windowsOf } from './leaves.ts';
import { isNeverNegative } from './nature.ts';
import { groupNumber } from './number-text.ts';
import { printLeaf, printLevel, printSignal } from './printer.ts';
import type { Condition, Leaf, Signal } from './tree.ts';
import { dimensionOf, unitOfSignal } from './units.ts';
import { durationAsAdjective, durationInWords } from './wording.ts';

export interface LeafDistance {
  readonly leaf: Leaf;
  /** Canonical text of the leaf. */
  readonly text: string;
  /** The leaf's value now (for a move: the change over its window); null where it is unknown. */
  readonly now: number | null;
  /** It is as the condition needs it: true, or false under `not`. An event at rest is never so. */
  readonly isMet: boolean;
  /** How much the value has to move, in its own unit; 0 where it is met, null where it is unknown. */
  readonly absolute: number | null;
  /** The same in percent of the value now; for values in percent, in percentage points. */
  readonly percent: number | null;
  readonly words: string;
  /** In a few words, for a list: "187.50 (0.31%) below 61,600". */
  readonly brief: string;
}

export interface Distance {
  /** In the order of the text. */
  readonly leaves: readonly LeafDistance[];
  /** The leaf that decides: of an `and` the farthest, of an `or` the nearest. */
  readonly nearest: LeafDistance;
  readonly words: string;
}

/** Of a value such as an average of prices of 0.00001234, which has no digits of its own. */
const CALCULATED_DIGITS = 4;

/** `decimals`: digits after the point that a price is shown with at least. */
export function distanceOf(condition: Condition, snapshot: Snapshot, decimals = 0): Distance {
  const leaves: LeafDistance[] = [];
  const walk = (part: Condition, wanted: boolean): LeafDistance => {
    switch (part.kind) {
      case 'not':
        return walk(part.of, !wanted);
      case 'confirmed':
        return walk(part.of, wanted);
      case 'then': {
        const first = walk(part.first, wanted);
        const second = walk(part.second, wanted);
        return first.isMet ? second : first;
      }
      case 'and':
      case 'or': {
        const [first, ...rest] = part.of.map((one) => walk(one, wanted)) as [LeafDistance, ...LeafDistance[]];
        const sign = (part.kind === 'and') === wanted ? 1 : -1;
        return rest.reduce((best, one) => (sign * rank(one) > sign * rank(best) ? one : best), first);
      }
      default: {
        const distance = leafDistance(part, wanted, snapshot(part, leaves.length), decimals);
        leaves.push(distance);
        return distance;
      }
    }
  };
  const nearest = walk(condition, true);
  return { leaves, nearest, words: nearest.words };
}

/** What is met is nearest of all; unknown is farther than any distance: nothing can happen before it is known. */
function rank({ isMet, percent }: LeafDistance): number {
  return isMet ? -1 : (percent ?? Number.POSITIVE_INFINITY);
}

function leafDistance(leaf: Leaf, wanted: boolean, reading: Reading, decimals: number): LeafDistance {
  const text = printLeaf(leaf);
  const { now } = reading;
  if (now === null) {
    const unknown = { absolute: null, percent: null, words: unknownWords(leaf, reading), brief: 'not known yet' };
    return { leaf, text, now, isMet: false, ...unknown };
  }
  const isMet = leafTruth(leaf, reading) === wanted;
  if (leaf.kind === 'no-data') return silenceDistance(leaf, text, now, isMet);
  if (leaf.kind === 'move' || leaf.kind === 'trail') return moveDistance(leaf, text, now, isMet, wanted);
  if ((leaf.kind === 'compare' || leaf.kind === 'cross') && !isLevel(leaf.to))
    return signalsDistance(leaf.signal, leaf.to, leaf, text, reading, isMet);
  const edge = edgeOf(leaf, now);
  const isPercent = unitOfSignal(leaf.signal) === 'percent';
  const gap = isPercent ? Math.abs(now - edge) : exactGap(now, edge);
  const percent = isPercent || gap === 0 ? gap : now === 0 ? null : (100 * gap) / Math.abs(now);
  const figure = (value: number): string => amountOf(leaf.signal, value, decimals);
  const shown = isPercent ? `${rounded(now)}%` : figure(now);
  // Of what may be below zero a share says nothing.
  const hasShare = percent !== null && dimensionOf(leaf.signal) !== 'plain' && isNeverNegative(leaf.signal);
  const size = isPercent ? points(gap) : `${figure(gap)}${hasShare ? ` (${rounded(percent)}%)` : ''}`;
  const level = `${groupNumber(edge)}${isPercent ? '%' : ''}`;
  const place = gap === 0 ? `exactly at ${level}` : `${size} ${now < edge ? 'below' : 'above'} ${level}`;
  const words = `${signalWords(leaf.signal)} is ${shown}, ${place}${isMet ? '' : firstNote(leaf, now)}`;
  return { leaf, text, now, isMet, absolute: isMet ? 0 : gap, percent: isMet ? 0 : percent, words, brief: place };
}

/** The end of the leaf's level or range that is nearest to the value. */
function edgeOf(leaf: Extract<Leaf, { kind: 'compare' | 'cross' | 'range' | 'channel' }>, now: number): number {
  if (leaf.kind === 'compare' || leaf.kind === 'cross') return numberOf(leaf.to);
  const { low, high } = leaf;
  return Math.abs(now - low.value) <= Math.abs(now - high.value) ? low.value : high.value;
}

/** What has to happen before an event can: a crossing needs the value on the side it comes from. */
function firstNote(leaf: Leaf, now: number): string {
  if (leaf.kind === 'cross') {
    if (leaf.direction === 'above' && compares(now, '>=', numberOf(leaf.to))) return '; it has to fall below it first';
    if (leaf.direction === 'below' && compares(now, '<=', numberOf(leaf.to))) return '; it has to rise above it first';
  }
  if (leaf.kind === 'channel') {
    if (leaf.op === 'enters' && isInside(leaf, now)) return '; it has to leave the range first';
    if (leaf.op === 'leaves' && !isInside(leaf, now)) return '; it has to enter the range first';
  }
  return '';
}

/** Of two signals their difference is judged. */
function signalsDistance(
  one: Signal,
  other: Signal,
  leaf: Leaf,
  text: string,
  { now, sides = [] }: Reading,
  isMet: boolean,
): LeafDistance {
  if (now === null) throw new Error('only what is known has a distance');
  const isPercent = unitOfSignal(one) === 'percent';
  const gap = Math.abs(now);
  const size = isPercent ? points(gap) : rounded(gap);
  const place = gap === 0 ? 'exactly at' : `${size} ${now < 0 ? 'below' : 'above'}`;
  const brief = `${place} ${signalWords(other)}`;
  const [left, right] = sides.map((side) => (side === null ? '' : `${rounded(side)}${isPercent ? '%' : ''}`));
  const at = (value: string | undefined, before: string): string => (value ? `${before}${value}` : '');
  const seen = `${signalWords(one)} is ${at(left, '')}${left ? ', ' : ''}`;
  const words = `${seen}${brief}${at(right, ' at ')}${isMet ? '' : firstNote(leaf, now)}`;
  const percent = isMet ? 0 : isPercent ? gap : null;
  return { leaf, text, now, isMet, absolute: isMet ? 0 : gap, percent, words, brief };
}

function silenceDistance(
  leaf: Extract<Leaf, { kind: 'no-data' }>,
  text: string,
  now: number,
  isMet: boolean,
): LeafDistance {
  const gap = Math.abs(leaf.forMs - now);
  const since = now < 1000 ? 'just now' : `${printDuration(Math.round(now / 1000) * 1000)} ago`;
  const words = `the last price came ${since}; it counts as missing after ${printDuration(leaf.forMs)}`;
  const brief = `last price ${since}`;
  const percent = isMet ? 0 : (100 * gap) / leaf.forMs;
  return { leaf, text, now, isMet, absolute: isMet ? 0 : gap, percent, words, brief };
}

function moveDistance(
  leaf: Extract<Leaf, { kind: 'move' | 'trail' }>,
  text: string,
  now: number,
  isMet: boolean,
  wanted: boolean,
): LeafDistance {
  const toward = leaf.direction === 'rise' ? now : leaf.direction === 'fall' ? -now : Math.abs(now);
  const gap = Math.abs(leaf.by.value - toward);
  const isPercent = leaf.by.unit === 'percent';
  const shown = (value: number): string => (isPercent ? `${rounded(value)}%` : rounded(value));
  const aim = { any: 'moving', rise: 'rising', fall: 'falling' }[leaf.direction];
  const away = isPercent ? points(gap) : rounded(gap);
  const rest = toward >= leaf.by.value ? 'which is at least' : `${away} short of ${aim}`;
  const extreme = `its ${leaf.direction === 'fall' ? 'high' : 'low'} since the alert was armed`;
  const moved = `${now < 0 ? 'fell' : 'rose'} ${shown(Math.abs(now))}`;
  const happened =
    leaf.kind === 'trail'
      ? now === 0
        ? `is at ${extreme}`
        : `${moved} from ${extreme}`
      : `${now === 0 ? 'did not move' : moved} within ${durationInWords(leaf.windowMs)}`;
  const brief = `${rest} ${printLevel(leaf.by)}`;
  const words = `${signalWords(leaf.signal)} ${happened}, ${brief}`;
  const absolute = isMet ? 0 : gap;
  // An amount has no percent without the price it is an amount of; half a move done is 50 % away from it.
  const percent = isMet ? 0 : isPercent ? gap : wanted && leaf.by.value > 0 ? (100 * gap) / leaf.by.value : null;
  return { leaf, text, now, isMet, absolute, percent, words, brief };
}

function unknownWords(leaf: Leaf, { sides = [] }: Reading): string {
  if (leaf.kind === 'no-data') return 'no price has been seen yet';
  const [window] = windowsOf(leaf).toReversed();
  if (window !== undefined) return `the change over ${durationInWords(window)} is not known yet`;
  const [signal, other] = signalsOf(leaf);
  if (other === undefined && (leaf.signal.kind === 'price' || leaf.signal.kind === 'volume'))
    return `no ${leaf.signal.kind} has been seen yet`;
  const both = [signal, other].filter((one) => one !== undefined);
  const unknown = both.filter((_, index) => (sides[index] ?? null) === null);
  return `${(unknown.length === 0 ? both : unknown).map(signalWords).join(' or ')} is not known yet`;
}

function signalWords(signal: Signal): string {
  if (signal.kind === 'abs') return `${signalWords(signal.of)}, up or down,`;
  if (signal.kind === 'since') return `the change since the ${signal.of}`;
  return signal.kind === 'change' ? `the ${durationAsAdjective(signal.windowMs)} change` : printSignal(signal);
}

/** The difference of two decimals without the dust of binary fractions: 0.3 - 0.1 is 0.2. */
function exactGap(a: number, b: number): number {
  const digits = Math.max(decimalsOf(a), decimalsOf(b));
  return Number(Math.abs(a - b).toFixed(Math.min(digits, 100)));
}

function decimalsOf(value: number): number {
  return (groupNumber(value).split('.')[1] ?? '').length;
}

/** What was quoted is shown as it is, to the digits of the instrument; what was calculated, to some that say enough. */
function amountOf(signal: Signal, value: number, decimals: number): string {
  if (signal.kind === 'volume') return groupNumber(value);
  if (signal.kind === 'price') return groupNumber(value, decimals);
  const digits = Math.max(CALCULATED_DIGITS, Math.trunc(Math.abs(value)).toString().length + 2);
  return groupNumber(Number(value.toPrecision(Math.min(digits, 100))));
}

function points(value: number): string {
  const size = rounded(value);
  return `${size} ${size === '1' ? 'point' : 'points'}`;
}

/** Two digits after the point; as many as it takes to show that something is not nothing. */
function rounded(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 0.005) return groupNumber(Number(value.toFixed(2)));
  return groupNumber(Number(value.toPrecision(1)));
}
