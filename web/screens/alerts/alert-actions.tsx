/** What can be done with an alert: pause and resume (with an undo), edit, delete (asked before, for it cannot be undone). */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertView } from '#api/contract/alert.ts';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { nameOf } from '../../instrument/watched.ts';
import { dropAlert, putAlert } from '../../live/alert-cache.ts';
import { navigate } from '../../router/location.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import type { IconName } from '../../ui/icon.tsx';
import { useToast } from '../../ui/toast.tsx';

export function AlertActions({
  alert,
  labelled,
  afterDelete,
}: {
  readonly alert: AlertView;
  /** With the words beside the drawings, where there is room. */
  readonly labelled?: boolean;
  readonly afterDelete?: () => void;
}) {
  const toast = useToast();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const pause = useMutation({
    mutationFn: (paused: boolean) => calls.updateAlert(alert.id, { paused }),
    onSuccess: (next, paused) => {
      putAlert(client, next);
      toast(paused ? `Alert on ${nameOf(alert)} paused` : `Alert on ${nameOf(alert)} armed`, {
        ...(paused ? { action: { name: 'Undo', run: () => pause.mutate(false) } } : {}),
      });
    },
    onError: (error) => toast(problemText(error), { bad: true }),
  });
  const remove = useMutation({
    mutationFn: () => calls.removeAlert(alert.id),
    onSuccess: () => {
      setAsking(false);
      dropAlert(client, alert.id);
      toast(`Alert on ${nameOf(alert)} deleted`);
      afterDelete?.();
    },
    onError: (error) => toast(problemText(error), { bad: true }),
  });
  const resting = alert.status === 'paused' || alert.status === 'done' || alert.status === 'expired';
  const actions: readonly { icon: IconName; name: string; disabled?: boolean; onClick: () => void }[] = [
    {
      icon: resting ? 'play' : 'pause',
      name: alert.status === 'paused' ? 'Resume' : resting ? 'Arm again' : 'Pause',
      disabled: pause.isPending,
      onClick: () => pause.mutate(!resting),
    },
    { icon: 'edit', name: 'Edit', onClick: () => navigate(`/alerts/${alert.id}/edit`) },
    { icon: 'trash', name: 'Delete', onClick: () => setAsking(true) },
  ];
  return (
    <span className={`relative flex flex-wrap ${labelled ? 'gap-2' : ''}`}>
      {actions.map(({ icon, name, ...rest }) =>
        labelled ? (
          <Button key={icon} icon={icon} aria-label={`${name} the alert on ${nameOf(alert)}`} {...rest}>
            {name}
          </Button>
        ) : (
          <IconButton key={icon} icon={icon} name={`${name} the alert on ${nameOf(alert)}`} {...rest} />
        ),
      )}
      {asking && (
        <Dialog title="Delete this alert?" onClose={() => setAsking(false)}>
          <p className="font-[580]">{alert.sentence}</p>
          <p className="mt-1 text-ink-2">Nothing will watch it any more. What it fired so far stays under Triggers.</p>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button look="danger" icon="trash" busy={remove.isPending} onClick={() => remove.mutate()}>
              Delete
            </Button>
          </div>
        </Dialog>
      )}
    </span>
  );
}
