/**
 * Ticks that are published at once share messages: one that carries many costs a broker and each of its readers little more
 * than one that carries one. In a partition everything keeps its order, so whatever else is said there closes the message
 * that was being filled. A tick that is traced goes by itself, with its trace.
 */
import type { Message } from '#contracts/bus.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { Tick } from '#domain/market/tick.ts';

/** Beyond it the reader's part of the cost is all in the ticks; some 6 KB, a fraction of a millisecond of decoding. */
const MAX_TICKS = 50;

/** Messages of one publish that say the same in the same order, their keys in the same partitions. */
export function framed(
  messages: readonly Message<PriceEvent>[],
  partitionOf: (key: string) => number,
): readonly Message<PriceEvent>[] {
  const out: Message<PriceEvent>[] = [];
  const open = new Map<number, { readonly place: number; readonly key: string; readonly ticks: Tick[] }>();
  for (const message of messages) {
    const { key, value } = message;
    const partition = partitionOf(key);
    if (value.kind !== 'tick' || value.trace !== undefined) {
      open.delete(partition);
      out.push(message);
      continue;
    }
    const frame = open.get(partition);
    if (frame === undefined || frame.ticks.length === MAX_TICKS) {
      open.set(partition, { place: out.length, key, ticks: [value.tick] });
      out.push(message);
      continue;
    }
    frame.ticks.push(value.tick);
    out[frame.place] = { key: frame.key, value: { kind: 'ticks', ticks: frame.ticks } };
  }
  return out;
}
