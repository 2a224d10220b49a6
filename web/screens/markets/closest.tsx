/** The alerts that are nearest to firing, by the distance of the live price to their level. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import { queries } from '../../api/queries.ts';
import { DistanceText } from '../../instrument/distance.tsx';
import { nearest, priceLevels } from '../../instrument/levels.ts';
import { priceOf } from '../../live/prices.ts';
import { Link } from '../../router/link.tsx';
import { ButtonLink } from '../../ui/button.tsx';

const SHOWN = 6;
/** Often enough to follow a market, seldom enough to read. */
const SORT_MS = 3000;

function byDistance(alerts: readonly AlertView[]): readonly AlertView[] {
  return alerts
    .filter(({ status }) => status === 'armed' || status === 'arming')
    .map((alert) => {
      const live = priceOf(alert.symbol);
      const distance = live ? nearest(priceLevels(alert.condition), live.price) : undefined;
      return { alert, far: distance ? Math.abs(distance.percent) : Number.POSITIVE_INFINITY };
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, SHOWN)
    .map(({ alert }) => alert);
}

export function Closest() {
  const { data } = useQuery(queries.alerts());
  const [, sortAgain] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => sortAgain((times) => times + 1), SORT_MS);
    return () => clearInterval(timer);
  }, []);
  const shown = byDistance(data ?? []);
  return (
    <section aria-labelledby="closest">
      <h2 id="closest" className="label-caps mb-2">
        Closest to firing
      </h2>
      {shown.length === 0 ? (
        <div className="hatch rounded-lg border border-dashed border-line p-3">
          <div className="rounded-md bg-ground p-3">
            <p className="text-ink-2">No alert is armed. Say in plain words what to watch for.</p>
            <ButtonLink to="/alerts/new" size="sm" icon="plus" className="mt-2">
              New alert
            </ButtonLink>
          </div>
        </div>
      ) : (
        <ol className="overflow-hidden rounded-lg border border-line bg-panel">
          {shown.map((alert) => (
            <li key={alert.id} className="relative border-b border-line px-3.5 py-2.5 last:border-b-0 hover:bg-sunken">
              <div className="flex items-baseline justify-between gap-3">
                <Link to={`/alerts/${alert.id}`} className="min-w-0 truncate font-[600] after:absolute after:inset-0">
                  {alert.symbol}
                </Link>
                <DistanceText alert={alert} />
              </div>
              <p className="truncate text-sm text-ink-2">{alert.condition}</p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
