/**
 * Everything a store must prove. An adapter's test calls it with a way to open an empty store.
 */
import { test } from 'node:test';
import { alertMembersConformance } from './alert-members.conformance.ts';
import { alertsConformance } from './alerts.conformance.ts';
import { busLeasesConformance } from './bus-leases.conformance.ts';
import { deliveriesConformance } from './deliveries.conformance.ts';
import { dutiesConformance } from './duties.conformance.ts';
import { instrumentsConformance } from './instruments.conformance.ts';
import { ledgersConformance } from './ledgers.conformance.ts';
import { pricesConformance } from './prices.conformance.ts';
import type { Store } from './store.ts';
import { triggersConformance } from './triggers.conformance.ts';
import { watchlistsConformance } from './watchlists.conformance.ts';

export function storeConformance(open: () => Promise<Store>): void {
  alertsConformance(open);
  triggersConformance(open);
  deliveriesConformance(open);
  pricesConformance(open);
  instrumentsConformance(open);
  watchlistsConformance(open);
  alertMembersConformance(open);
  ledgersConformance(open);
  dutiesConformance(async () => {
    const store = await open();
    return { duties: store.duties, close: () => store.close() };
  });
  busLeasesConformance(open);
  test('it answers a ping and closes more than once', async () => {
    const store = await open();
    await store.ping();
    await store.close();
    await store.close();
  });
}
