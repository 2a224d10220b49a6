/** How far an alert is from firing, from the live price where its level is a price, else from the server's answer. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import type { DistanceView } from '#api/contract/condition.ts';
import { queries } from '../api/queries.ts';
import { usePrice } from '../live/prices.ts';
import { Icon } from '../ui/icon.tsx';
import { percent, signedPercent, volume } from '../words/figures.ts';
import { nearest, priceLevels } from './levels.ts';

type Watched = Pick<AlertView, 'id' | 'symbol' | 'condition' | 'status'>;

/** A distance of the server in words: `at 1.20 %, fires at 5.00 %`. */
export function distanceWords(distance: DistanceView): string {
  const isChange = /change|moves|rises|falls/.test(distance.text);
  const show = isChange ? signedPercent : volume;
  return distance.value === null ? 'not known yet' : `${show(distance.value)} of ${show(distance.level)}`;
}

export function DistanceText({ alert }: { readonly alert: Watched }) {
  const live = usePrice(alert.symbol);
  const levels = useMemo(() => priceLevels(alert.condition), [alert.condition]);
  const { data: why } = useQuery({ ...queries.why(alert.id), enabled: levels.length === 0 && alert.id !== '' });
  if (levels.length === 0) {
    const [first] = why?.distances ?? [];
    return <span className="text-sm whitespace-nowrap text-ink-2">{first ? distanceWords(first) : '—'}</span>;
  }
  const distance = live ? nearest(levels, live.price) : undefined;
  if (!distance) return <span className="text-sm text-ink-3">—</span>;
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
  const distance = live && levels.length > 0 ? nearest(levels, live.price) : undefined;
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
