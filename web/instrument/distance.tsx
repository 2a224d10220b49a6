/** How far an alert is from firing, from the live price where its level is a price, else from the server's answer. */
import { useMemo } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import { usePrice } from '../live/prices.ts';
import { Icon } from '../ui/icon.tsx';
import { percent } from '../words/figures.ts';
import { isMetAt, nearest, priceLevels } from './levels.ts';

type Watched = Pick<AlertView, 'condition' | 'distance'> & { readonly symbol: string };

export function DistanceText({ alert }: { readonly alert: Watched }) {
  const live = usePrice(alert.symbol);
  const levels = useMemo(() => priceLevels(alert.condition), [alert.condition]);
  if (levels.length === 0) {
    return <span className="text-sm text-ink-2">{alert.distance?.brief ?? 'not known yet'}</span>;
  }
  const distance = live ? nearest(levels, live.price) : undefined;
  if (!live || !distance) return <span className="text-sm text-ink-3">—</span>;
  if (isMetAt(alert.condition, live.price)) {
    return <span className="text-sm font-[580] text-brass-ink">holds now</span>;
  }
  return (
    <span className="inline-flex items-center gap-0.5 text-sm font-[580] whitespace-nowrap">
      <Icon name={distance.amount >= 0 ? 'up' : 'down'} size={13} className="text-brass-ink" />
      {percent(distance.percent)} <span className="font-normal text-ink-3">&nbsp;away</span>
    </span>
  );
}

/** Far enough to read as "not soon"; the bar fills as the price comes nearer. */
const FAR_PERCENT = 5;

export function DistanceBar({ alert }: { readonly alert: Watched }) {
  const live = usePrice(alert.symbol);
  const levels = useMemo(() => priceLevels(alert.condition), [alert.condition]);
  if (levels.length === 0) return null;
  const distance = live ? nearest(levels, live.price) : undefined;
  const near = distance ? Math.max(0.03, 1 - Math.abs(distance.percent) / FAR_PERCENT) : 0;
  return (
    <div aria-hidden="true" className="h-1 w-full overflow-hidden rounded-full bg-line">
      <div
        className="h-full rounded-full bg-brass transition-[width] duration-500"
        style={{ width: `${(near * 100).toFixed(1)}%` }}
      />
    </div>
  );
}
