/** One alert with the answer to every question about it: armed since when, last value, how far, why not yet, who was told. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AlertView as Alert, WhyView } from '#api/contract/alert.ts';
import { waitInWords } from '#domain/alert/wait.ts';
import { ApiProblem } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { InstrumentChart } from '../../chart/instrument-chart.tsx';
import { CoverageDot } from '../../instrument/coverage.tsx';
import { useInstrument } from '../../instrument/decimals.ts';
import { priceLevels } from '../../instrument/levels.ts';
import { nameOf } from '../../instrument/watched.ts';
import { Link } from '../../router/link.tsx';
import { navigate } from '../../router/location.ts';
import { Page } from '../../shell/page.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Empty, Failed, Loading, Notice } from '../../ui/state.tsx';
import { price } from '../../words/figures.ts';
import { frequencyWords } from '../../words/frequency.ts';
import { membersWords } from '../../words/members.ts';
import { ago, clockTime, fullTime, shortTime } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { ALERT_STATUS } from '../../words/status.ts';
import { TriggerRows } from '../triggers/trigger-rows.tsx';
import { AlertActions } from './alert-actions.tsx';
import { Members } from './members.tsx';

export function AlertView({
  id,
  member,
}: {
  readonly id: string /** Of an alert over a watchlist: the one looked at. */;
  readonly member: string | null;
}) {
  const { data: alert, error, refetch } = useQuery(queries.alert(id));
  if (!alert) {
    return (
      <Page title="Alert" tabTitle="Alert">
        {error instanceof ApiProblem && error.status === 404 ? (
          <Empty icon="bell" title="This alert is not here" action={<ButtonLink to="/alerts">My alerts</ButtonLink>}>
            It was deleted, or belongs to someone else.
          </Empty>
        ) : error ? (
          <Failed what="The alert" error={error} retry={() => void refetch()} />
        ) : (
          <Loading what="the alert" />
        )}
      </Page>
    );
  }
  return <Known alert={alert} member={member} />;
}

function Known({ alert, member }: { readonly alert: Alert; readonly member: string | null }) {
  const { data: triggers } = useQuery(queries.triggers({ alertId: alert.id }));
  const status = ALERT_STATUS[alert.status];
  const symbol = alert.symbol ?? member;
  return (
    <Page
      title={
        <span className="flex flex-wrap items-center gap-3">
          {nameOf(alert)} <Pill tone={status.tone} name={status.name} more={status.more} />
          {alert.severity === 'critical' && <Pill tone="bad" name="Critical" />}
        </span>
      }
      tabTitle={`Alert on ${nameOf(alert)}`}
      lead={
        <>
          <span className="text-lg text-ink">{alert.sentence}</span>
          {alert.members && <span className="block">{membersWords(alert.members)}</span>}
        </>
      }
      actions={<AlertActions alert={alert} labelled afterDelete={() => navigate('/alerts')} />}
    >
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="min-w-0 space-y-6">
          {symbol !== null && <Watched key={symbol} alert={alert} symbol={symbol} />}
          {alert.watchlist && <Members alert={alert} chosen={member} />}
        </div>
        <div className="min-w-0 space-y-6">
          <Rules alert={alert} />
          <section aria-labelledby="fired">
            <h2 id="fired" className="label-caps mb-2">
              What it fired
            </h2>
            {triggers && triggers.length > 0 ? (
              <TriggerRows triggers={triggers} narrow />
            ) : (
              <p className="text-ink-2">It has not fired yet.</p>
            )}
          </section>
        </div>
      </div>
    </Page>
  );
}

/** One instrument it watches: why it has not fired there, and its chart. */
function Watched({ alert, symbol }: { readonly alert: Alert; readonly symbol: string }) {
  const { data: why, error, refetch } = useQuery(queries.why(alert.id, alert.watchlist && symbol));
  const instrument = useInstrument(symbol);
  return (
    <>
      {why ? (
        <Why why={why} of={alert.watchlist && symbol} decimals={instrument?.decimals ?? 2} />
      ) : error ? (
        <Failed what="Why it has not fired" error={error} retry={() => void refetch()} />
      ) : (
        <Loading what="why it has not fired" rows={3} />
      )}
      {instrument && (
        <InstrumentChart
          instrument={instrument}
          candles="15m"
          levels={priceLevels(alert.condition).map((value) => ({ value, title: 'level' }))}
          className="h-[min(46vh,26rem)] min-h-64"
        />
      )}
    </>
  );
}

const TROUBLE: WhyView['reasons'] = ['no-price', 'blind', 'stale', 'held'];

function Why({
  why,
  of,
  decimals,
}: {
  readonly why: WhyView;
  /** The member of a watchlist it is about. */
  readonly of: string | null;
  readonly decimals: number;
}) {
  const now = useNow();
  const seen = why.lastSeen;
  return (
    <section aria-labelledby="why" className="rounded-lg border border-line bg-panel">
      <h2 id="why" className="label-caps border-b border-line px-4 py-2.5">
        Why it has not fired{of && ` on ${of}`}
      </h2>
      <div className="space-y-4 p-4">
        {why.reasons.some((reason) => TROUBLE.includes(reason)) ? (
          <Notice tone="warn" title={why.explanation} />
        ) : (
          <p className="text-lg font-[560]">{inWords(why, now)}</p>
        )}
        {why.distances.length > 0 && (
          <ul className="space-y-1.5">
            {why.distances.map((distance) => (
              <li key={distance.text} className="flex flex-wrap items-baseline justify-between gap-x-4">
                <code className="font-mono text-sm text-ink-2">{distance.text}</code>
                <span className="text-sm first-letter:uppercase">{distance.words}</span>
              </li>
            ))}
          </ul>
        )}
        <Facts
          of={[
            ['Armed', why.armedAt === null ? 'not now' : `${ago(why.armedAt, now)}, ${shortTime(why.armedAt, now)}`],
            [
              'Last value seen',
              seen ? `${price(seen.price, decimals)} from ${seen.source}, ${ago(seen.at, now)}` : 'none yet',
            ],
            ['Watched', <CoverageDot key="c" coverage={why.coverage} named />],
            ...(why.cooldownUntil === null ? [] : [['Cooling down until', shortTime(why.cooldownUntil, now)] as const]),
            ['Session', why.session.open ? 'open' : 'closed'],
          ]}
        />
      </div>
    </section>
  );
}

/** What it is in the middle of is said in the reader's own time. */
function inWords({ reasons, waits, explanation }: WhyView, now: number): string {
  if (reasons[0] !== 'confirming' && reasons[0] !== 'following') return explanation;
  return waits.map((wait) => waitInWords(wait, now, clockTime)).join(' ');
}

function Rules({ alert }: { readonly alert: Alert }) {
  const { data: channels } = useQuery(queries.channels());
  const names = alert.channels.map((id) => channels?.find((channel) => channel.id === id)?.name ?? 'a channel');
  return (
    <section aria-labelledby="rules" className="rounded-lg border border-line bg-panel">
      <h2 id="rules" className="label-caps border-b border-line px-4 py-2.5">
        The rule
      </h2>
      <div className="p-4">
        <p className="mb-3 rounded-md bg-sunken px-3 py-2 font-mono text-sm break-words">{alert.condition}</p>
        <Facts
          of={[
            [alert.watchlist ? 'Watchlist' : 'Instrument', <Target key="t" alert={alert} />],
            ['How often', `${frequencyWords(alert)}${alert.watchlist ? ', for each member by itself' : ''}`],
            ...(alert.frequency === 'repeat' && alert.rearm !== null
              ? [['Arms again', `once it has gone back ${alert.rearm}`] as const]
              : []),
            ['Hours', alert.session === 'all' ? 'all hours' : 'regular hours'],
            ['Over a gap', alert.gap === 'fire' ? 'fires, and says so' : 'does not fire'],
            ['Expires', alert.expiresAt === null ? 'never' : fullTime(alert.expiresAt)],
            ['Tells', ['this page', ...names].join(', ')],
            ...(alert.message ? [['Message', alert.message] as const] : []),
            ['Created', fullTime(alert.createdAt)],
          ]}
        />
      </div>
    </section>
  );
}

function Target({ alert }: { readonly alert: Alert }) {
  const to = alert.watchlist
    ? `/watchlists/${alert.watchlist.id}`
    : `/markets/${encodeURIComponent(alert.symbol ?? '')}`;
  return (
    <Link to={to} className="underline underline-offset-2">
      {nameOf(alert)}
    </Link>
  );
}

function Facts({ of }: { readonly of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
      {of.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
