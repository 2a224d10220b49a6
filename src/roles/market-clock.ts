/**
 * Market time in a process that does not play the recording itself: where the marks on `stock-prices` have come to.
 */
import type { Bus } from '#contracts/bus.ts';
import type { Role } from '#contracts/role.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import { CLOCK_ALLOWANCE_MS } from './ingest/ingest.ts';

export interface MarketClock extends Role {
  now(): number;
}

/** Begins where the stored prices have come to: marks are heard from now on only. */
export async function startMarketClock(bus: Bus, prices: Pick<PriceStore, 'latest'>): Promise<MarketClock> {
  let at = 0;
  const heard = await bus.tail('stock-prices', ({ messages }) => {
    for (const { value } of messages) if (value.kind === 'clock') at = Math.max(at, value.at + CLOCK_ALLOWANCE_MS);
  });
  for (const tick of await prices.latest()) at = Math.max(at, tick.receivedAt);
  return { name: 'market clock', health: () => null, now: () => at, stop: () => heard.close() };
}
