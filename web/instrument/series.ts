/**
 * The recent course of an instrument for a small drawing: a day where history reaches that far, else the last two hours,
 * else ten minutes. The live price is its last point.
 */
import { useQuery } from '@tanstack/react-query';
import type { CandleView } from '#api/contract/price.ts';
import { calls } from '../api/calls.ts';
import { usePrice } from '../live/prices.ts';
import { marketNow } from '../words/now.ts';

const HOUR_MS = 3_600_000;
const RANGES = [
  { interval: '15m', spanMs: 24 * HOUR_MS, name: '24 h' },
  { interval: '1m', spanMs: 2 * HOUR_MS, name: '2 h' },
  { interval: '5s', spanMs: HOUR_MS / 6, name: '10 min' },
] as const;
/** Fewer points make no line worth drawing. */
const ENOUGH = 12;
/** The course of a day changes little in this time, and the live price is added anyway. */
const FRESH_MS = 5 * 60_000;

interface Course {
  readonly closes: readonly number[];
  /** The live price, or the last of the history where none came yet. */
  readonly last: number;
  readonly low: number;
  readonly high: number;
  readonly percent: number;
  readonly rangeName: string;
}

async function fetchCandles(symbol: string, signal: AbortSignal) {
  const now = marketNow();
  let best: { items: readonly CandleView[]; name: string } = { items: [], name: '' };
  for (const { interval, spanMs, name } of RANGES) {
    const { items } = await calls.history(
      symbol,
      { interval, from: Math.max(0, Math.floor(now - spanMs)), limit: 300 },
      { signal },
    );
    if (items.length > best.items.length) best = { items, name };
    if (best.items.length >= ENOUGH) break;
  }
  return best;
}

export function useCourse(symbol: string, enabled = true): Course | undefined {
  const live = usePrice(symbol);
  const { data } = useQuery({
    queryKey: ['course', symbol],
    queryFn: ({ signal }) => fetchCandles(symbol, signal),
    staleTime: FRESH_MS,
    refetchInterval: FRESH_MS,
    enabled,
  });
  const [first] = data?.items ?? [];
  if (!data || !first || data.items.length < 2) return undefined;
  const last = live?.price ?? (data.items.at(-1) as CandleView).close;
  return {
    closes: [...data.items.map(({ close }) => close), last],
    last,
    low: Math.min(last, ...data.items.map(({ low }) => low)),
    high: Math.max(last, ...data.items.map(({ high }) => high)),
    percent: 100 * (last / first.open - 1),
    rangeName: data.name,
  };
}
