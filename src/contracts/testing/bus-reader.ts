/**
 * What the bus's suite reads with: messages that say their number, and a reader that keeps what it saw and can be waited
 * for.
 */
import assert from 'node:assert/strict';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Batch, ConsumerHandler, Message, StoredMessage } from '../bus.ts';
import type { PriceEvent } from '../topics.ts';

export const TOPIC = 'stock-prices';
export const KEYS = ['BTC-USDT', 'ETH-USDT', 'AAPL', '^GSPC', 'é'];

/** A message that says who sent it and its number. */
export const event = (key: string, n: number): Message<PriceEvent> => ({
  key,
  value: { kind: 'gap', symbol: key as InstrumentSymbol, from: n, to: n + 1, reason: 'test' },
});
export const numberOf = ({ value }: StoredMessage<PriceEvent>): number => (value.kind === 'gap' ? value.from : -1);
export const broadcastNumber = (batch: Batch<PriceEvent>): number =>
  batch.messages[0]?.value.kind === 'clock' ? batch.messages[0].value.at : -1;

const waiting: (() => void)[] = [];
/** Something was read, taken or let go of. */
export function tellAll(): void {
  for (const check of waiting.splice(0)) check();
}
export async function until(enough: () => boolean): Promise<void> {
  while (!enough()) await new Promise<void>((resolve) => waiting.push(resolve));
}

/** A reader that keeps what it saw. */
export class Reader implements ConsumerHandler<PriceEvent> {
  readonly seen: (StoredMessage<PriceEvent> & { readonly partition: number })[] = [];
  readonly owned = new Set<number>();
  readonly trail: string[] = [];
  /** Who owns what, of all readers that share it: a partition has one reader at a time. */
  readonly taken: Set<number>;
  /** Does the work of a batch; the default is none. */
  work: (batch: Batch<PriceEvent>) => Promise<void> = async () => {};
  startAt: ReadonlyMap<number, number> = new Map();

  constructor(taken: Set<number> = new Set()) {
    this.taken = taken;
  }

  async assigned(partition: number): Promise<number | undefined> {
    assert.ok(!this.taken.has(partition), `partition ${partition} has a reader already`);
    this.taken.add(partition);
    this.owned.add(partition);
    this.trail.push(`assigned ${partition}`);
    tellAll();
    return this.startAt.get(partition);
  }
  async batch(batch: Batch<PriceEvent>): Promise<void> {
    assert.ok(this.owned.has(batch.partition), 'a batch of a partition that is not ours');
    assert.equal(batch.nextOffset > (batch.messages.at(-1)?.offset ?? 0), true);
    await this.work(batch);
    for (const message of batch.messages) this.seen.push({ ...message, partition: batch.partition });
    tellAll();
  }
  async revoked(partition: number): Promise<void> {
    assert.ok(this.owned.has(partition), 'revoked what was not ours');
    this.owned.delete(partition);
    this.taken.delete(partition);
    this.trail.push(`revoked ${partition}`);
    tellAll();
  }
  numbers(key: string): number[] {
    return this.seen.filter((message) => message.key === key).map(numberOf);
  }
}
