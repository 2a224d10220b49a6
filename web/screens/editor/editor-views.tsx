/** The views around the alert form: a new alert, and a change to one. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import { calls } from '../../api/calls.ts';
import { queries } from '../../api/queries.ts';
import { nameOf } from '../../instrument/watched.ts';
import { putAlert } from '../../live/alert-cache.ts';
import { navigate } from '../../router/location.ts';
import { Page } from '../../shell/page.tsx';
import { Failed, Loading } from '../../ui/state.tsx';
import { useToast } from '../../ui/toast.tsx';
import { AlertForm } from './alert-form.tsx';
import { createOf, type Draft, draftOf, freshDraft, updateOf } from './draft.ts';

export function NewAlertView({ query }: { readonly query: URLSearchParams }) {
  const client = useQueryClient();
  const toast = useToast();
  const symbol = query.get('symbol') ?? '';
  const watchlist = query.get('watchlist');
  /** The same body sent again after a lost answer makes no second alert; a changed one is a new request. */
  const attempt = useRef({ body: '', key: '' });
  const save = async (draft: Draft): Promise<AlertView> => {
    const body = createOf(draft);
    const text = JSON.stringify(body);
    if (attempt.current.body !== text) attempt.current = { body: text, key: crypto.randomUUID() };
    const alert = await calls.createAlert(body, attempt.current.key);
    void client.invalidateQueries({ queryKey: ['alerts'] });
    void client.invalidateQueries({ queryKey: ['session'] });
    toast(`Alert on ${nameOf(alert)} saved`);
    navigate('/alerts');
    return alert;
  };
  return (
    <Page title="New alert" tabTitle="New alert" lead="Say in plain words what to watch for.">
      <AlertForm
        initial={freshDraft(symbol.toUpperCase(), query.get('condition') ?? '', watchlist)}
        saveName="Save alert"
        save={save}
        cancelTo={symbol ? `/markets/${encodeURIComponent(symbol)}` : watchlist ? `/watchlists/${watchlist}` : '/'}
      />
    </Page>
  );
}

export function EditAlertView({ id }: { readonly id: string }) {
  const client = useQueryClient();
  const toast = useToast();
  const { data: alert, error, refetch } = useQuery(queries.alert(id));
  const save = async (draft: Draft): Promise<AlertView> => {
    const before = alert ?? (await calls.alert(id));
    const changed = await calls.updateAlert(id, updateOf(draft, before));
    putAlert(client, changed);
    toast(`Alert on ${nameOf(changed)} changed${changed.version > before.version ? '; it is armed anew' : ''}`);
    navigate(`/alerts/${id}`);
    return changed;
  };
  return (
    <Page
      title={alert ? `Edit the alert on ${nameOf(alert)}` : 'Edit alert'}
      tabTitle="Edit alert"
      lead="A change of what it watches arms it anew: crossings are judged from the next price on."
    >
      {alert ? (
        <AlertForm
          initial={draftOf(alert)}
          fixedTarget
          saveName="Save changes"
          save={save}
          cancelTo={`/alerts/${id}`}
        />
      ) : error ? (
        <Failed what="The alert" error={error} retry={() => void refetch()} />
      ) : (
        <Loading what="the alert" />
      )}
    </Page>
  );
}
