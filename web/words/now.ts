/**
 * The page's clock: one timer for every age on it. Market time is the server's (a recording has a time of its own); the
 * difference to this machine's clock is learnt from the server, so a wrong clock here makes no price look old.
 */
import { useSyncExternalStore } from 'react';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let offset = 0;
let shown = Date.now();

/** The server said that market time is `marketTime`. */
export function learnMarketTime(marketTime: number): void {
  offset = marketTime - Date.now();
}

/** A price from the future of our clock: market time must be at least this far. */
export function learnPriceTime(at: number): void {
  if (at > marketNow()) offset = at - Date.now();
}

export function marketNow(): number {
  return Date.now() + offset;
}

function tick(): void {
  shown = marketNow();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    shown = marketNow();
    timer = setInterval(tick, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Market time, renewed every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => shown);
}
