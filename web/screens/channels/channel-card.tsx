/** One channel: what it is, what its far end last said, a test that reports the real answer, on and off, edit, delete. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ChannelView, TestResult } from '#api/contract/channel.ts';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Notice } from '../../ui/state.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ago, latency } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';

const OUTCOMES = {
  accepted: { tone: 'good', name: 'Accepted' },
  refused: { tone: 'bad', name: 'Refused' },
  failed: { tone: 'warn', name: 'Failed' },
} as const;

export function ChannelCard({ channel, onEdit }: { readonly channel: ChannelView; readonly onEdit: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const changed = () => client.invalidateQueries({ queryKey: ['channels'] });
  const failed = (error: unknown): void => toast(problemText(error), { bad: true });
  const test = useMutation({ mutationFn: () => calls.testChannel(channel.id), onSettled: changed });
  const toggle = useMutation({
    mutationFn: () => calls.updateChannel(channel.id, { enabled: !channel.enabled }),
    onSuccess: changed,
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => calls.removeChannel(channel.id),
    onSuccess: () => {
      setAsking(false);
      toast(`${channel.name} deleted`);
      void client.invalidateQueries({ queryKey: ['alerts'] });
      return changed();
    },
    onError: failed,
  });
  const last = channel.lastResult;
  return (
    <section aria-label={channel.name} className="flex flex-col rounded-lg border border-line bg-panel p-4">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="truncate font-[640]">{channel.name}</h2>
          <p className="text-sm text-ink-3 first-letter:uppercase">
            {channel.kind}
            {channel.fallbackOrder !== null && ` · stands in as number ${channel.fallbackOrder + 1}`}
          </p>
        </div>
        {channel.enabled ? <Pill tone="good" name="On" /> : <Pill tone="calm" name="Off" />}
      </div>
      <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
        {Object.entries(channel.settings).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="truncate" title={value}>
              {value}
            </dd>
          </div>
        ))}
        {channel.secretsSet.map((name) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd>set, never shown</dd>
          </div>
        ))}
        {last && (
          <>
            <dt className="text-ink-3">last answer</dt>
            <dd className="break-words">
              {OUTCOMES[last.outcome].name}
              {last.code !== null && ` (${last.code})`}, {ago(last.at, now)}: {last.detail}
            </dd>
          </>
        )}
      </dl>
      {(test.data || test.error) && (
        <div className="mt-3" role="status">
          {test.data ? <Answer result={test.data} /> : <Notice tone="bad" title={problemText(test.error)} />}
        </div>
      )}
      <div className="mt-auto flex flex-wrap items-center gap-2 pt-4">
        <Button size="sm" busy={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Sending…' : 'Send a test'}
        </Button>
        <Button size="sm" look="plain" busy={toggle.isPending} onClick={() => toggle.mutate()}>
          {channel.enabled ? 'Switch off' : 'Switch on'}
        </Button>
        <span className="ml-auto flex">
          <IconButton icon="edit" name={`Edit ${channel.name}`} onClick={onEdit} />
          <IconButton icon="trash" name={`Delete ${channel.name}`} onClick={() => setAsking(true)} />
        </span>
      </div>
      {asking && (
        <Dialog title={`Delete ${channel.name}?`} onClose={() => setAsking(false)}>
          <p className="text-ink-2">Alerts that use it go on without it. What was sent stays in the history.</p>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button look="danger" icon="trash" busy={remove.isPending} onClick={() => remove.mutate()}>
              Delete
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

/** What the far end really answered, in its own words. */
function Answer({ result }: { readonly result: TestResult }) {
  const outcome = OUTCOMES[result.outcome];
  return (
    <Notice
      tone={outcome.tone}
      title={`${outcome.name}${result.code === null ? '' : ` (${result.code})`} in ${latency(result.durationMs)}`}
    >
      <span className="font-mono">{result.detail || 'The far end said nothing more.'}</span>
    </Notice>
  );
}
