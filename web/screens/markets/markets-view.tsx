/** Markets: every instrument with its live price, how well it is watched and how it got there. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { MOST_INSTRUMENTS } from '../../api/calls.ts';
import { queries } from '../../api/queries.ts';
import { navigate, usePlace } from '../../router/location.ts';
import { SEARCH_ID } from '../../shell/keys.ts';
import { Page } from '../../shell/page.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { count } from '../../words/figures.ts';
import { ClosestAlerts } from './closest.tsx';
import { LatestTriggers } from './latest-triggers.tsx';
import { MarketTable } from './market-table.tsx';

export function MarketsView() {
  const { query } = usePlace();
  const [text, setText] = useState(query.get('q') ?? '');
  const wanted = useDeferredValue(text.trim());
  const { data, error, refetch, isPending } = useQuery(queries.instruments(wanted));
  const field = useRef<HTMLInputElement>(null);
  const wantsFocus = query.has('search');
  useEffect(() => {
    if (wantsFocus) field.current?.focus();
  }, [wantsFocus]);
  const search = (next: string): void => {
    setText(next);
    navigate(next.trim() ? `/?q=${encodeURIComponent(next.trim())}` : '/', 'replace');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const [first] = data ?? [];
    if (first) navigate(`/markets/${encodeURIComponent(first.symbol)}`);
  };
  return (
    <Page
      title="Markets"
      tabTitle="Markets"
      actions={
        <search className="w-full sm:w-80">
          <form onSubmit={submit} className="relative">
            <Icon name="search" className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-ink-3" />
            <input
              ref={field}
              id={SEARCH_ID}
              type="search"
              aria-label="Search instruments by symbol or name"
              aria-keyshortcuts="/"
              placeholder="Symbol or name"
              value={text}
              onChange={(event) => search(event.target.value)}
              className="min-h-10 w-full rounded-md border border-line-strong bg-raised pr-10 pl-10 text-base"
            />
            <kbd className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 rounded-sm border border-line px-1.5 font-mono text-2xs text-ink-3 max-lg:hidden">
              /
            </kbd>
          </form>
        </search>
      }
    >
      <p role="status" className="sr-only">
        {data && wanted ? `${count(data.length, 'instrument')} for ${wanted}` : ''}
      </p>
      <div className="grid gap-x-8 gap-y-8 xl:grid-cols-[minmax(0,1fr)_20rem] 2xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0">
          {error && !data ? (
            <Failed what="The markets" error={error} retry={() => void refetch()} />
          ) : isPending ? (
            <Loading what="the markets" rows={12} />
          ) : data.length > 0 ? (
            <>
              <MarketTable instruments={data} />
              {data.length >= MOST_INSTRUMENTS && (
                <p className="mt-3 text-sm text-ink-2">
                  These are the first {MOST_INSTRUMENTS}: search to find any other.
                </p>
              )}
            </>
          ) : wanted ? (
            <Empty
              icon="search"
              title={`Nothing is called “${wanted}”`}
              action={<ButtonLink to="/account">Get an API key to push prices</ButtonLink>}
            >
              Search by symbol, another spelling of it, or part of a name. Anything else can be watched too: push its
              prices with an API key.
            </Empty>
          ) : (
            <Empty
              icon="markets"
              title="No instruments yet"
              action={<ButtonLink to="/status">See the sources</ButtonLink>}
            >
              No source has named any. See whether the sources are running, or push prices of your own.
            </Empty>
          )}
        </div>
        <aside aria-label="Your alerts at a glance" className="min-w-0 space-y-8">
          <ClosestAlerts />
          <LatestTriggers />
        </aside>
      </div>
    </Page>
  );
}
