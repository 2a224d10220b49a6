/** Keys with which programs act for this user: made here, shown once, taken back here. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Secret } from '../../ui/secret.tsx';
import { Failed, Notice } from '../../ui/state.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ago } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';

export function ApiKeys({ hasUser }: { readonly hasUser: boolean }) {
  const client = useQueryClient();
  const toast = useToast();
  const now = useNow();
  const { data, error, refetch } = useQuery({ ...queries.apiKeys(), enabled: hasUser });
  const [name, setName] = useState('');
  const changed = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ['session'] });
    await client.invalidateQueries({ queryKey: ['api-keys'] });
  };
  const create = useMutation({
    mutationFn: () => calls.createApiKey({ name: name.trim() || 'my key' }),
    onSuccess: () => {
      setName('');
      return changed();
    },
  });
  const remove = useMutation({
    mutationFn: (id: string) => calls.removeApiKey(id),
    onSuccess: () => {
      toast('The key works no longer');
      return changed();
    },
    onError: (problem) => toast(problemText(problem), { bad: true }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <section aria-labelledby="keys" className="self-start rounded-lg border border-line bg-panel p-5">
      <h2 id="keys" className="text-xl">
        API keys
      </h2>
      <p className="mt-1 text-ink-2">
        For programs that push prices or manage alerts in your name. They send it as{' '}
        <code className="font-mono text-sm">x-api-key</code>; see{' '}
        <a href="/docs" className="underline underline-offset-2">
          the API
        </a>
        .
      </p>
      {create.data && (
        <div className="mt-4 space-y-3">
          <Notice tone="good" title="Copy the key now: it is shown this once" live />
          <Secret label={`Key “${create.data.name}”`} value={create.data.key} />
        </div>
      )}
      {error && !data && (
        <div className="mt-4">
          <Failed what="Your keys" error={error} retry={() => void refetch()} />
        </div>
      )}
      {data && data.length > 0 && (
        <ul className="mt-4 overflow-hidden rounded-md border border-line">
          {data.map((key) => (
            <li key={key.id} className="flex items-center gap-3 border-b border-line px-3 py-1.5 last:border-b-0">
              <span className="min-w-0 flex-1">
                <b className="font-[600]">{key.name}</b>{' '}
                <span className="font-mono text-sm text-ink-2">{key.start}…</span>
                <span className="block text-sm text-ink-3">
                  made {ago(key.createdAt, now)}
                  {key.lastUsedAt === null ? ', never used' : `, last used ${ago(key.lastUsedAt, now)}`}
                </span>
              </span>
              <IconButton icon="trash" name={`Take back ${key.name}`} onClick={() => remove.mutate(key.id)} />
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit} className="mt-4 flex items-end gap-2">
        <TextField
          label="Name of a new key"
          className="min-w-0 flex-1"
          maxLength={64}
          placeholder="price feeder"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" icon="key" busy={create.isPending}>
          Make a key
        </Button>
      </form>
      {create.error && (
        <div className="mt-3">
          <Notice tone="bad" title={problemText(create.error)} live />
        </div>
      )}
    </section>
  );
}
