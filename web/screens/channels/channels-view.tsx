/** Channels: the ways to be told while the page is closed, each with what its far end last answered. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ChannelView } from '#api/contract/channel.ts';
import { queries } from '../../api/queries.ts';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty, Failed, Loading } from '../../ui/state.tsx';
import { ChannelCard } from './channel-card.tsx';
import { ChannelDialog } from './channel-dialog.tsx';

export function ChannelsView() {
  const { data, error, refetch } = useQuery(queries.channels());
  const [editing, setEditing] = useState<ChannelView | 'new' | null>(null);
  const channels = data?.filter(({ kind }) => kind !== 'page');
  return (
    <Page
      title="Channels"
      tabTitle="Channels"
      lead="How you are told while this page is closed. Every attempt is kept with what the far end answered."
      actions={
        <Button look="strong" icon="plus" onClick={() => setEditing('new')}>
          Add a channel
        </Button>
      }
    >
      {error && !channels ? (
        <Failed what="Your channels" error={error} retry={() => void refetch()} />
      ) : !channels ? (
        <Loading what="your channels" rows={3} />
      ) : (
        <div className="grid gap-4 lg:grid-cols-2 2xl:grid-cols-3">
          <section
            aria-label="This page"
            className="flex items-start gap-3 self-start rounded-lg border border-dashed border-line p-4"
          >
            <Icon name="bell" className="mt-0.5 text-brass-ink" />
            <div>
              <h2 className="font-[640]">This page</h2>
              <p className="text-sm text-ink-2">
                Always on: a banner and the bell, on every device where the page is open.
              </p>
            </div>
          </section>
          {channels.map((channel) => (
            <ChannelCard key={channel.id} channel={channel} onEdit={() => setEditing(channel)} />
          ))}
        </div>
      )}
      {channels?.length === 0 && (
        <div className="mt-6">
          <Empty
            icon="channels"
            title="No channel yet"
            action={
              <Button icon="plus" onClick={() => setEditing('new')}>
                Add the first
              </Button>
            }
          >
            With two channels, one can stand in for the other when it fails.
          </Empty>
        </div>
      )}
      {editing && <ChannelDialog channel={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}
