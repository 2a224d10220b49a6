/** Ties the stream to what the page shows: prices to their store, changes to the cached answers, triggers to banner and bell. */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { DeliveryView } from '#api/contract/delivery.ts';
import type { TriggerView } from '#api/contract/trigger.ts';
import { queries } from '../api/queries.ts';
import { visitorIsKnown } from '../api/visitor.ts';
import { prepareBell, ring } from '../sound/bell.ts';
import { putAlert } from './alert-cache.ts';
import { addFiring } from './firings.ts';
import { putPrice } from './prices.ts';
import { openStream } from './stream.ts';
import { putWatchlist } from './watchlist-cache.ts';

function putDelivery(client: QueryClient, delivery: DeliveryView): void {
  const key = queries.deliveries().queryKey;
  for (const queryKey of [key, queries.deliveries(delivery.triggerId).queryKey])
    client.setQueryData<readonly DeliveryView[]>(queryKey, (all) =>
      all ? [delivery, ...all.filter(({ id }) => id !== delivery.id)] : all,
    );
}

/**
 * A visitor becomes a user by the first request that needs one, and another by signing up or in; a stream belongs to the
 * user it was opened for. So it is opened anew whenever the user is another, and then everything is asked for anew too.
 */
export function Live() {
  const client = useQueryClient();
  const { data: session, isError } = useQuery(queries.session());
  const userId = session?.user?.id ?? null;
  const isReady = session !== undefined || isError;
  const opens = useRef(0);
  useEffect(() => {
    if (!isReady) return;
    /** Triggers up to here were there before the page, so they make no banner. */
    let seenSeq: number | undefined;
    const fire = (trigger: TriggerView): void => {
      seenSeq = Math.max(seenSeq ?? 0, trigger.seq);
      if (!addFiring(trigger)) return;
      ring(trigger.severity);
      void client.invalidateQueries({ queryKey: ['triggers'] });
      void client.invalidateQueries({ queryKey: ['deliveries'] });
      void client.invalidateQueries({ queryKey: ['why', trigger.alertId] });
    };
    const latest = () => client.fetchQuery({ ...queries.triggers({ limit: 50 }), staleTime: 0 });
    const look = (): void => {
      const known = seenSeq;
      void latest().then(
        (triggers) => {
          seenSeq = Math.max(seenSeq ?? 0, triggers[0]?.seq ?? 0);
          if (known === undefined) return;
          for (const trigger of [...triggers].reverse()) if (trigger.seq > known) fire(trigger);
        },
        () => undefined,
      );
    };
    return openStream({
      price: putPrice,
      alert: (event) => putAlert(client, event),
      trigger: fire,
      delivery: (delivery) => putDelivery(client, delivery),
      watchlist: (event) => putWatchlist(client, event),
      opened: () => {
        visitorIsKnown();
        opens.current += 1;
        if (opens.current > 1) void client.invalidateQueries();
        else if (userId === null) void client.invalidateQueries({ queryKey: ['session'] });
        look();
      },
    });
  }, [client, userId, isReady]);
  useEffect(prepareBell, []);
  return null;
}
