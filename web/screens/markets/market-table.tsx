/** The list of instruments as a table; what does not fit on a narrow screen is left out, never squeezed. */
import { useQuery } from '@tanstack/react-query';
import { memo } from 'react';
import type { InstrumentView } from '#api/contract/instrument.ts';
import { queries } from '../../api/queries.ts';
import { CoverageDot, useCoverage } from '../../instrument/coverage.tsx';
import { Age, Change, PriceText } from '../../instrument/price-text.tsx';
import { useCourse } from '../../instrument/series.ts';
import { RangeBar, Sparkline } from '../../instrument/sparkline.tsx';
import { symbolsOf } from '../../instrument/watched.ts';
import { usePrice } from '../../live/prices.ts';
import { Link } from '../../router/link.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { price } from '../../words/figures.ts';

const HEAD = 'label-caps px-3 py-2 text-left font-[600] whitespace-nowrap';

export function MarketTable({ instruments }: { readonly instruments: readonly InstrumentView[] }) {
  const { data: alerts } = useQuery(queries.alerts());
  const { data: lists } = useQuery(queries.watchlists());
  const counts = new Map<string, number>();
  for (const alert of alerts ?? []) {
    if (alert.status === 'done' || alert.status === 'expired') continue;
    for (const symbol of symbolsOf(alert, lists)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  return (
    <div className="@container overflow-hidden rounded-lg border border-line bg-panel">
      <table className="w-full border-collapse">
        <caption className="sr-only">Instruments with their live prices</caption>
        <thead className="border-b border-line bg-sunken">
          <tr>
            <th scope="col" className={`${HEAD} w-full pl-4`}>
              Instrument
            </th>
            <th scope="col" className={`${HEAD} text-right`}>
              Price
            </th>
            <th scope="col" className={`${HEAD} text-right max-sm:hidden`}>
              Change
            </th>
            <th scope="col" className={`${HEAD} hidden @min-[46rem]:table-cell`}>
              Low to high
            </th>
            <th scope="col" className={`${HEAD} hidden @min-[34rem]:table-cell`}>
              Trend
            </th>
            <th scope="col" className={`${HEAD} hidden text-right @min-[40rem]:table-cell`}>
              Age
            </th>
            <th scope="col" className={`${HEAD} pr-4 text-right max-sm:hidden`}>
              Alerts
            </th>
          </tr>
        </thead>
        <tbody>
          {instruments.map((instrument) => (
            <Row key={instrument.symbol} instrument={instrument} alerts={counts.get(instrument.symbol) ?? 0} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({
  instrument,
  alerts,
}: {
  readonly instrument: InstrumentView;
  readonly alerts: number;
}) {
  const { symbol, name, decimals, currency } = instrument;
  const coverage = useCoverage(instrument);
  const course = useCourse(symbol);
  const live = usePrice(symbol);
  const path = `/markets/${encodeURIComponent(symbol)}`;
  return (
    <tr className="relative border-b border-line transition-colors last:border-b-0 hover:bg-sunken has-[a:focus-visible]:bg-sunken">
      <th scope="row" className="max-w-0 py-2 pr-3 pl-4 text-left font-normal">
        <span className="flex items-center gap-3">
          <CoverageDot coverage={coverage} />
          <span className="min-w-0">
            <Link to={path} className="font-[620] after:absolute after:inset-0">
              {symbol}
            </Link>
            <span className="block truncate text-sm text-ink-3">
              {name}
              {currency && ` · ${currency}`}
            </span>
          </span>
        </span>
      </th>
      <td className="px-3 py-2 text-right">
        <span className="block font-[560]">
          {live || !course ? (
            <PriceText symbol={symbol} decimals={decimals} />
          ) : (
            <span className="text-ink-3" title="The last of the history; no live price came yet">
              {price(course.last, decimals)}
            </span>
          )}
        </span>
        <Change percent={course?.percent} className="text-sm sm:hidden" />
      </td>
      <td className="px-3 py-2 text-right max-sm:hidden">
        <Change percent={course?.percent} />
        {course && <span className="block text-xs text-ink-3">{course.rangeName}</span>}
      </td>
      <td className="hidden px-3 py-2 @min-[46rem]:table-cell">
        <div className="w-30 @min-[64rem]:w-40">
          {course && (
            <RangeBar
              low={course.low}
              high={course.high}
              value={course.last}
              lowText={price(course.low, decimals)}
              highText={price(course.high, decimals)}
            />
          )}
        </div>
      </td>
      <td className="hidden px-3 py-1 @min-[34rem]:table-cell">
        <div className="w-28 @min-[52rem]:w-36 @min-[64rem]:w-56">
          {course && <Sparkline values={course.closes} up={course.percent >= 0} />}
        </div>
      </td>
      <td className="hidden px-3 py-2 text-right text-sm whitespace-nowrap text-ink-2 @min-[40rem]:table-cell">
        <Age symbol={symbol} />
        {live && <span className="block text-xs text-ink-3">{live.source}</span>}
      </td>
      <td className="py-2 pr-4 pl-3 text-right max-sm:hidden">
        <ButtonLink
          to={`/alerts/new?symbol=${encodeURIComponent(symbol)}`}
          look="plain"
          size="sm"
          className="relative"
          aria-label={`New alert on ${symbol}${alerts > 0 ? `, ${alerts} set` : ''}`}
        >
          {alerts > 0 && <span className="font-[620] text-brass-ink">{alerts}</span>}
          <Icon name={alerts > 0 ? 'bell' : 'plus'} size={17} className={alerts > 0 ? 'text-brass-ink' : ''} />
        </ButtonLink>
      </td>
    </tr>
  );
});
