/**
 * What a condition has to know of the past before it can be judged, signal by signal.
 */
import { BAR_MS, type BarSize, barSizeOf } from '../signal/bar/bar.ts';
import { makeIndicator } from '../signal/indicator/catalogue.ts';
import { leavesOf, partsOf, signalsOf } from './leaves.ts';
import { printLeaf, printSignal } from './printer.ts';
import type { Condition, Leaf, Signal } from './tree.ts';

export interface Need {
  /** Canonical text of the signal; of the whole leaf where it is a move. */
  readonly text: string;
  /** Null for the instrument of the alert. */
  readonly symbol: string | null;
  /** Closed bars, at least; null where it is single prices. */
  readonly bars: { readonly size: BarSize; readonly count: number } | null;
  /** How far back, in hours in which the market is open; null for as far as there is anything. */
  readonly historyMs: number | null;
}

/** Each once, in the order of the text; nothing for what the next price alone can tell. */
export function needsOf(condition: Condition): readonly Need[] {
  const needs = new Map<string, Need>();
  const add = (need: Need): void => {
    if (!needs.has(need.text)) needs.set(need.text, need);
  };
  for (const leaf of leavesOf(condition)) {
    for (const signal of signalsOf(leaf)) addSignal(signal, null, add);
    if (leaf.kind === 'move')
      add({ text: printLeaf(leaf), symbol: symbolOf(leaf), bars: null, historyMs: leaf.windowMs });
  }
  return [...needs.values()];
}

function symbolOf({ signal }: Extract<Leaf, { kind: 'move' }>): string | null {
  return signal.kind === 'other' ? signal.symbol : null;
}

function addSignal(signal: Signal, symbol: string | null, add: (need: Need) => void): void {
  const need = needOf(signal.kind === 'other' ? signal.of : signal);
  const of = signal.kind === 'other' ? signal.symbol : (symbolWithin(signal) ?? symbol);
  if (need === null) for (const part of partsOf(signal)) addSignal(part, of, add);
  else add({ text: printSignal(signal), symbol: of, ...need });
}

/** An average is of one instrument: that of what it goes around. */
function symbolWithin(signal: Signal): string | null {
  return signal.kind === 'average' && signal.of.kind === 'other' ? signal.of.symbol : null;
}

function needOf(signal: Signal): Pick<Need, 'bars' | 'historyMs'> | null {
  switch (signal.kind) {
    case 'change':
      return { bars: null, historyMs: signal.windowMs };
    case 'extreme':
      return { bars: null, historyMs: signal.windowMs };
    case 'day':
    case 'since':
      return closed('1d', signal.of === 'open' ? 0 : 1);
    case 'indicator':
    case 'average': {
      const { size, count } = warmUpOf(signal);
      return closed(size, count);
    }
    default:
      return null;
  }
}

/** A day whose beginning was seen is the least that even an opening price takes. */
function closed(size: BarSize, count: number): Pick<Need, 'bars' | 'historyMs'> {
  return { bars: { size, count }, historyMs: Math.max(count, 1) * BAR_MS[size] };
}

function warmUpOf(signal: Signal): { readonly size: BarSize; readonly count: number } {
  switch (signal.kind) {
    case 'indicator': {
      const size = barSizeOf(signal.barMs) ?? '1d';
      const { name, parameters, output } = signal;
      return { size, count: makeIndicator(name, parameters, output, { size, calendar: '24/7' }).warmUp };
    }
    case 'average': {
      const { size, count } = warmUpOf(signal.of);
      return { size, count: count + signal.count - 1 };
    }
    case 'other':
      return warmUpOf(signal.of);
    case 'bar-volume':
      return { size: barSizeOf(signal.barMs) ?? '1d', count: 1 };
    default:
      return { size: '1d', count: 0 };
  }
}
