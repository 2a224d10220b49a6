/** One trigger: the evidence it stands on, and its way to every channel. Opening it marks it as seen. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { TriggerView as Trigger } from '#api/contract/trigger.ts';
import { calls } from '../../api/calls.ts';
import { ApiProblem } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { useDecimals } from '../../instrument/decimals.ts';
import { dismissFirings } from '../../live/firings.ts';
import { Page } from '../../shell/page.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Empty, Failed, Loading, Notice } from '../../ui/state.tsx';
import { exact, percent, volume } from '../../words/figures.ts';
import { fullTime, latency, preciseTime, span } from '../../words/moments.ts';
import { Deliveries } from './deliveries.tsx';

export function TriggerView({ id }: { readonly id: string }) {
  const { data: trigger, error, refetch } = useQuery(queries.trigger(id));
  useEffect(() => {
    if (!trigger) return;
    dismissFirings([trigger.id]);
    calls.markSeen([trigger.id]).catch(() => undefined);
  }, [trigger]);
  if (!trigger) {
    return (
      <Page title="Trigger" tabTitle="Trigger">
        {error instanceof ApiProblem && error.status === 404 ? (
          <Empty
            icon="triggers"
            title="This trigger is not here"
            action={<ButtonLink to="/triggers">All triggers</ButtonLink>}
          >
            It belongs to someone else, or the link is not complete.
          </Empty>
        ) : error ? (
          <Failed what="The trigger" error={error} retry={() => void refetch()} />
        ) : (
          <Loading what="the trigger" />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={
        <span className="flex flex-wrap items-center gap-3">
          {trigger.symbol} fired
          {trigger.severity === 'critical' && <Pill tone="bad" name="Critical" />}
        </span>
      }
      tabTitle={`${trigger.symbol} fired`}
      lead={
        <>
          {fullTime(trigger.firedAt)}
          {trigger.watchlist && ` · in the watchlist ${trigger.watchlist}`} ·{' '}
          <span className="font-mono text-sm">{trigger.condition}</span>
        </>
      }
      actions={
        <>
          <ButtonLink
            to={`/alerts/${trigger.alertId}${trigger.watchlist === null ? '' : `?member=${encodeURIComponent(trigger.symbol)}`}`}
            icon="bell"
          >
            The alert
          </ButtonLink>
          <ButtonLink to={`/markets/${encodeURIComponent(trigger.symbol)}`} icon="markets">
            The chart
          </ButtonLink>
        </>
      }
    >
      <div className="grid gap-6 xl:grid-cols-2">
        <div className="min-w-0 space-y-6">
          {trigger.message && <Notice tone="info" title={trigger.message} />}
          {trigger.reminder && (
            <Notice tone="info" title="A reminder: its condition has been true since it fired last" />
          )}
          {trigger.gap && (
            <Notice tone="warn" title={`It came true over a gap of ${span(trigger.gap.to - trigger.gap.from)}`}>
              Nothing was seen between {fullTime(trigger.gap.from)} and {fullTime(trigger.gap.to)}.
            </Notice>
          )}
          <Evidence trigger={trigger} />
          <Others trigger={trigger} />
          <Leaves trigger={trigger} />
        </div>
        <div className="min-w-0 space-y-6">
          <Stages trigger={trigger} />
          <Deliveries triggerId={trigger.id} />
        </div>
      </div>
    </Page>
  );
}

function Evidence({ trigger }: { readonly trigger: Trigger }) {
  const decimals = useDecimals(trigger.symbol);
  const { before, after } = trigger;
  const change = before ? 100 * (after.price / before.price - 1) : undefined;
  const rising = before !== null && after.price > before.price;
  return (
    <section aria-labelledby="evidence">
      <h2 id="evidence" className="label-caps mb-2">
        The two values
      </h2>
      <div className="grid items-stretch gap-2 sm:grid-cols-[1fr_auto_1fr]">
        <ValueCard name="Before" observation={before} decimals={decimals} />
        <p className="flex items-center justify-center gap-1 text-sm text-ink-2 sm:flex-col">
          <Icon name="arrow" className="max-sm:rotate-90" />
          {change !== undefined && (
            <span className={rising ? 'text-up' : 'text-down'}>
              {rising ? '+' : '−'}
              {percent(change)}
            </span>
          )}
        </p>
        <ValueCard name="At the firing" observation={after} decimals={decimals} strong />
      </div>
    </section>
  );
}

/** What was seen of the other instruments that the rule looks at. */
function Others({ trigger }: { readonly trigger: Trigger }) {
  const found = new Map(trigger.leaves.flatMap(({ others = [] }) => others).map((other) => [other.symbol, other]));
  if (found.size === 0) return null;
  return (
    <section aria-labelledby="others">
      <h2 id="others" className="label-caps mb-2">
        The other instruments
      </h2>
      <div className="grid gap-2 sm:grid-cols-2">
        {[...found.values()].map(({ symbol, after }) => (
          <OtherCard key={symbol} symbol={symbol} observation={after} />
        ))}
      </div>
    </section>
  );
}

function OtherCard({ symbol, observation }: { readonly symbol: string; readonly observation: Trigger['before'] }) {
  const decimals = useDecimals(symbol);
  return <ValueCard name={symbol} observation={observation} decimals={decimals} />;
}

function ValueCard({
  name,
  observation,
  decimals,
  strong,
}: {
  readonly name: string;
  readonly observation: Trigger['before'];
  readonly decimals: number;
  readonly strong?: boolean;
}) {
  return (
    <div className={`rounded-lg border bg-panel p-4 ${strong ? 'border-brass-mark' : 'border-line'}`}>
      <p className="label-caps">{name}</p>
      {observation ? (
        <>
          <p className="mt-1 font-display text-2xl font-[620]">{exact(observation.price, decimals)}</p>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-sm">
            <dt className="text-ink-3">Traded</dt>
            <dd title={fullTime(observation.at)}>{preciseTime(observation.at)}</dd>
            <dt className="text-ink-3">Received</dt>
            <dd>{preciseTime(observation.receivedAt)}</dd>
            <dt className="text-ink-3">Source</dt>
            <dd>{observation.source}</dd>
            {observation.volume !== undefined && (
              <>
                <dt className="text-ink-3">Volume</dt>
                <dd>{volume(observation.volume)}</dd>
              </>
            )}
          </dl>
        </>
      ) : (
        <p className="mt-1 text-ink-2">None: it held already with the first price it was judged by.</p>
      )}
    </div>
  );
}

function Leaves({ trigger }: { readonly trigger: Trigger }) {
  const show = (value: number | null): string => (value === null ? 'unknown' : exact(Number(value.toPrecision(8)), 0));
  return (
    <section aria-labelledby="leaves">
      <h2 id="leaves" className="label-caps mb-2">
        The rule, part by part
      </h2>
      <ul className="overflow-hidden rounded-lg border border-line bg-panel">
        {trigger.leaves.map((leaf) => (
          <li
            key={leaf.text}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0"
          >
            <code className="flex items-center gap-2 font-mono text-sm">
              <Icon name={leaf.holds ? 'check' : 'close'} size={15} className={leaf.holds ? 'text-up' : 'text-ink-3'} />
              <span className="sr-only">{leaf.holds ? 'true: ' : 'not true: '}</span>
              {leaf.text}
            </code>
            <span className="grid gap-0.5 text-sm text-ink-2">
              {(leaf.sides ?? [{ text: '', before: leaf.before, after: leaf.after }]).map((side) => (
                <span key={side.text} className="flex items-center justify-end gap-1.5">
                  {side.text !== '' && <code className="font-mono text-xs text-ink-3">{side.text}</code>}
                  {show(side.before)} <Icon name="arrow" size={13} />
                  <span className="sr-only">to</span> {show(side.after)}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Stages({ trigger }: { readonly trigger: Trigger }) {
  const stages = [
    ['Traded', trigger.after.at, `at ${trigger.after.source}`],
    ['Received', trigger.after.receivedAt, 'by Tocsin'],
    ['Evaluated', trigger.evaluatedAt, 'the rule came true'],
    ['Recorded', trigger.recordedAt, 'durable, before anyone was told'],
  ] as const;
  return (
    <section aria-labelledby="stages">
      <h2 id="stages" className="label-caps mb-2">
        From trade to trigger
      </h2>
      <ol className="rounded-lg border border-line bg-panel px-4 py-3">
        {stages.map(([name, at, more], index) => {
          const before = stages[index - 1]?.[1];
          return (
            <li key={name} className="relative flex items-baseline gap-3 pb-3 pl-5 text-sm last:pb-0">
              <span aria-hidden="true" className="absolute top-1.5 left-0 size-2 rounded-full bg-brass-mark" />
              {index < stages.length - 1 && (
                <span aria-hidden="true" className="absolute top-3 bottom-0 left-[3px] w-0.5 bg-line" />
              )}
              <b className="w-20 shrink-0 font-[600]">{name}</b>
              <span className="flex-1 text-ink-2">
                {preciseTime(at)} <span className="text-ink-3 max-sm:hidden">{more}</span>
              </span>
              {before !== undefined && at >= before && (
                <span className="whitespace-nowrap text-ink-3">+{latency(at - before)}</span>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
