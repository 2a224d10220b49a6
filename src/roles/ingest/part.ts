/**
 * A part of the instruments: those whose prices lie in one partition of `stock-prices`. Whoever fetches it has all that
 * is said in that partition in one hand: its clock, the order and the quarantine of each of its instruments, whatever the
 * source. Where a recording plays there is one part, which is everything.
 */
import type { Bus } from '#contracts/bus.ts';
import type { PriceEvent } from '#contracts/topics.ts';

export interface PartOnDuty {
  /** Undefined where it is everything. */
  readonly partition: number | undefined;
  /** What is said in its partitions under a lower number than others' counts for nothing. */
  readonly duty: number;
  /** Nobody has begun with it since. */
  isNewest(): Promise<boolean>;
}

/** Tells all partitions, or the one. */
export function broadcastIn(bus: Bus, partition: number | undefined): (event: PriceEvent) => Promise<void> {
  if (partition === undefined) return (event) => bus.broadcast('stock-prices', event);
  const key = keyIn(bus, partition);
  return (value) => bus.publish('stock-prices', [{ key, value }]);
}

/** A key of no instrument's that lies in the partition. */
function keyIn(bus: Bus, partition: number): string {
  for (let number = 0; ; number += 1)
    if (bus.partitionOf('stock-prices', `#${number}`) === partition) return `#${number}`;
}
