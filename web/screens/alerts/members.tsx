/** The members of an alert over a watchlist: in which state each is, and how far from firing. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertView, AlertMemberView as Member } from '#api/contract/alert.ts';
import { queries } from '../../api/queries.ts';
import { CoverageDot } from '../../instrument/coverage.tsx';
import { useInstrument } from '../../instrument/decimals.ts';
import { DistanceText } from '../../instrument/distance.tsx';
import { nearest, priceLevels } from '../../instrument/levels.ts';
import { PriceText } from '../../instrument/price-text.tsx';
import { priceOf } from '../../live/prices.ts';
import { Link } from '../../router/link.tsx';
import { Button } from '../../ui/button.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { ago } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { ALERT_STATUS } from '../../words/status.ts';

const HEAD = 'label-caps px-3 py-2 font-[600] whitespace-nowrap';
/** Rows drawn at a time: each asks for what it shows. */
const SHOWN = 100;
/** Those that can fire come first. */
const FIRST: readonly Member['status'][] = ['armed', 'arming', 'cooling', 'paused', 'done', 'expired'];

export function Members({ alert, chosen }: { readonly alert: AlertView; readonly chosen: string | null }) {
  const { data, error, refetch } = useQuery(queries.members(alert.id));
  const [shown, setShown] = useState(SHOWN);
  if (!data) {
    return error ? (
      <Failed what="The members" error={error} retry={() => void refetch()} />
    ) : (
      <Loading what="the members" />
    );
  }
  if (data.length === 0) {
    return (
      <Empty icon="list" title="The watchlist is empty">
        Whatever you put into it is watched from then on.
      </Empty>
    );
  }
  const sorted = inOrder(data, alert.condition);
  return (
    <section aria-labelledby="members" className="space-y-3">
      <h2 id="members" className="label-caps">
        Its members · {data.length}
      </h2>
      <div className="@container overflow-hidden rounded-lg border border-line bg-panel">
        <table className="w-full border-collapse">
          <caption className="sr-only">Each member of the watchlist, with its state</caption>
          <thead className="border-b border-line bg-sunken">
            <tr>
              <th scope="col" className={`${HEAD} w-full pl-4 text-left`}>
                Instrument
              </th>
              <th scope="col" className={`${HEAD} text-left`}>
                State
              </th>
              <th scope="col" className={`${HEAD} hidden text-right @min-[32rem]:table-cell`}>
                Price
              </th>
              <th scope="col" className={`${HEAD} pr-4 text-right`}>
                To go
              </th>
              <th scope="col" className={`${HEAD} hidden pr-4 text-right @min-[44rem]:table-cell`}>
                Fired
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, shown).map((member) => (
              <Row key={member.symbol} alert={alert} member={member} isChosen={member.symbol === chosen} />
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > shown && (
        <Button onClick={() => setShown(shown + SHOWN)}>
          Show {Math.min(SHOWN, sorted.length - shown)} more of {sorted.length}
        </Button>
      )}
    </section>
  );
}

/** By state, then the nearest first. */
function inOrder(members: readonly Member[], condition: string): readonly Member[] {
  const levels = priceLevels(condition);
  const far = ({ symbol, distance }: Member): number => {
    const live = priceOf(symbol);
    const near = live ? nearest(levels, live.price) : undefined;
    return Math.abs(near?.percent ?? distance?.percent ?? Number.POSITIVE_INFINITY);
  };
  return members
    .map((member) => ({ member, group: FIRST.indexOf(member.status), far: far(member) }))
    .sort((a, b) => a.group - b.group || (a.far === b.far ? 0 : a.far - b.far))
    .map(({ member }) => member);
}

function Row({
  alert,
  member,
  isChosen,
}: {
  readonly alert: AlertView;
  readonly member: Member;
  readonly isChosen: boolean;
}) {
  const { symbol, status, coverage, lastTriggeredAt } = member;
  const instrument = useInstrument(symbol);
  const now = useNow();
  const { tone, name, more } = ALERT_STATUS[status];
  const isWatched = status === 'armed' || status === 'arming' || status === 'cooling';
  return (
    <tr
      aria-current={isChosen || undefined}
      className="relative border-b border-line transition-colors last:border-b-0 hover:bg-sunken aria-[current]:bg-brass-wash has-[a:focus-visible]:bg-sunken"
    >
      <th scope="row" className="max-w-0 min-w-36 py-2 pr-3 pl-4 text-left font-normal">
        <span className="flex items-center gap-3">
          <CoverageDot coverage={coverage} />
          <span className="min-w-0">
            <Link
              to={`/alerts/${alert.id}?member=${encodeURIComponent(symbol)}`}
              aria-label={`${symbol}: why it has not fired`}
              className="block truncate font-[620] after:absolute after:inset-0"
            >
              {symbol}
            </Link>
            <span className="block truncate text-sm text-ink-3">{instrument?.name}</span>
          </span>
        </span>
      </th>
      <td className="px-3 py-2">
        <Pill tone={tone} name={name} more={more} />
      </td>
      <td className="hidden px-3 py-2 text-right font-[560] @min-[32rem]:table-cell">
        <PriceText symbol={symbol} decimals={instrument?.decimals ?? 2} />
      </td>
      <td className="py-2 pr-4 pl-3 text-right">
        {isWatched && <DistanceText alert={{ symbol, condition: alert.condition, distance: member.distance }} />}
      </td>
      <td className="hidden py-2 pr-4 pl-3 text-right text-sm whitespace-nowrap text-ink-2 @min-[44rem]:table-cell">
        {lastTriggeredAt === null ? '—' : ago(lastTriggeredAt, now)}
      </td>
    </tr>
  );
}
