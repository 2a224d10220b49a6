/** Adds or changes a channel. Its fields come from the server's table of kinds, so a new kind needs nothing here. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { ChannelKindView, ChannelView } from '#api/contract/channel.ts';
import { calls } from '../../api/calls.ts';
import { ApiProblem, problemText } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CheckField, Choice, TextField } from '../../ui/field.tsx';
import { Secret } from '../../ui/secret.tsx';
import { Failed, Loading, Notice } from '../../ui/state.tsx';

export function ChannelDialog({
  channel,
  onClose,
}: {
  readonly channel: ChannelView | null;
  readonly onClose: () => void;
}) {
  const { data: kinds, error } = useQuery(queries.channelKinds());
  return (
    <Dialog title={channel ? `Edit ${channel.name}` : 'Add a channel'} onClose={onClose} wide>
      {kinds ? (
        <Form kinds={kinds.filter(({ kind }) => kind !== 'page')} channel={channel} onClose={onClose} />
      ) : error ? (
        <Failed what="The kinds of channels" error={error} />
      ) : (
        <Loading what="the kinds of channels" rows={3} />
      )}
    </Dialog>
  );
}

function Form({
  kinds,
  channel,
  onClose,
}: {
  readonly kinds: readonly ChannelKindView[];
  readonly channel: ChannelView | null;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const [kindName, setKindName] = useState(channel?.kind ?? kinds[0]?.kind ?? '');
  const [name, setName] = useState(channel?.name ?? '');
  const [settings, setSettings] = useState<Readonly<Record<string, string>>>(channel?.settings ?? {});
  const [standsIn, setStandsIn] = useState(channel ? channel.fallbackOrder !== null : false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [generated, setGenerated] = useState<Readonly<Record<string, string>> | null>(null);
  const kind = kinds.find((one) => one.kind === kindName);
  const { data: channels } = useQuery(queries.channels());

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));
    const fallbackOrder = standsIn ? (channel?.fallbackOrder ?? channels?.length ?? 0) : null;
    try {
      if (channel) {
        await calls.updateChannel(channel.id, { name: name.trim(), settings: given, fallbackOrder });
        onClose();
      } else {
        const made = await calls.createChannel({
          kind: kindName,
          name: name.trim() || kindName,
          settings: given,
          fallbackOrder,
        });
        if (Object.keys(made.generated).length > 0) setGenerated(made.generated);
        else onClose();
      }
      await client.invalidateQueries({ queryKey: ['session'] });
      await client.invalidateQueries({ queryKey: ['channels'] });
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };

  if (generated) {
    return (
      <div className="space-y-4">
        <Notice tone="good" title="The channel is saved" live>
          Copy what follows now: it is shown this once.
        </Notice>
        {Object.entries(generated).map(([secretName, value]) => (
          <Secret key={secretName} label={secretName} value={value} />
        ))}
        <Button look="strong" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    );
  }
  const fieldProblem = (field: string): string | undefined =>
    error instanceof ApiProblem ? error.field(`settings/${field}`)?.message : undefined;
  const toldBeside =
    error instanceof ApiProblem &&
    (error.problem?.errors?.length ?? 0) > 0 &&
    kind?.fields.some(({ name: field }) => fieldProblem(field));
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
      {!channel && (
        <Choice
          legend="Kind"
          value={kindName}
          options={kinds.map((one) => ({ value: one.kind, label: one.kind }))}
          onChange={setKindName}
        />
      )}
      <TextField
        label="Name"
        hint="How you will know it."
        value={name}
        maxLength={100}
        placeholder={kindName}
        problem={error instanceof ApiProblem ? error.field('name')?.message : undefined}
        onChange={(event) => setName(event.target.value)}
      />
      {kind?.fields.map((field) => (
        <TextField
          key={`${kindName} ${field.name}`}
          label={field.label}
          optional={!field.required}
          type={field.secret ? 'password' : 'text'}
          autoComplete="off"
          placeholder={
            field.secret && channel?.secretsSet.includes(field.name) ? 'set; leave empty to keep it' : field.example
          }
          problem={fieldProblem(field.name)}
          value={settings[field.name] ?? ''}
          onChange={(event) => setSettings({ ...settings, [field.name]: event.target.value })}
        />
      ))}
      <CheckField
        label="Stands in when another channel fails"
        hint="What another could not deliver goes here, with the failure told."
        checked={standsIn}
        onChange={(event) => setStandsIn(event.target.checked)}
      />
      {error !== null && !toldBeside && <Notice tone="bad" title={problemText(error)} live />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="strong" busy={busy}>
          {channel ? 'Save' : 'Add'}
        </Button>
      </div>
    </form>
  );
}
