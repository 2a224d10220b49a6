/** A trigger's deliveries: where each one is, what the far end answered to every attempt, and sending a dead one again. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { DeliveryView } from '#api/contract/delivery.ts';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Link } from '../../router/link.tsx';
import { Button } from '../../ui/button.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Failed, Loading } from '../../ui/state.tsx';
import { useToast } from '../../ui/toast.tsx';
import { latency, preciseTime, shortTime } from '../../words/moments.ts';
import { useNow } from '../../words/now.ts';
import { DELIVERY_STATUS } from '../../words/status.ts';

export function Deliveries({ triggerId }: { readonly triggerId: string }) {
  const { data, error, refetch } = useQuery(queries.deliveries(triggerId));
  return (
    <section aria-labelledby="deliveries">
      <h2 id="deliveries" className="label-caps mb-2">
        Who was told
      </h2>
      {error && !data ? (
        <Failed what="The deliveries" error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading what="the deliveries" rows={2} />
      ) : data.length === 0 ? (
        <p className="rounded-lg border border-line bg-panel px-4 py-3 text-ink-2">
          Only this page. To be told elsewhere too,{' '}
          <Link to="/channels" className="underline underline-offset-2">
            add a channel
          </Link>
          .
        </p>
      ) : (
        <ul className="overflow-hidden rounded-lg border border-line bg-panel">
          {data.map((delivery) => (
            <Delivery key={delivery.id} delivery={delivery} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Delivery({ delivery }: { readonly delivery: DeliveryView }) {
  const client = useQueryClient();
  const toast = useToast();
  const now = useNow();
  const { data: channels } = useQuery(queries.channels());
  const channel = channels?.find(({ id }) => id === delivery.channelId);
  const words = DELIVERY_STATUS[delivery.status];
  const retry = useMutation({
    mutationFn: () => calls.retryDelivery(delivery.id),
    onSuccess: () => {
      toast('Queued again');
      return client.invalidateQueries({ queryKey: ['deliveries'] });
    },
    onError: (error) => toast(problemText(error), { bad: true }),
  });
  return (
    <li className="border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-[600]">{channel?.name ?? 'A channel that was removed'}</span>
        <span className="text-sm text-ink-3">{channel?.kind}</span>
        <Pill tone={words.tone} name={words.name} more={words.more} />
        {delivery.fallbackFor && <span className="text-sm text-ink-2">stands in for one that failed</span>}
        {delivery.status === 'dead' && (
          <Button size="sm" icon="retry" className="ml-auto" busy={retry.isPending} onClick={() => retry.mutate()}>
            Send again
          </Button>
        )}
      </div>
      {delivery.nextAttemptAt !== null && (
        <p className="mt-1 text-sm text-ink-2">Next attempt {shortTime(delivery.nextAttemptAt, now)}</p>
      )}
      {delivery.attempts.length > 0 && (
        <ol className="mt-2 space-y-1 border-l-2 border-line pl-3 text-sm">
          {delivery.attempts.map((attempt) => (
            <li key={attempt.at} className="text-ink-2">
              {preciseTime(attempt.at)} · {attempt.outcome}
              {attempt.code !== null && <> · {attempt.code}</>} · {latency(attempt.durationMs)}
              <span className="block break-words text-ink-3">{attempt.detail}</span>
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}
