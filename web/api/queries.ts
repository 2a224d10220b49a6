/** What the views read, by TanStack Query: the keys, how old an answer may be, and which failures are tried again. */

import { QueryClient, queryOptions } from '@tanstack/react-query';
import type { AlertView } from '#api/contract/alert.ts';
import type { List } from '#api/contract/scalar.ts';
import { putPrice } from '../live/prices.ts';
import { learnMarketTime } from '../words/now.ts';
import { calls } from './calls.ts';
import { ApiProblem } from './client.ts';

/** What an alert is to watch. */
export type Target = { readonly symbol: string } | { readonly watchlist: string };

const MAX_TRIES = 3;
const MINUTE_MS = 60_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (tries, error) => tries < MAX_TRIES && error instanceof ApiProblem && error.passing,
      refetchOnWindowFocus: true,
    },
  },
});

/** All of a list whose length is limited, page by page. */
async function allOf<T>(page: (cursor: string | null) => Promise<List<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const next: List<T> = await page(cursor);
    items.push(...next.items);
    cursor = next.nextCursor;
  } while (cursor !== null);
  return items;
}

export const queries = {
  session: () =>
    queryOptions({
      queryKey: ['session'],
      queryFn: async () => {
        const session = await calls.session();
        learnMarketTime(session.marketTime);
        return session;
      },
      refetchInterval: MINUTE_MS,
    }),
  instruments: (q = '') =>
    queryOptions({
      queryKey: ['instruments', q],
      queryFn: async ({ signal }) => {
        const { items } = await calls.instruments(q, { signal });
        for (const { price } of items) if (price) putPrice(price);
        return items;
      },
      refetchInterval: MINUTE_MS,
      placeholderData: (before) => before,
    }),
  instrument: (symbol: string) =>
    queryOptions({
      queryKey: ['instrument', symbol],
      queryFn: async () => {
        const instrument = await calls.instrument(symbol);
        if (instrument.price) putPrice(instrument.price);
        return instrument;
      },
      refetchInterval: MINUTE_MS,
    }),
  history: (symbol: string, interval: string, spanMs: number, now: () => number) =>
    queryOptions({
      queryKey: ['history', symbol, interval, spanMs],
      queryFn: ({ signal }) => {
        const to = now() + MINUTE_MS;
        return calls.history(
          symbol,
          { interval, from: Math.max(0, Math.floor(to - spanMs)), to, limit: 5000 },
          { signal },
        );
      },
      staleTime: 2 * MINUTE_MS,
    }),
  watchlists: () => queryOptions({ queryKey: ['watchlists'], queryFn: async () => (await calls.watchlists()).items }),
  alerts: (symbol?: string) =>
    queryOptions({
      queryKey: ['alerts', symbol ?? ''],
      queryFn: () => allOf<AlertView>((cursor) => calls.alerts({ ...(symbol ? { symbol } : {}), cursor })),
      refetchInterval: MINUTE_MS,
    }),
  alert: (id: string) => queryOptions({ queryKey: ['alert', id], queryFn: () => calls.alert(id) }),
  /** Of an alert over a watchlist. */
  members: (id: string) =>
    queryOptions({
      queryKey: ['members', id],
      queryFn: () => allOf((cursor) => calls.alertMembers(id, cursor)),
      refetchInterval: MINUTE_MS / 2,
    }),
  /** `symbol`: of an alert over a watchlist, which of its members. */
  why: (id: string, symbol: string | null = null) =>
    queryOptions({
      queryKey: ['why', id, symbol],
      queryFn: () => calls.why(id, symbol),
      refetchInterval: MINUTE_MS / 2,
    }),
  check: (target: Target | null, condition: string, session: 'regular' | 'all') =>
    queryOptions({
      queryKey: ['check', target, condition, session],
      queryFn: ({ signal }) => calls.checkCondition({ ...target, condition, session }, { signal }),
      enabled: target !== null && condition.trim() !== '',
      refetchInterval: MINUTE_MS / 4,
      gcTime: MINUTE_MS,
    }),
  trigger: (id: string) => queryOptions({ queryKey: ['trigger', id], queryFn: () => calls.trigger(id) }),
  triggers: (filter: { alertId?: string; symbol?: string; limit?: number } = {}) =>
    queryOptions({ queryKey: ['triggers', filter], queryFn: async () => (await calls.triggers(filter)).items }),
  deliveries: (triggerId?: string) =>
    queryOptions({
      queryKey: ['deliveries', triggerId ?? ''],
      queryFn: async () => (await calls.deliveries(triggerId ? { triggerId } : {})).items,
    }),
  channels: () => queryOptions({ queryKey: ['channels'], queryFn: async () => (await calls.channels()).items }),
  channelKinds: () =>
    queryOptions({
      queryKey: ['channel-kinds'],
      queryFn: async () => (await calls.channelKinds()).items,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  sources: () =>
    queryOptions({
      queryKey: ['sources'],
      queryFn: async () => (await calls.sources()).items,
      refetchInterval: 5000,
    }),
  apiKeys: () => queryOptions({ queryKey: ['api-keys'], queryFn: async () => (await calls.apiKeys()).items }),
} as const;
