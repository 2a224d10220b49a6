/** The ways through the page: a rail on wide screens, a bar at the thumb on narrow ones. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queries } from '../api/queries.ts';
import { Link } from '../router/link.tsx';
import { usePlace } from '../router/location.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { Wordmark } from './brand.tsx';
import { ConnectionState } from './connection.tsx';
import { SoundToggle } from './sound-step.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

interface Item {
  readonly to: string;
  readonly name: string;
  readonly icon: IconName;
  /** Paths under which it is the current one. */
  readonly under: readonly string[];
}
const MAIN: readonly Item[] = [
  { to: '/', name: 'Markets', icon: 'markets', under: ['/markets'] },
  { to: '/alerts', name: 'My alerts', icon: 'bell', under: ['/alerts'] },
  { to: '/triggers', name: 'Triggers', icon: 'triggers', under: ['/triggers'] },
];
/** One of the main ones where there is room. */
const WATCHLISTS: Item = { to: '/watchlists', name: 'Watchlists', icon: 'list', under: ['/watchlists'] };
const WIDE: readonly Item[] = [...MAIN.slice(0, 1), WATCHLISTS, ...MAIN.slice(1)];
const MORE: readonly Item[] = [
  { to: '/channels', name: 'Channels', icon: 'channels', under: ['/channels'] },
  { to: '/account', name: 'Account', icon: 'account', under: ['/account'] },
  { to: '/status', name: 'Status', icon: 'status', under: ['/status'] },
];

const NARROW_MORE: readonly Item[] = [WATCHLISTS, ...MORE];

function useCurrent(): (item: Item) => boolean {
  const { path } = usePlace();
  return (item) => path === item.to || item.under.some((prefix) => path.startsWith(`${prefix}/`) || path === prefix);
}

function useArmedCount(): number {
  const { data } = useQuery(queries.alerts());
  return data?.filter(({ status }) => status === 'armed' || status === 'arming' || status === 'cooling').length ?? 0;
}

export function Rail() {
  const isCurrent = useCurrent();
  const armed = useArmedCount();
  return (
    <header className="sticky top-0 hidden h-dvh w-56 shrink-0 flex-col border-r border-line bg-panel px-3 py-5 lg:flex">
      <Link to="/" className="mb-6 px-2" aria-label="Tocsin, to the markets">
        <Wordmark />
      </Link>
      <ButtonLink look="strong" icon="plus" to="/alerts/new" className="mb-5 justify-start!" aria-keyshortcuts="n">
        New alert
        <kbd className="ml-auto rounded-sm border border-on-brass/40 px-1.5 font-mono text-2xs">n</kbd>
      </ButtonLink>
      <nav aria-label="Main">
        <ul className="space-y-0.5">
          {[...WIDE, ...MORE].map((item, index) => (
            <li key={item.to} className={index === WIDE.length ? 'mt-4 border-t border-line pt-4' : ''}>
              <Link
                to={item.to}
                aria-current={isCurrent(item) ? 'page' : undefined}
                className="group flex min-h-10 items-center gap-3 rounded-md px-2.5 text-base text-ink-2 transition-colors hover:bg-sunken hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:font-[600] aria-[current=page]:text-ink"
              >
                <Icon name={item.icon} className="group-aria-[current=page]:text-brass-ink" />
                {item.name}
                {item.to === '/alerts' && armed > 0 && (
                  <span className="ml-auto rounded-full bg-brass-wash px-2 text-xs font-[600] text-brass-ink">
                    {armed}
                    <span className="sr-only"> armed</span>
                  </span>
                )}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="mt-auto flex items-center justify-between pl-2.5">
        <ConnectionState />
        <div className="flex">
          <SoundToggle />
          <ThemeToggle />
        </div>
      </div>
    </header>
  );
}

export function TopBar() {
  return (
    <header className="sticky top-0 z-20 flex items-center justify-between gap-3 border-b border-line bg-panel px-4 py-2 lg:hidden">
      <Link to="/" aria-label="Tocsin, to the markets">
        <Wordmark />
      </Link>
      <div className="flex items-center gap-1">
        <ConnectionState />
        <SoundToggle />
      </div>
    </header>
  );
}

export function BottomBar() {
  const isCurrent = useCurrent();
  const [open, setOpen] = useState(false);
  const cell =
    'flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-2xs font-[560] text-ink-2 aria-[current=page]:text-brass-ink';
  const [markets, alerts, triggers] = MAIN as readonly [Item, Item, Item];
  const tab = (item: Item) => (
    <Link key={item.to} to={item.to} aria-current={isCurrent(item) ? 'page' : undefined} className={cell}>
      <Icon name={item.icon} size={21} />
      {item.name}
    </Link>
  );
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {tab(markets)}
      {tab(alerts)}
      <Link to="/alerts/new" className={cell}>
        <span className="flex size-8 items-center justify-center rounded-full bg-brass text-on-brass">
          <Icon name="plus" size={20} />
        </span>
        <span>New alert</span>
      </Link>
      {tab(triggers)}
      <button
        type="button"
        className={cell}
        aria-haspopup="dialog"
        aria-current={NARROW_MORE.some(isCurrent) ? 'page' : undefined}
        onClick={() => setOpen(true)}
      >
        <Icon name="account" size={21} />
        More
      </button>
      {open && (
        <Dialog title="More" onClose={() => setOpen(false)}>
          <ul>
            {NARROW_MORE.map((item) => (
              <li key={item.to}>
                <Link
                  to={item.to}
                  onClick={() => setOpen(false)}
                  className="flex min-h-12 items-center gap-3 border-b border-line text-base"
                >
                  <Icon name={item.icon} className="text-brass-ink" />
                  {item.name}
                </Link>
              </li>
            ))}
          </ul>
          <div className="mt-3 flex items-center justify-between">
            <span className="text-ink-2">Light or dark</span>
            <ThemeToggle />
          </div>
        </Dialog>
      )}
    </nav>
  );
}
