/** One instrument: its price and how well it is watched, the chart with the levels of its alerts, and those alerts. */
import { useQuery } from '@tanstack/react-query';
import type { InstrumentView as Instrument } from '#api/contract/instrument.ts';
import { ApiProblem } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { InstrumentChart } from '../../chart/instrument-chart.tsx';
import { CoverageDot, useCoverage } from '../../instrument/coverage.tsx';
import { priceLevels } from '../../instrument/levels.ts';
import { Age, Change, PriceText } from '../../instrument/price-text.tsx';
import { useCourse } from '../../instrument/series.ts';
import { symbolsOf } from '../../instrument/watched.ts';
import { usePrice } from '../../live/prices.ts';
import { Page } from '../../shell/page.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { price, volume } from '../../words/figures.ts';
import { shortTime } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { AlertRows } from '../alerts/alert-rows.tsx';
import { TriggerRows } from '../triggers/trigger-rows.tsx';

export function InstrumentView({ symbol }: { readonly symbol: string }) {
  const { data: instrument, error, refetch } = useQuery(queries.instrument(symbol));
  if (!instrument) {
    const unknown = error instanceof ApiProblem && error.status === 404;
    return (
      <Page title={symbol} tabTitle={symbol}>
        {unknown ? (
          <Empty
            icon="search"
            title={`${symbol} is not known here`}
            action={<ButtonLink to="/">Search the markets</ButtonLink>}
          >
            No source watches it and nobody has pushed prices of it.
          </Empty>
        ) : error ? (
          <Failed what={symbol} error={error} retry={() => void refetch()} />
        ) : (
          <Loading what={symbol} rows={8} />
        )}
      </Page>
    );
  }
  return <Known instrument={instrument} />;
}

function Known({ instrument }: { readonly instrument: Instrument }) {
  const { symbol } = instrument;
  const { data: all } = useQuery(queries.alerts());
  const { data: triggers } = useQuery(queries.triggers({ symbol }));
  const { data: lists } = useQuery(queries.watchlists());
  const alerts = (all ?? []).filter((alert) => symbolsOf(alert, lists).includes(symbol));
  const levels = alerts
    .filter(({ status }) => status === 'armed' || status === 'arming' || status === 'cooling')
    .flatMap((alert) => priceLevels(alert.condition).map((value) => ({ value, title: '' })));
  const create = `/alerts/new?symbol=${encodeURIComponent(symbol)}`;
  return (
    <Page
      title={
        <>
          {symbol} <span className="ml-1 text-lg font-[440] text-ink-2">{instrument.name}</span>
        </>
      }
      tabTitle={symbol}
      actions={
        <ButtonLink look="strong" icon="plus" to={create}>
          New alert on {symbol}
        </ButtonLink>
      }
    >
      <Figures instrument={instrument} />
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <InstrumentChart instrument={instrument} levels={levels} />
        <div className="min-w-0 space-y-6">
          <section aria-labelledby="its-alerts">
            <h2 id="its-alerts" className="label-caps mb-2">
              Its alerts
            </h2>
            {alerts.length > 0 ? (
              <AlertRows alerts={alerts} narrow />
            ) : (
              <Empty icon="bell" title="No alert on it yet" action={<ButtonLink to={create}>Create one</ButtonLink>} />
            )}
          </section>
          {triggers && triggers.length > 0 && (
            <section aria-labelledby="its-triggers">
              <h2 id="its-triggers" className="label-caps mb-2">
                Its triggers
              </h2>
              <TriggerRows triggers={triggers.slice(0, 8)} narrow />
            </section>
          )}
        </div>
      </div>
    </Page>
  );
}

function Figures({ instrument }: { readonly instrument: Instrument }) {
  const { symbol, decimals, currency, session } = instrument;
  const coverage = useCoverage(instrument);
  const course = useCourse(symbol);
  const live = usePrice(symbol);
  const now = useNow();
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['Watched', <CoverageDot key="c" coverage={coverage} named />],
    ['Last trade', <Age key="a" symbol={symbol} />],
    ['Source', live?.source ?? '—'],
    [`Low ${course?.rangeName ?? ''}`, course ? price(course.low, decimals) : '—'],
    [`High ${course?.rangeName ?? ''}`, course ? price(course.high, decimals) : '—'],
    ['Volume', live?.volume === null || live === undefined ? '—' : volume(live.volume)],
    [
      'Session',
      session.open
        ? session.until
          ? `open until ${shortTime(session.until, now)}`
          : 'open all hours'
        : session.until
          ? `closed until ${shortTime(session.until, now)}`
          : 'closed',
    ],
  ];
  return (
    <div className="mb-5 flex flex-wrap items-end gap-x-10 gap-y-4">
      <div>
        <p className="font-display text-[2.6rem] leading-none font-[620] tracking-[-0.02em]">
          <PriceText symbol={symbol} decimals={decimals} />
          <span className="ml-2 font-sans text-base font-normal tracking-normal text-ink-3">{currency}</span>
        </p>
        <p className="mt-1.5 flex items-baseline gap-2">
          <Change percent={course?.percent} />
          {course && <span className="text-sm text-ink-3">in {course.rangeName}</span>}
        </p>
      </div>
      <dl className="flex flex-wrap gap-x-8 gap-y-3">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="label-caps">{name}</dt>
            <dd className="mt-0.5 text-base">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
