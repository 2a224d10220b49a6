/** Ties the stream to what the page shows: prices to their store, changes to the cached answers, triggers to banner and bell. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { DeliveryView } from '#api/contract/delivery.ts';
import type { TriggerView } from '#api/contract/trigger.ts';
import { queries } from '../api/queries.ts';
import { prepareBell, ring } from '../sound/bell.ts';
import { putAlert } from './alert-cache.ts';
import { addFiring } from './firings.ts';
import { putPrice } from './prices.ts';
import { openStream } from './stream.ts';

function putDelivery(client: QueryClient, delivery: DeliveryView): void {
  const key = queries.deliveries().queryKey;
  for (const queryKey of [key, queries.deliveries(delivery.triggerId).queryKey])
    client.setQueryData<readonly DeliveryView[]>(queryKey, (all) =>
      all ? [delivery, ...all.filter(({ id }) => id !== delivery.id)] : all,
    );
}

export function Live() {
  const client = useQueryClient();
  useEffect(() => {
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
    void latest().then(
      ([newest]) => {
        seenSeq = Math.max(seenSeq ?? 0, newest?.seq ?? 0);
      },
      () => undefined,
    );
    return openStream({
      price: putPrice,
      alert: (event) => putAlert(client, event),
      trigger: fire,
      delivery: (delivery) => putDelivery(client, delivery),
      resync: () => {
        const known = seenSeq;
        void client.invalidateQueries();
        if (known === undefined) return;
        void latest().then(
          (triggers) => {
            for (const trigger of [...triggers].reverse()) if (trigger.seq > known) fire(trigger);
          },
          () => undefined,
        );
      },
    });
  }, [client]);
  useEffect(prepareBell, []);
  return null;
}
