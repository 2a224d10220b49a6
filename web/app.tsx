/** The whole page: shell around one view, chosen by the address. Every view has a path and a title. */
import { QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { queryClient } from './api/queries.ts';
import { Live } from './live/live.tsx';
import { usePlace } from './router/location.ts';
import { AccountView } from './screens/account/account-view.tsx';
import { AlertView } from './screens/alerts/alert-view.tsx';
import { AlertsView } from './screens/alerts/alerts-view.tsx';
import { ChannelsView } from './screens/channels/channels-view.tsx';
import { EditAlertView, NewAlertView } from './screens/editor/editor-views.tsx';
import { InstrumentView } from './screens/instrument/instrument-view.tsx';
import { MarketsView } from './screens/markets/markets-view.tsx';
import { StatusView } from './screens/status/status-view.tsx';
import { TriggerView } from './screens/triggers/trigger-view.tsx';
import { TriggersView } from './screens/triggers/triggers-view.tsx';
import { WatchlistView } from './screens/watchlists/watchlist-view.tsx';
import { WatchlistsView } from './screens/watchlists/watchlists-view.tsx';
import { Breakage } from './shell/breakage.tsx';
import { DemoRibbon } from './shell/demo-ribbon.tsx';
import { FiringBanner } from './shell/firing-banner.tsx';
import { useKeys } from './shell/keys.ts';
import { BottomBar, Rail, TopBar } from './shell/nav.tsx';
import { Page } from './shell/page.tsx';
import { SoundStep } from './shell/sound-step.tsx';
import { ButtonLink } from './ui/button.tsx';
import { Empty } from './ui/state.tsx';
import { ToastRoom } from './ui/toast.tsx';

/** Patterns from the most special; `:` takes one part of the path. */
const ROUTES: readonly (readonly [string, (part: string, query: URLSearchParams) => ReactNode])[] = [
  ['/', () => <MarketsView />],
  ['/markets', () => <MarketsView />],
  ['/markets/:', (symbol) => <InstrumentView key={symbol} symbol={symbol} />],
  ['/watchlists', () => <WatchlistsView />],
  ['/watchlists/:', (id) => <WatchlistView key={id} id={id} />],
  ['/alerts', () => <AlertsView />],
  ['/alerts/new', (_, query) => <NewAlertView key={query.toString()} query={query} />],
  ['/alerts/:', (id, query) => <AlertView key={id} id={id} member={query.get('member')} />],
  ['/alerts/:/edit', (id) => <EditAlertView key={id} id={id} />],
  ['/triggers', () => <TriggersView />],
  ['/triggers/:', (id) => <TriggerView key={id} id={id} />],
  ['/channels', () => <ChannelsView />],
  ['/account', () => <AccountView />],
  ['/status', () => <StatusView />],
];

function View() {
  const { path, query } = usePlace();
  const parts = path.replace(/\/+$/, '').split('/');
  for (const [pattern, view] of ROUTES) {
    const wanted = pattern.replace(/\/+$/, '').split('/');
    if (wanted.length !== parts.length) continue;
    if (!wanted.every((part, index) => part === ':' || part === parts[index])) continue;
    const at = wanted.indexOf(':');
    return view(at < 0 ? '' : decodeURIComponent(parts[at] as string), query);
  }
  return (
    <Page title="Nothing is here" tabTitle="Not found">
      <Empty
        icon="search"
        title={`There is no view at ${path}`}
        action={<ButtonLink to="/">To the markets</ButtonLink>}
      />
    </Page>
  );
}

function Shell() {
  useKeys();
  const { path } = usePlace();
  return (
    <>
      <a
        href="#main"
        className="sr-only rounded-md bg-raised px-4 py-2 font-[600] focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <div className="lg:flex">
        <Rail />
        <div className="min-w-0 flex-1">
          <DemoRibbon />
          <TopBar />
          <main id="main" tabIndex={-1} className="px-4 pt-5 pb-28 sm:px-6 lg:px-8 lg:pt-7 lg:pb-12">
            <div className="mx-auto max-w-[110rem]">
              <FiringBanner />
              <SoundStep />
              <Breakage key={path}>
                <View />
              </Breakage>
            </div>
          </main>
        </div>
        <BottomBar />
      </div>
    </>
  );
}

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <ToastRoom>
        <Live />
        <Shell />
      </ToastRoom>
    </QueryClientProvider>
  );
}
