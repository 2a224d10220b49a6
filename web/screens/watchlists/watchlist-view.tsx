/** One watchlist: its members in their order, what can be done with them, and with the list. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import type { WatchlistView as List } from '#api/contract/watchlist.ts';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { putWatchlist } from '../../live/watchlist-cache.ts';
import { Link } from '../../router/link.tsx';
import { navigate } from '../../router/location.ts';
import { Page } from '../../shell/page.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { useToast } from '../../ui/toast.tsx';
import { count } from '../../words/figures.ts';
import { AlertRows } from '../alerts/alert-rows.tsx';
import { InstrumentPicker } from '../editor/instrument-picker.tsx';
import { Members } from './members.tsx';
import { NameDialog } from './name-dialog.tsx';

export function WatchlistView({ id }: { readonly id: string }) {
  const { data: lists, error, refetch } = useQuery(queries.watchlists());
  const list = lists?.find((one) => one.id === id);
  if (list) return <Known list={list} />;
  return (
    <Page title="Watchlist" tabTitle="Watchlist">
      {lists ? (
        <Empty
          icon="list"
          title="This watchlist is not here"
          action={<ButtonLink to="/watchlists">My watchlists</ButtonLink>}
        >
          It was deleted, or belongs to someone else.
        </Empty>
      ) : error ? (
        <Failed what="The watchlist" error={error} retry={() => void refetch()} />
      ) : (
        <Loading what="the watchlist" />
      )}
    </Page>
  );
}

function Known({ list }: { readonly list: List }) {
  const client = useQueryClient();
  const toast = useToast();
  const [open, setOpen] = useState<'rename' | 'delete' | null>(null);
  const close = (): void => setOpen(null);
  const { data: all } = useQuery(queries.alerts());
  const alerts = (all ?? []).filter(({ watchlist }) => watchlist?.id === list.id);
  const failed = (error: unknown): void => {
    toast(problemText(error), { bad: true });
    void client.invalidateQueries({ queryKey: ['watchlists'] });
  };
  const kept = (next: List): void => putWatchlist(client, next);
  const change = useMutation({
    mutationFn: (symbols: readonly string[]) =>
      calls.updateWatchlist(list.id, { symbols: [...symbols], version: list.version }),
    onSuccess: kept,
    onError: failed,
  });
  const add = useMutation({
    mutationFn: (symbol: string) => calls.addMembers(list.id, { symbols: [symbol] }),
    onSuccess: kept,
    onError: failed,
  });
  const undo = useMutation({
    mutationFn: (member: { symbol: string; at: number }) =>
      calls.addMembers(list.id, { symbols: [member.symbol], at: member.at }),
    onSuccess: kept,
    onError: failed,
  });
  const take = useMutation({
    mutationFn: ({ symbol }: { symbol: string; at: number }) => calls.removeMember(list.id, symbol),
    onSuccess: (next, member) => {
      kept(next);
      toast(`${member.symbol} taken off ${list.name}`, { action: { name: 'Undo', run: () => undo.mutate(member) } });
    },
    onError: failed,
  });
  return (
    <Page
      title={<span className="break-words">{list.name}</span>}
      tabTitle={list.name}
      lead={count(list.symbols.length, 'instrument')}
      actions={
        <>
          <ButtonLink look="strong" icon="plus" to={`/alerts/new?watchlist=${list.id}`}>
            New alert on the list
          </ButtonLink>
          <Button icon="edit" onClick={() => setOpen('rename')}>
            Rename
          </Button>
          <Button icon="trash" onClick={() => setOpen('delete')}>
            Delete
          </Button>
        </>
      }
    >
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="min-w-0 space-y-4">
          <InstrumentPicker
            label="Add an instrument"
            symbol=""
            clears
            onSymbol={(symbol) => {
              if (list.symbols.includes(symbol)) toast(`${symbol} is in ${list.name} already`);
              else add.mutate(symbol);
            }}
            problem={undefined}
          />
          {list.symbols.length === 0 ? (
            <Empty icon="list" title="Nothing in this list yet">
              Type a part of a symbol or name above and choose.
            </Empty>
          ) : (
            <Members
              name={list.name}
              symbols={list.symbols}
              onOrder={(symbols) => {
                if (!change.isPending) change.mutate(symbols);
              }}
              onRemove={(symbol) => take.mutate({ symbol, at: list.symbols.indexOf(symbol) })}
            />
          )}
        </div>
        <section aria-labelledby="its-alerts" className="min-w-0">
          <h2 id="its-alerts" className="label-caps mb-2">
            Alerts on the list
          </h2>
          {alerts.length > 0 ? (
            <AlertRows alerts={alerts} narrow />
          ) : (
            <p className="text-ink-2">None yet. One alert can watch every member, each by itself.</p>
          )}
        </section>
      </div>
      {open === 'rename' && <NameDialog list={list} onClose={close} />}
      {open === 'delete' && <DeleteDialog list={list} alerts={alerts} onClose={close} />}
    </Page>
  );
}

function DeleteDialog({
  list,
  alerts,
  onClose,
}: {
  readonly list: List;
  readonly alerts: readonly AlertView[];
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const remove = useMutation({
    mutationFn: () => calls.removeWatchlist(list.id),
    onSuccess: () => {
      navigate('/watchlists');
      putWatchlist(client, { id: list.id, deleted: true });
      toast(`${list.name} deleted`);
    },
    onError: (error) => toast(problemText(error), { bad: true }),
  });
  if (alerts.length > 0) {
    return (
      <Dialog title={`${list.name} is being watched`} onClose={onClose}>
        <p className="text-ink-2">Delete what watches the list first:</p>
        <ul className="mt-2 space-y-1">
          {alerts.map(({ id, sentence }) => (
            <li key={id}>
              <Link to={`/alerts/${id}`} className="underline underline-offset-2">
                {sentence}
              </Link>
            </li>
          ))}
        </ul>
        <div className="mt-5 flex justify-end">
          <Button onClick={onClose}>Keep it</Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={`Delete ${list.name}?`} onClose={onClose}>
      <p className="text-ink-2">The list is gone for good; the instruments in it stay.</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" icon="trash" busy={remove.isPending} onClick={() => remove.mutate()}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
