/** Makes a watchlist, or gives one another name. */
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { WatchlistView } from '#api/contract/watchlist.ts';
import { calls } from '../../api/calls.ts';
import { ApiProblem, problemText } from '../../api/client.ts';
import { putWatchlist } from '../../live/watchlist-cache.ts';
import { navigate } from '../../router/location.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Notice } from '../../ui/state.tsx';

export function NameDialog({
  list,
  onClose,
}: {
  /** Null for a new one. */
  readonly list: WatchlistView | null;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const [name, setName] = useState(list?.name ?? '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const problem = error instanceof ApiProblem ? error.field('name')?.message : undefined;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const kept = list ? await calls.updateWatchlist(list.id, { name }) : await calls.createWatchlist({ name });
      putWatchlist(client, kept);
      onClose();
      if (list === null) {
        void client.invalidateQueries({ queryKey: ['session'] });
        navigate(`/watchlists/${kept.id}`);
      }
    } catch (mistake) {
      setError(mistake);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={list ? `Rename ${list.name}` : 'New watchlist'} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <TextField
          label="Name"
          value={name}
          maxLength={100}
          placeholder="Favourites"
          autoComplete="off"
          problem={problem}
          onChange={(event) => setName(event.target.value)}
        />
        {error !== null && problem === undefined && <Notice tone="bad" title={problemText(error)} live />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="strong" busy={busy} disabled={name.trim() === ''}>
            {list ? 'Rename' : 'Make it'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
