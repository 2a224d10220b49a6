/**
 * The newest price of each instrument, outside React: a tick wakes only what shows that instrument. Prices move forward
 * by trade time and never back.
 */
import { useSyncExternalStore } from 'react';
import type { PriceEventView } from '#api/contract/stream.ts';
import { learnPriceTime } from '../words/now.ts';

interface LivePrice {
  readonly price: number;
  readonly at: number;
  readonly volume: number | null;
  readonly source: string;
  /** Against the price before: 1 up, -1 down, 0 the first or the same. */
  readonly direction: -1 | 0 | 1;
  /** Counts prices of this instrument, so that a view can tell a new one from a redraw. */
  readonly step: number;
}

const prices = new Map<string, LivePrice>();
const listeners = new Map<string, Set<() => void>>();

export function putPrice(event: Pick<PriceEventView, 'symbol' | 'price' | 'at' | 'volume' | 'source'>): void {
  const last = prices.get(event.symbol);
  if (last && (event.at < last.at || (event.at === last.at && event.price === last.price))) return;
  learnPriceTime(event.at);
  prices.set(event.symbol, {
    price: event.price,
    at: event.at,
    volume: event.volume,
    source: event.source,
    direction: last ? (Math.sign(event.price - last.price) as -1 | 0 | 1) : 0,
    step: (last?.step ?? 0) + 1,
  });
  for (const listener of listeners.get(event.symbol) ?? []) listener();
}

export const priceOf = (symbol: string): LivePrice | undefined => prices.get(symbol);

export function watchPrice(symbol: string, listener: () => void): () => void {
  const all = listeners.get(symbol) ?? new Set();
  listeners.set(symbol, all);
  all.add(listener);
  return () => all.delete(listener);
}

export function usePrice(symbol: string): LivePrice | undefined {
  return useSyncExternalStore(
    (listener) => watchPrice(symbol, listener),
    () => prices.get(symbol),
  );
}
