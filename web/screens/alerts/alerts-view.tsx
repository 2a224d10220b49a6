/** My alerts, those that are nearest to firing first. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import { queries } from '../../api/queries.ts';
import { closestOf } from '../../instrument/watched.ts';
import { Page } from '../../shell/page.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { AlertRows } from './alert-rows.tsx';

const EXAMPLES = [
  'price crosses above …',
  'price leaves 90..110',
  'price falls 5% in 1h',
  'change(24h) <= -5%',
] as const;
const RESTING: readonly AlertView['status'][] = ['paused', 'done', 'expired'];

export function AlertsView() {
  const { data, error, refetch } = useQuery(queries.alerts());
  const { data: lists } = useQuery(queries.watchlists());
  const [text, setText] = useState('');
  const matching = (data ?? []).filter(({ symbol, sentence, message }) =>
    `${symbol ?? ''} ${sentence} ${message ?? ''}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  const watching = matching
    .filter(({ status }) => !RESTING.includes(status))
    .map((alert) => ({ alert, far: closestOf(alert, lists)?.far ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => (a.far === b.far ? 0 : a.far - b.far))
    .map(({ alert }) => alert);
  const resting = matching.filter(({ status }) => RESTING.includes(status));
  return (
    <Page
      title="My alerts"
      tabTitle="My alerts"
      actions={
        data && data.length > 5 ? (
          <input
            type="search"
            aria-label="Filter my alerts"
            placeholder="Filter"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="min-h-10 w-48 rounded-md border border-line-strong bg-raised px-3 text-base"
          />
        ) : null
      }
    >
      {error && !data ? (
        <Failed what="Your alerts" error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading what="your alerts" />
      ) : data.length === 0 ? (
        <Empty
          icon="bell"
          title="Nothing is being watched for you yet"
          action={
            <ButtonLink look="strong" icon="plus" to="/alerts/new">
              Create the first alert
            </ButtonLink>
          }
        >
          <p>An alert is a sentence about a price. For example:</p>
          <ul className="mt-2 space-y-1 font-mono text-sm">
            {EXAMPLES.map((example) => (
              <li key={example}>{example}</li>
            ))}
          </ul>
        </Empty>
      ) : (
        <div className="space-y-7">
          {watching.length > 0 && (
            <section aria-labelledby="watching">
              <h2 id="watching" className="label-caps mb-2">
                Watching · {watching.length}
              </h2>
              <AlertRows alerts={watching} />
            </section>
          )}
          {resting.length > 0 && (
            <section aria-labelledby="resting">
              <h2 id="resting" className="label-caps mb-2">
                Not watching · {resting.length}
              </h2>
              <AlertRows alerts={resting} />
            </section>
          )}
          {matching.length === 0 && <p className="text-ink-2">No alert has “{text}” in it.</p>}
        </div>
      )}
    </Page>
  );
}
