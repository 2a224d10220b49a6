/** Alerts as a list: what is watched, in which state, how far from firing, how well. */
import type { AlertView } from '#api/contract/alert.ts';
import type { InstrumentView } from '#api/contract/instrument.ts';
import { CoverageDot, useCoverage } from '../../instrument/coverage.tsx';
import { useInstrument } from '../../instrument/decimals.ts';
import { DistanceBar, DistanceText } from '../../instrument/distance.tsx';
import { PriceText } from '../../instrument/price-text.tsx';
import { nameOf } from '../../instrument/watched.ts';
import { Link } from '../../router/link.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Pill } from '../../ui/pill.tsx';
import { frequencyWords } from '../../words/frequency.ts';
import { membersWords } from '../../words/members.ts';
import { ago, shortTime } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { ALERT_STATUS } from '../../words/status.ts';
import { AlertActions } from './alert-actions.tsx';

export function AlertRows({ alerts, narrow }: { readonly alerts: readonly AlertView[]; readonly narrow?: boolean }) {
  return (
    <ul className="overflow-hidden rounded-lg border border-line bg-panel">
      {alerts.map((alert) => (
        <Row key={alert.id} alert={alert} narrow={narrow === true} />
      ))}
    </ul>
  );
}

function Row({ alert, narrow }: { readonly alert: AlertView; readonly narrow: boolean }) {
  const { symbol, members } = alert;
  const instrument = useInstrument(symbol ?? '');
  const status = ALERT_STATUS[alert.status];
  const watching = alert.status === 'armed' || alert.status === 'arming' || alert.status === 'cooling';
  const wide = narrow ? '' : 'lg:grid lg:grid-cols-[minmax(0,1fr)_10rem_13rem_auto] lg:items-center lg:gap-6';
  return (
    <li className="relative border-b border-line px-4 py-3 transition-colors last:border-b-0 hover:bg-sunken">
      <div className={wide}>
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Link to={`/alerts/${alert.id}`} className="font-[640] after:absolute after:inset-0">
              {nameOf(alert)}
            </Link>
            {alert.watchlist && <Icon name="list" size={16} className="text-ink-3" />}
            <Pill tone={status.tone} name={status.name} more={status.more} />
            {alert.severity === 'critical' && <Pill tone="bad" name="Critical" />}
            {instrument && watching && <Watched instrument={instrument} />}
          </div>
          <p className="mt-0.5" title={alert.sentence}>
            {alert.condition}
          </p>
          {alert.message && <p className="truncate text-sm text-ink-2">“{alert.message}”</p>}
        </div>
        <div className={narrow ? 'mt-2' : 'max-lg:mt-2'}>
          {members && <p className="text-sm text-ink-2">{membersWords(members)}</p>}
          {watching && symbol !== null && (
            <>
              <div className="mb-1 flex items-baseline justify-between gap-3">
                <DistanceText alert={{ ...alert, symbol }} />
                <span className="text-sm text-ink-2 lg:hidden">
                  <PriceText symbol={symbol} decimals={instrument?.decimals ?? 2} />
                </span>
              </div>
              <DistanceBar alert={{ ...alert, symbol }} />
            </>
          )}
        </div>
        <p className={`text-sm text-ink-3 ${narrow ? 'mt-1.5' : 'max-lg:mt-1.5'}`}>
          <Facts alert={alert} />
        </p>
        <div className={narrow ? '-ml-2 mt-1' : 'max-lg:-ml-2 max-lg:mt-1'}>
          <AlertActions alert={alert} />
        </div>
      </div>
    </li>
  );
}

/** Said only where something is wrong: a row that is watched well needs no words for it. */
function Watched({ instrument }: { readonly instrument: InstrumentView }) {
  const coverage = useCoverage(instrument);
  return <CoverageDot coverage={coverage} named={coverage !== 'live'} />;
}

function Facts({ alert }: { readonly alert: AlertView }) {
  const now = useNow();
  const facts = [
    frequencyWords(alert),
    alert.channels.length > 0 ? `${alert.channels.length} channel${alert.channels.length > 1 ? 's' : ''}` : 'this page',
    ...(alert.expiresAt === null ? [] : [`until ${shortTime(alert.expiresAt, now)}`]),
    ...(alert.lastTriggeredAt === null ? [] : [`fired ${ago(alert.lastTriggeredAt, now)}`]),
  ];
  return <>{facts.join(' · ')}</>;
}
