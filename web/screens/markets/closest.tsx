/** The alerts that are nearest to firing, by the distance of the live price to their level. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import type { WatchlistView } from '#api/contract/watchlist.ts';
import { queries } from '../../api/queries.ts';
import { DistanceText } from '../../instrument/distance.tsx';
import { type Closest, closestOf } from '../../instrument/watched.ts';
import { Link } from '../../router/link.tsx';
import { ButtonLink } from '../../ui/button.tsx';

const SHOWN = 6;
/** Often enough to follow a market, seldom enough to read. */
const SORT_MS = 3000;

interface Shown extends Closest {
  readonly alert: AlertView;
}

function byDistance(alerts: readonly AlertView[], lists: readonly WatchlistView[] | undefined): readonly Shown[] {
  return alerts
    .filter(({ status }) => status === 'armed' || status === 'arming')
    .flatMap((alert) => {
      const closest = closestOf(alert, lists);
      return closest ? [{ alert, ...closest }] : [];
    })
    .sort((a, b) => (a.far === b.far ? 0 : a.far - b.far))
    .slice(0, SHOWN);
}

export function ClosestAlerts() {
  const { data } = useQuery(queries.alerts());
  const [, sortAgain] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => sortAgain((times) => times + 1), SORT_MS);
    return () => clearInterval(timer);
  }, []);
  const { data: lists } = useQuery(queries.watchlists());
  const shown = byDistance(data ?? [], lists);
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
          {shown.map(({ alert, symbol }) => (
            <li key={alert.id} className="relative border-b border-line px-3.5 py-2.5 last:border-b-0 hover:bg-sunken">
              <div className="flex items-baseline justify-between gap-3">
                <Link to={`/alerts/${alert.id}`} className="min-w-0 truncate font-[600] after:absolute after:inset-0">
                  {symbol}
                  {alert.watchlist && <span className="font-normal text-ink-3"> · {alert.watchlist.name}</span>}
                </Link>
                <DistanceText alert={{ ...alert, symbol }} />
              </div>
              <p className="truncate text-sm text-ink-2">{alert.condition}</p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
