/** Watchlists: instruments kept under a name. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { WatchlistView } from '#api/contract/watchlist.ts';
import { queries } from '../../api/queries.ts';
import { Link } from '../../router/link.tsx';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { count } from '../../words/figures.ts';
import { NameDialog } from './name-dialog.tsx';

/** Symbols named under a list; more would not be read. */
const NAMED = 6;

export function WatchlistsView() {
  const { data: lists, error, refetch } = useQuery(queries.watchlists());
  const [naming, setNaming] = useState(false);
  return (
    <Page
      title="Watchlists"
      tabTitle="Watchlists"
      lead="Instruments you keep together, each list in your own order."
      actions={
        <Button look="strong" icon="plus" onClick={() => setNaming(true)}>
          New watchlist
        </Button>
      }
    >
      {error && !lists ? (
        <Failed what="Your watchlists" error={error} retry={() => void refetch()} />
      ) : !lists ? (
        <Loading what="your watchlists" rows={3} />
      ) : lists.length === 0 ? (
        <Empty
          icon="list"
          title="No watchlist yet"
          action={
            <Button icon="plus" onClick={() => setNaming(true)}>
              Make the first
            </Button>
          }
        >
          Put the instruments you follow under one name.
        </Empty>
      ) : (
        <ul className="overflow-hidden rounded-lg border border-line bg-panel">
          {lists.map((list) => (
            <Row key={list.id} list={list} />
          ))}
        </ul>
      )}
      {naming && <NameDialog list={null} onClose={() => setNaming(false)} />}
    </Page>
  );
}

function Row({ list }: { readonly list: WatchlistView }) {
  const more = list.symbols.length - NAMED;
  return (
    <li className="relative flex items-center gap-4 border-b border-line px-4 py-3 transition-colors last:border-b-0 hover:bg-sunken">
      <Icon name="list" className="text-brass-ink" />
      <div className="min-w-0 flex-1">
        <Link to={`/watchlists/${list.id}`} className="font-[640] break-words after:absolute after:inset-0">
          {list.name}
        </Link>
        <p className="truncate text-sm text-ink-2">
          {list.symbols.slice(0, NAMED).join(', ')}
          {more > 0 && ` and ${more} more`}
        </p>
      </div>
      <span className="text-sm whitespace-nowrap text-ink-2">{count(list.symbols.length, 'instrument')}</span>
    </li>
  );
}
