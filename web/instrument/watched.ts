/** What an alert watches: its name for people, its instruments, and which of them is nearest to firing. */
import type { AlertView } from '#api/contract/alert.ts';
import type { WatchlistView } from '#api/contract/watchlist.ts';
import { priceOf } from '../live/prices.ts';
import { nearest, priceLevels } from './levels.ts';

export const nameOf = ({ symbol, watchlist }: Pick<AlertView, 'symbol' | 'watchlist'>): string =>
  symbol ?? watchlist?.name ?? '';

export function symbolsOf(alert: AlertView, lists: readonly WatchlistView[] | undefined): readonly string[] {
  if (alert.symbol !== null) return [alert.symbol];
  return lists?.find(({ id }) => id === alert.watchlist?.id)?.symbols ?? [];
}

export interface Closest {
  readonly symbol: string;
  /** How far the price has to go, in percent; infinite where that is not known. */
  readonly far: number;
}

/** Of the instruments it is armed on. Where only some members of a list are, nobody here knows which. */
export function closestOf(alert: AlertView, lists: readonly WatchlistView[] | undefined): Closest | undefined {
  const { members } = alert;
  if (members !== null && members.armed + members.arming < members.total) return undefined;
  const levels = priceLevels(alert.condition);
  const all = symbolsOf(alert, lists).map((symbol): Closest => {
    const live = priceOf(symbol);
    const distance = live ? nearest(levels, live.price) : undefined;
    return { symbol, far: distance ? Math.abs(distance.percent) : Number.POSITIVE_INFINITY };
  });
  return all.reduce<Closest | undefined>((best, one) => (best && best.far <= one.far ? best : one), undefined);
}
